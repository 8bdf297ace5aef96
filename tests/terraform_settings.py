"""The settings in terraform/settings.tf. `make settings-table` writes them from the templates."""

from __future__ import annotations

import re
from typing import Any

import package

from chalicelib.domain.onboarding.setup.quoting import quote_for_terraform
from operating.parameters import STREAM_PARAMETER, setting_name
from tests.settings_table import parameters

PATH = package.ROOT / "terraform" / "settings.tf"
_HEAD = """\
# `make settings-table` writes this file from the parameters of the templates, which `make deploy`
# sets. The names are those of docs/reference/settings.md, in lower case.
"""


def written() -> str:
    """Return the file: a variable for each setting, and the parameters of both stacks."""
    variables = (_variable(name, declared) for name, declared in sorted(parameters().items()))
    stacks = (
        _parameters_of("foundation", package.foundation()),
        _parameters_of("app", package.app()),
    )
    return "\n".join([_HEAD, *variables, *stacks])


def _variable(name: str, declared: dict[str, Any]) -> str:
    is_number = declared["Type"] == "Number"
    default = declared["Default"]
    shown = str(default) if is_number else quote_for_terraform(default)
    means = re.sub(r" Give the (foundation|app's) stack the same\.", "", declared["Description"])
    return f"""\
variable "{name.lower()}" {{
  type        = {"number" if is_number else "string"}
  default     = {shown}
  nullable    = false
  description = {quote_for_terraform(means.strip())}
  validation {{
    condition     = {_condition(f"var.{name.lower()}", declared)}
    error_message = {quote_for_terraform(declared["ConstraintDescription"])}
  }}
}}
"""


def _condition(variable: str, declared: dict[str, Any]) -> str:
    """Return the parameter's constraints as a condition in Terraform."""
    if declared["Type"] == "Number":
        limits = f"{variable} >= {declared['MinValue']} && {variable} <= {declared['MaxValue']}"
        return f"floor({variable}) == {variable} && {limits}"
    # The syntax of a character's number differs between Java's expressions and RE2's.
    pattern = re.sub(r"\\u([0-9a-f]{4})", r"\\x{\1}", declared["AllowedPattern"])
    condition = f"can(regex({quote_for_terraform(f'^(?:{pattern})$')}, {variable}))"
    if "MaxLength" in declared:
        condition += f" && length({variable}) <= {declared['MaxLength']}"
    return condition


def _parameters_of(stack: str, template: dict[str, Any]) -> str:
    names = sorted(template["Parameters"])
    width = max(map(len, names))
    lines = (f"    {name:{width}} = {_value(name)}\n" for name in names)
    return f"locals {{\n  {stack}_parameters = {{\n{''.join(lines)}  }}\n}}\n"


def _value(parameter: str) -> str:
    """Return the expression for the parameter: a setting, or what main.tf reads from AWS."""
    if parameter == STREAM_PARAMETER:
        return "data.aws_dynamodb_table.trail.stream_arn"
    return f"var.{setting_name(parameter).lower()}"


if __name__ == "__main__":
    PATH.write_text(written(), encoding="utf-8")
