"""What the operator tells: a parameter of the templates is a setting of its name, in capitals.

`FirmName` is told as FIRM_NAME. What is not told stays as it is.
"""

from __future__ import annotations

import os
import re
from typing import Any

from operating.telling import Stop

CALLED = {"OrganizationId": "ORG_ID", "WithSlack": "SLACK"}  # what everybody calls it
# Those that are no parameter of a template, or only of the Makefile.
_OTHERS = {
    "REGION", "ARCH", "YES", "PACKAGED", "AWS_CLI", "NAME", "ID", "LOST",
    "PYTHON", "VENV", "AWS_PORT", "API_PORT", "SLACK_PORT", "WHO", "MINUTES", "PATHS",
}  # fmt: skip
# On make's command line a blank in a value has a backslash before it.
_ON_THE_COMMAND_LINE = re.compile(r"(?:^|(?<!\\)\s)([A-Za-z_]\w*)=")


def setting(parameter: str) -> str:
    return CALLED.get(parameter) or re.sub(r"(?<=[a-z])(?=[A-Z])", "_", parameter).upper()


def told(template: dict[str, Any]) -> dict[str, str]:
    """Of the template's parameters, those that are told. Stop if one cannot be as it is told."""
    values = {
        parameter: os.environ[setting(parameter)]
        for parameter in template.get("Parameters", {})
        if setting(parameter) in os.environ
    }
    for parameter, value in values.items():
        _refuse_what_does_not_fit(setting(parameter), value, template["Parameters"][parameter])
    return values


def wanted(template: dict[str, Any], had: dict[str, str]) -> dict[str, str]:
    """All parameters of the template, as a deployment leaves them: what is told, else what the
    stack has, else the default. Stop if one cannot be as it is told."""
    known = template["Parameters"]
    default = {name: str(one.get("Default", "")) for name, one in known.items()}
    return default | {name: had[name] for name in known.keys() & had} | told(template)


def _refuse_what_does_not_fit(name: str, value: str, takes: dict[str, Any]) -> None:
    """As AWS CloudFormation would, but before the first of the two stacks is changed."""
    fits = re.fullmatch(takes.get("AllowedPattern", ".*"), value, re.DOTALL)
    if not fits or len(value) > takes.get("MaxLength", 4096):
        why = takes.get("ConstraintDescription", takes.get("Description", "see the template"))
        raise Stop(f"{name} cannot be {value!r}. It takes this: {why}")


def refuse_unknown(*templates: dict[str, Any]) -> None:
    """Stop at a setting that was typed and that nothing takes: it would be ignored in silence."""
    known = _OTHERS | {setting(one) for each in templates for one in each.get("Parameters", {})}
    typed = os.environ.get("MAKEFLAGS", "").partition("-- ")[2]
    for name in _ON_THE_COMMAND_LINE.findall(typed):
        if name not in known:
            raise Stop(f"There is no setting {name}. `make help` lists them.")
