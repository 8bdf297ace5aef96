"""Read and check the settings of the operator's commands.

Each parameter of the two CloudFormation templates has a setting: FIRM_NAME sets `FirmName`. A
setting that the operator leaves out keeps its deployed value.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import package

from chalicelib.settings import find_setting_problem
from operating.aws_cli import find_region_problem
from operating.console import Stop
from operating.releases import find_release_problems

# The settings, by parameter, whose names are not made from the parameter's name.
SPECIAL_NAMES = {"OrganizationId": "ORG_ID", "WithSlack": "SLACK"}
# The ARN of the trail's stream. `make deploy` reads it, so it is not a setting.
STREAM_PARAMETER = "TrailStream"
# Settings of the make commands that are not a template's parameter.
_OTHER_SETTINGS = {
    "REGION", "ARCH", "YES", "PACKAGED", "RELEASE", "AWS_CLI", "NAME", "ID", "LOST", "OTHERS",
    "EVERYTHING", "ACCOUNT", "EXPORT", "TAGS", "VERSION", "REPOSITORY",
    "PYTHON", "VENV", "UV", "AWS_PORT", "API_PORT", "SLACK_PORT", "SAMPLE", "WHO", "MINUTES",
    "PATHS",
}  # fmt: skip
# The Makefile lists the names on its command line in this variable. MAKEFLAGS has them too, but
# its values can look like further names.
TYPED_SETTINGS_VARIABLE = "TYPED_SETTINGS"
_MAX_SHOWN_LENGTH = 60
_TAG_PATTERN = r"(?!aws:)[\w.:/+@-]{1,128}=[\w.:/=+@-]{0,256}"
_MAX_TAGS = 40
"""Most resources take 50 ("Tagging your AWS resources"), and SAM and others add some."""


def setting_name(parameter: str) -> str:
    """Return the name of the setting for a template's parameter."""
    return SPECIAL_NAMES.get(parameter) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", parameter).upper()


def list_settings(template: dict[str, Any]) -> dict[str, str]:
    """Return the template's parameters that are settings, by the settings' names."""
    names = template.get("Parameters", {})
    return {setting_name(name): name for name in names if name != STREAM_PARAMETER}


def read_settings_for(template: dict[str, Any]) -> dict[str, str]:
    """Return the values of the template's parameters that the environment sets."""
    return {
        parameter: os.environ[setting]
        for setting, parameter in list_settings(template).items()
        if setting in os.environ
    }


def read_tags() -> dict[str, str] | None:
    """Return the tags in TAGS, or None if TAGS is not set."""
    if "TAGS" not in os.environ:
        return None
    pairs = (pair.partition("=") for pair in os.environ["TAGS"].split())
    return {key: value for key, _, value in pairs}


def _find_tag_problems() -> Iterator[str]:
    """Yield a sentence if TAGS cannot be the tags of every kind of resource."""
    pairs = os.environ.get("TAGS", "").split()
    invalid = [pair for pair in pairs if re.fullmatch(_TAG_PATTERN, pair, re.ASCII) is None]
    expected = (
        "Expected: key=value, with blanks between several tags. A key cannot begin with aws:."
    )
    if invalid:
        yield f"TAGS cannot have {invalid[0][:_MAX_SHOWN_LENGTH]!r}. {expected}"
    elif len(pairs) != len(read_tags() or {}):
        yield f"TAGS has a key twice. {expected}"
    elif len(pairs) > _MAX_TAGS:
        yield f"TAGS can have {_MAX_TAGS} tags at most."


def find_values_after_deployment(
    template: dict[str, Any], deployed: dict[str, str]
) -> dict[str, str]:
    """Return the value that each parameter will have after a deployment.

    A setting replaces the deployed value, which replaces the template's default.
    """
    declared = template["Parameters"]
    default = {name: str(parameter.get("Default", "")) for name, parameter in declared.items()}
    return (
        default
        | {name: deployed[name] for name in declared.keys() & deployed}
        | read_settings_for(template)
    )


