"""Read and check the settings: each template parameter is a setting with its name in capitals.

FIRM_NAME sets `FirmName`. A setting that is not set keeps its deployed value.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import package

from chalicelib.settings import setting_problem
from operating.aws_cli import region_fault
from operating.console import Stop

CALLED = {"OrganizationId": "ORG_ID", "WithSlack": "SLACK"}  # the usual names
# Settings that are not a template's parameter.
_OTHERS = {
    "REGION", "ARCH", "YES", "PACKAGED", "AWS_CLI", "NAME", "ID", "LOST", "OTHERS",
    "PYTHON", "VENV", "UV", "AWS_PORT", "API_PORT", "SLACK_PORT", "WHO", "MINUTES", "PATHS",
}  # fmt: skip
# The Makefile lists the names on its command line in this variable. MAKEFLAGS has them too, but
# its values can look like further names.
TYPED = "TYPED_SETTINGS"
_LONGEST_SHOWN = 60


def setting(parameter: str) -> str:
    return CALLED.get(parameter) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", parameter).upper()


def settings(template: dict[str, Any]) -> dict[str, str]:
    """Return the values that the environment sets for the template's parameters."""
    return {
        parameter: os.environ[setting(parameter)]
        for parameter in template.get("Parameters", {})
        if setting(parameter) in os.environ
    }


def merged(template: dict[str, Any], deployed: dict[str, str]) -> dict[str, str]:
    """Return all parameters after a deployment: the setting, the deployed value or the default."""
    declared = template["Parameters"]
    default = {name: str(parameter.get("Default", "")) for name, parameter in declared.items()}
    return (
        default | {name: deployed[name] for name in declared.keys() & deployed} | settings(template)
    )


def refuse_unknown() -> None:
    """Raise Stop for settings on the command line that do not exist: make would ignore them."""
    if unknown := list(unknown_settings()):
        raise Stop(" ".join(unknown))


def problems() -> list[str]:
    """Return a sentence for each invalid setting."""
    sentences = [*unknown_settings()]
    for template in (package.foundation(), package.app()):
        sentences += invalid_values(template, settings(template))
    if (region := os.environ.get("REGION")) and (problem := region_fault(region)):
        sentences.append(problem)
    return [*dict.fromkeys([*sentences, *_package_problems()])]


def unknown_settings() -> Iterator[str]:
    """Yield a sentence for each name on make's command line that is not a setting."""
    both = (package.foundation(), package.app())
    settings = _OTHERS | {setting(name) for each in both for name in each["Parameters"]}
    for name in os.environ.get(TYPED, "").split():
        if name not in settings:
            nearest = get_close_matches(name.upper(), settings, n=1)
            suggestion = f" Did you mean {nearest[0]}?" if nearest else ""
            yield f"There is no setting {name}.{suggestion} `make help` lists all settings."


def invalid_values(template: dict[str, Any], values: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each value that AWS CloudFormation or the function would refuse."""
    variables = _variables(template)
    for parameter, value in values.items():
        declared, name = template["Parameters"][parameter], setting(parameter)
        shown = repr(value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}…")
        if not _fits(value, declared):
            expected = declared.get(
                "ConstraintDescription", declared.get("Description", "see the template")
            )
            yield f"{name} cannot be {shown}. Expected: {expected}"
        elif parameter in variables and (problem := setting_problem(variables[parameter], value)):
            yield (
                f"{name} cannot be {shown}: it {problem}. docs/reference/settings.md shows what it"
                " can be."
            )


def _fits(value: str, declared: dict[str, Any]) -> bool:
    """Return whether the template's constraints allow a value."""
    if declared["Type"] == "Number":
        whole = re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) is not None
        return whole and declared.get("MinValue", 0) <= int(value) <= declared.get(
            "MaxValue", 10**9
        )
    fits = re.fullmatch(declared.get("AllowedPattern", ".*"), value, re.DOTALL) is not None
    return fits and len(value) <= declared.get("MaxLength", 4096)


def _variables(template: dict[str, Any]) -> dict[str, str]:
    """Return the name of the functions' environment variable for each parameter."""
    properties = [resource.get("Properties", {}) for resource in template["Resources"].values()]
    return {
        value["Ref"]: variable
        for resource in properties
        for variable, value in resource.get("Environment", {}).get("Variables", {}).items()
        if isinstance(value, dict) and "Ref" in value
    }


def packaged() -> Path | None:
    """Return the packaged folder that PACKAGED names, or None."""
    folder = os.environ.get("PACKAGED")
    return Path(folder) if folder else None


def _package_problems() -> Iterator[str]:
    if folder := packaged():
        missing = [name for name in ("sam.yaml", "deployment.zip") if not (folder / name).is_file()]
        if missing:
            yield (
                f"PACKAGED cannot be {folder}: it has no {' and no '.join(missing)}. `make package`"
                " writes both into build/."
            )
    architecture = os.environ.get("ARCH", "arm64")
    if architecture not in package.ARCHITECTURES:
        expected = " or ".join(package.ARCHITECTURES)
        yield f"ARCH cannot be {architecture!r}. Expected: {expected}."
