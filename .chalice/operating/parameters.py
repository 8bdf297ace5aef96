"""What the operator tells: a parameter of the templates is a setting of its name, in capitals.

`FirmName` is told as FIRM_NAME. What is not told stays as it is.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import package

from chalicelib.settings import fault
from operating.aws_cli import region_fault
from operating.telling import Stop

CALLED = {"OrganizationId": "ORG_ID", "WithSlack": "SLACK"}  # what everybody calls it
# Those that are no parameter of a template, or only of the Makefile.
_OTHERS = {
    "REGION", "ARCH", "YES", "PACKAGED", "AWS_CLI", "NAME", "ID", "LOST", "OTHERS",
    "PYTHON", "VENV", "UV", "AWS_PORT", "API_PORT", "SLACK_PORT", "WHO", "MINUTES", "PATHS",
}  # fmt: skip
# The Makefile's own list of the names on its command line. MAKEFLAGS has them too, beside values
# that may look like further names.
TYPED = "TYPED_SETTINGS"
_LONGEST_SHOWN = 60


def setting(parameter: str) -> str:
    return CALLED.get(parameter) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", parameter).upper()


def told(template: dict[str, Any]) -> dict[str, str]:
    """Return the values that the environment sets for the template's parameters."""
    return {
        parameter: os.environ[setting(parameter)]
        for parameter in template.get("Parameters", {})
        if setting(parameter) in os.environ
    }


def wanted(template: dict[str, Any], had: dict[str, str]) -> dict[str, str]:
    """Return all parameters as a deployment leaves them: told, else deployed, else the default."""
    known = template["Parameters"]
    default = {name: str(one.get("Default", "")) for name, one in known.items()}
    return default | {name: had[name] for name in known.keys() & had} | told(template)


def refuse_unknown() -> None:
    """Stop at settings that were typed and that nothing takes: they would be ignored."""
    if unknown := list(unknown_settings()):
        raise Stop(" ".join(unknown))


def faults() -> list[str]:
    """Return a sentence for each invalid setting."""
    found = [*unknown_settings()]
    for template in (package.foundation(), package.app()):
        found += invalid_values(template, told(template))
    if (region := os.environ.get("REGION")) and (problem := region_fault(region)):
        found.append(problem)
    return [*dict.fromkeys([*found, *_faults_of_the_package()])]


def unknown_settings() -> Iterator[str]:
    """Yield a sentence for each name on make's command line that is no setting."""
    both = (package.foundation(), package.app())
    known = _OTHERS | {setting(name) for each in both for name in each["Parameters"]}
    for name in os.environ.get(TYPED, "").split():
        if name not in known:
            nearest = get_close_matches(name.upper(), known, n=1)
            meant = f" Did you mean {nearest[0]}?" if nearest else ""
            yield f"There is no setting {name}.{meant} `make help` lists all settings."


def invalid_values(template: dict[str, Any], values: Mapping[str, str]) -> Iterator[str]:
    """Yield a sentence for each value that AWS CloudFormation, or its function, would refuse."""
    variables = _variables(template)
    for parameter, value in values.items():
        takes, name = template["Parameters"][parameter], setting(parameter)
        shown = repr(value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}…")
        if not _fits(value, takes):
            why = takes.get("ConstraintDescription", takes.get("Description", "see the template"))
            yield f"{name} cannot be {shown}. It takes this: {why}"
        elif parameter in variables and (problem := fault(variables[parameter], value)):
            yield (
                f"{name} cannot be {shown}: the function that gets it says that it {problem}."
                " docs/reference/settings.md shows what it takes."
            )


def _fits(value: str, takes: dict[str, Any]) -> bool:
    """Return whether the template's constraints allow a value."""
    if takes["Type"] == "Number":
        whole = re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) is not None
        return whole and takes.get("MinValue", 0) <= int(value) <= takes.get("MaxValue", 10**9)
    fits = re.fullmatch(takes.get("AllowedPattern", ".*"), value, re.DOTALL) is not None
    return fits and len(value) <= takes.get("MaxLength", 4096)


def _variables(template: dict[str, Any]) -> dict[str, str]:
    """Return the name of the functions' environment variable for each parameter."""
    properties = [one.get("Properties", {}) for one in template["Resources"].values()]
    return {
        value["Ref"]: variable
        for one in properties
        for variable, value in one.get("Environment", {}).get("Variables", {}).items()
        if isinstance(value, dict) and "Ref" in value
    }


def packaged() -> Path | None:
    """Return the folder to deploy as it is, if PACKAGED names one."""
    folder = os.environ.get("PACKAGED")
    return Path(folder) if folder else None


def _faults_of_the_package() -> Iterator[str]:
    if folder := packaged():
        lacking = [name for name in ("sam.yaml", "deployment.zip") if not (folder / name).is_file()]
        if lacking:
            yield (
                f"PACKAGED cannot be {folder}: it has no {' and no '.join(lacking)}. `make package`"
                " puts both into build/."
            )
    architecture = os.environ.get("ARCH", "arm64")
    if architecture not in package.ARCHITECTURES:
        known = " or ".join(package.ARCHITECTURES)
        yield f"ARCH cannot be {architecture!r}. It takes {known}."