def refuse_unknown_settings() -> None:
    """Raise Stop if make's command line has a setting that does not exist.

    make itself ignores such settings.
    """
    if unknown := list(find_unknown_settings()):
        raise Stop(" ".join(unknown))


def find_setting_problems() -> list[str]:
    """Return a sentence for each invalid setting."""
    sentences = [*find_unknown_settings()]
    for template in (package.foundation(), package.app()):
        sentences += find_invalid_values(template, read_settings_for(template))
    sentences += _find_tag_problems()
    if (region := os.environ.get("REGION")) and (problem := find_region_problem(region)):
        sentences.append(problem)
    return [*dict.fromkeys([*sentences, *_find_package_problems()])]


def find_unknown_settings() -> Iterator[str]:
    """Yield a sentence for each name on make's command line that is not a setting."""
    templates = (package.foundation(), package.app())
    setting_names = _OTHER_SETTINGS.union(*map(list_settings, templates))
    for name in os.environ.get(TYPED_SETTINGS_VARIABLE, "").split():
        if name not in setting_names:
            nearest = get_close_matches(name.upper(), setting_names, n=1)
            suggestion = f" Did you mean {nearest[0]}?" if nearest else ""
            yield f"There is no setting {name}.{suggestion} `make help` lists all settings."


def find_invalid_values(template: dict[str, Any], values: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each value that AWS CloudFormation or the function would refuse."""
    variables = _map_variables_by_parameter(template)
    for parameter, value in values.items():
        declared, name = template["Parameters"][parameter], setting_name(parameter)
        shown = repr(value if len(value) <= _MAX_SHOWN_LENGTH else f"{value[:_MAX_SHOWN_LENGTH]}…")
        if not _is_allowed_value(value, declared):
            expected = declared.get(
                "ConstraintDescription", declared.get("Description", "see the template")
            )
            yield f"{name} cannot be {shown}. Expected: {expected}"
        elif parameter in variables and (
            problem := find_setting_problem(variables[parameter], value)
        ):
            yield (
                f"{name} cannot be {shown}: it {problem}. docs/reference/settings.md shows what it"
                " can be."
            )


def _is_allowed_value(value: str, declared: dict[str, Any]) -> bool:
    """Return whether a value meets the constraints that the template declares for its parameter."""
    if declared["Type"] == "Number":
        is_whole_number = re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) is not None
        return is_whole_number and declared.get("MinValue", 0) <= int(value) <= declared.get(
            "MaxValue", 10**9
        )
    matches = re.fullmatch(declared.get("AllowedPattern", ".*"), value, re.DOTALL) is not None
    return matches and len(value) <= declared.get("MaxLength", 4096)


def _map_variables_by_parameter(template: dict[str, Any]) -> dict[str, str]:
    """Return, for each parameter, the environment variable that passes it to the functions."""
    properties = [resource.get("Properties", {}) for resource in template["Resources"].values()]
    return {
        value["Ref"]: variable
        for resource in properties
        for variable, value in resource.get("Environment", {}).get("Variables", {}).items()
        if isinstance(value, dict) and "Ref" in value
    }


def read_packaged_folder() -> Path | None:
    """Return the folder in PACKAGED, which holds the output of `make package`, or None."""
    folder = os.environ.get("PACKAGED")
    return Path(folder) if folder else None


def _find_package_problems() -> Iterator[str]:
    """Yield a sentence for an invalid PACKAGED, ARCH or RELEASE."""
    if folder := read_packaged_folder():
        missing = [name for name in ("sam.yaml", "deployment.zip") if not (folder / name).is_file()]
        if missing:
            yield (
                f"PACKAGED cannot be {folder}: it has no {' and no '.join(missing)}. `make package`"
                " writes sam.yaml and deployment.zip to build/."
            )
    architecture = os.environ.get("ARCH", "arm64")
    if architecture not in package.ARCHITECTURES:
        expected = " or ".join(package.ARCHITECTURES)
        yield f"ARCH cannot be {architecture!r}. Expected: {expected}."
    else:
        yield from find_release_problems()
