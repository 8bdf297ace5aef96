"""Build the Terraform format: one file for the AWS provider, to add to any configuration. A block
is Terraform's unit, such as a resource."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from chalicelib.domain.onboarding.setup.quoting import format_comment, quote_for_terraform
from chalicelib.domain.onboarding.setup.resources import (
    Resource,
    build_trust_policy,
    list_resources,
)
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec

FILE = "daypass-role.tf"

_NAMES = {
    "Role": "daypass",
    "Boundary": "daypass_boundary",
    "Brake": "daypass_brake",
    "CutOffRole": "daypass_cut_off",
}
"""The name of each resource in Terraform."""
_ARGUMENTS = {
    "RoleName": "name",
    "ManagedPolicyName": "name",
    "Path": "path",
    "Description": "description",
    "MaxSessionDuration": "max_session_duration",
    "PermissionsBoundary": "permissions_boundary",
    "AssumeRolePolicyDocument": "assume_role_policy",
    "PolicyDocument": "policy",
}
"""The argument in Terraform for each property."""
_KEEP_VERSIONS = """
# Daypass writes versions of this policy to end sessions. Terraform must not undo them.
lifecycle {
  ignore_changes = [policy]
}"""
_RIGHT_ACCOUNT = """
lifecycle {{
  precondition {{
    condition = data.aws_caller_identity.daypass.account_id == {account}
    error_message = {message}
  }}
}}"""


def build_role_configuration(spec: RoleSpec) -> str:
    """Return a Terraform configuration that creates the role.

    Terraform's plan fails in any AWS account but the engagement's. The names of the resources are
    fixed, so the client needs a module for each role.
    """
    header = format_comment(
        *spec.header,
        "To remove this access, remove this file and apply. That also ends the role's active"
        " sessions.",
    )
    right_account = _RIGHT_ACCOUNT.format(
        account=quote_for_terraform(spec.account_id),
        message=quote_for_terraform(f"This role belongs in AWS account {spec.account_id}."),
    )
    last_lines = {"Role": right_account, "Brake": _KEEP_VERSIONS}
    blocks = [
        header,
        'terraform {\n  required_version = ">= 1.2"\n}',  # the first version with preconditions
        'data "aws_caller_identity" "daypass" {}',
        *(
            block
            for name, properties in list_resources(spec).items()
            for block in _render_resource(name, properties, last_lines.get(name, ""))
        ),
        'output "daypass_role_arn" {\n  value = aws_iam_role.daypass.arn\n}',
    ]
    return "\n\n".join(blocks) + "\n"


def build_trust_policy_argument(spec: RoleSpec) -> str:
    """Return the trust policy as a Terraform argument. The client puts it into the configuration
    that already creates the role."""
    header = format_comment(
        *spec.trust_header,
        "In the aws_iam_role that creates the role, replace assume_role_policy with this one, and"
        " apply.",
    )
    argument = _render_argument("assume_role_policy", build_trust_policy(spec))
    return f"{header}\n\n{argument}\n"


def _render_resource(name: str, properties: Resource, last_lines: str) -> Iterator[str]:
    """Yield the blocks of a resource: a managed policy, or a role with its permissions."""
    arguments = {_ARGUMENTS[key]: value for key, value in properties.items() if key in _ARGUMENTS}
    kind = "role" if "RoleName" in properties else "policy"
    yield _render_block(kind, name, arguments, last_lines)
    role = {"role": {"Ref": name}}
    for inline in properties.get("Policies", ()):
        policy = {"name": inline["PolicyName"], **role, "policy": inline["PolicyDocument"]}
        yield _render_block("role_policy", name, policy)
    for arn in properties.get("ManagedPolicyArns", ()):
        yield _render_block("role_policy_attachment", name, {**role, "policy_arn": arn})


def _render_block(kind: str, name: str, arguments: Resource, last_lines: str = "") -> str:
    lines = [_render_argument(*argument) for argument in arguments.items()]
    body = "\n".join(map(_indent, filter(None, (*lines, last_lines))))
    return f'resource "aws_iam_{kind}" "{_NAMES[name]}" {{\n{body}\n}}'


def _render_argument(argument: str, value: Any) -> str:
    """Return an argument. Render a policy document with jsonencode, and a CloudFormation `Ref` as a
    reference to the role's name or the policy's ARN."""
    expression = _render_expression(value)
    if isinstance(value, dict):
        name = _NAMES.get(value.get("Ref", ""))
        reference = (
            f"aws_iam_role.{name}.name" if argument == "role" else f"aws_iam_policy.{name}.arn"
        )
        expression = reference if name else f"jsonencode({expression})"
    return f"{argument} = {expression}"


def _indent(text: str) -> str:
    return "\n".join(f"  {line}" if line else line for line in text.split("\n"))


def _render_expression(value: Any) -> str:
    """Return a Terraform expression for a JSON value, with every text and every key quoted."""
    if isinstance(value, dict):
        return _render_brackets(
            "{",
            [
                f"{quote_for_terraform(key)} = {_render_expression(inner)}"
                for key, inner in value.items()
            ],
        )
    if isinstance(value, list):
        return _render_brackets("[", [f"{_render_expression(inner)}," for inner in value])
    return quote_for_terraform(value) if isinstance(value, str) else json.dumps(value)


def _render_brackets(opens: str, members: list[str]) -> str:
    closes = {"{": "}", "[": "]"}[opens]
    return "\n".join([opens, *map(_indent, members), closes]) if members else opens + closes
