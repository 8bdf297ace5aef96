"""The Terraform format: one file for the AWS provider, to add to any configuration."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.domain.onboarding.setup.boundary import no_iam_writes
from chalicelib.domain.onboarding.setup.documents import Document
from chalicelib.domain.onboarding.setup.quoting import comment, hcl
from chalicelib.domain.onboarding.setup.role_spec import INLINE_POLICY_NAME, RoleSpec
from chalicelib.domain.onboarding.setup.trust import build_trust_policy

FILE = "daypass-role.tf"


def role_configuration(spec: RoleSpec) -> str:
    """Return a Terraform configuration that creates the role.

    Its plan fails in any AWS account but the engagement's. Two roles of one account need two
    modules, because the names of the resources are fixed.
    """
    head = comment(
        *spec.header,
        "To remove their access, remove this file and apply. That also ends their active sessions.",
    )
    blocks = [
        head,
        'terraform {\n  required_version = ">= 1.2"\n}',  # the first with preconditions
        'data "aws_caller_identity" "daypass" {}',
        *_boundary(spec),
        _role(spec),
        *_permissions(spec),
        'output "daypass_role_arn" {\n  value = aws_iam_role.daypass.arn\n}',
    ]
    return "\n\n".join(blocks) + "\n"


def trust_policy_argument(spec: RoleSpec) -> str:
    """Return the trust policy as an argument, for a configuration that already creates the role."""
    head = comment(
        *spec.trust_header,
        "In the aws_iam_role that creates the role, replace assume_role_policy with this one, and"
        " apply.",
    )
    return f"{head}\n\n{_document('assume_role_policy', build_trust_policy(spec))}\n"


def _document(argument: str, value: Document) -> str:
    return f"{argument} = jsonencode({_expression(value)})"


def _role(spec: RoleSpec) -> str:
    settings = [
        f"name = {hcl(spec.role_name)}",
        f"path = {hcl(spec.path)}",
        f"description = {hcl(spec.description)}",
        f"max_session_duration = {spec.max_session_duration}",
    ]
    if spec.makes_boundary:
        settings.append("permissions_boundary = aws_iam_policy.daypass_boundary.arn")
    elif spec.boundary_arn is not None:
        settings.append(f"permissions_boundary = {hcl(spec.boundary_arn)}")
    settings.append(_document("assume_role_policy", build_trust_policy(spec)))
    account = hcl(spec.account_id)
    settings.append(
        "\nlifecycle {\n  precondition {\n"
        f"    condition = data.aws_caller_identity.daypass.account_id == {account}\n"
        f"    error_message = {hcl(f'This role belongs in AWS account {spec.account_id}.')}\n"
        "  }\n}"
    )
    return _block('resource "aws_iam_role" "daypass"', settings)


def _boundary(spec: RoleSpec) -> list[str]:
    if not spec.makes_boundary:
        return []
    settings = [
        f"name = {hcl(spec.daypass_boundary_name)}",
        f"description = {hcl(spec.daypass_boundary_description)}",
        _document("policy", no_iam_writes()),
    ]
    return [_block('resource "aws_iam_policy" "daypass_boundary"', settings)]


def _permissions(spec: RoleSpec) -> list[str]:
    of_role = "role = aws_iam_role.daypass.name"
    if spec.permissions.document is not None:
        policy = _document("policy", spec.permissions.document)
        settings = [f"name = {hcl(INLINE_POLICY_NAME)}", of_role, policy]
        return [_block('resource "aws_iam_role_policy" "daypass"', settings)]
    if spec.managed_policy_arn is not None:
        settings = [of_role, f"policy_arn = {hcl(spec.managed_policy_arn)}"]
        return [_block('resource "aws_iam_role_policy_attachment" "daypass"', settings)]
    return []


def _block(head: str, settings: list[str]) -> str:
    return f"{head} {{\n" + "\n".join(_indented(setting) for setting in settings) + "\n}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else line for line in text.split("\n"))


def _expression(value: Any) -> str:
    """Return a Terraform expression for a value, with every text and every key quoted."""
    if isinstance(value, dict):
        return _bracketed(
            "{", [f"{hcl(key)} = {_expression(inner)}" for key, inner in value.items()]
        )
    if isinstance(value, list):
        return _bracketed("[", [f"{_expression(inner)}," for inner in value])
    return hcl(value) if isinstance(value, str) else json.dumps(value)


def _bracketed(opens: str, members: list[str]) -> str:
    closes = {"{": "}", "[": "]"}[opens]
    return "\n".join([opens, *map(_indented, members), closes]) if members else opens + closes
