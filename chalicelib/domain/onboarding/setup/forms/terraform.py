"""The Terraform form: one file for the AWS provider, to be put into any configuration."""

from __future__ import annotations

from typing import Any

from chalicelib.domain.onboarding.setup.blueprint import (
    INLINE_POLICY_NAME,
    Blueprint,
    blueprint,
    introduction,
    introduction_of_trust,
)
from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.quoting import comment, hcl

FILE = "daypass-role.tf"


def configuration(setup: Setup) -> str:
    """The configuration. In any other AWS account than the engagement's, planning it fails.

    Its names begin with `daypass`; two roles of one account go into two modules.
    """
    role = blueprint(setup)
    head = comment(
        *introduction(setup),
        "To end their access, take this file away and apply. That also ends the sessions they"
        " have.",
    )
    blocks = [
        head,
        'terraform {\n  required_version = ">= 1.2"\n}',  # of which on it knows preconditions
        'data "aws_caller_identity" "daypass" {}',
        *_boundary(role),
        _role(role),
        *_permissions(role),
        'output "daypass_role_arn" {\n  value = aws_iam_role.daypass.arn\n}',
    ]
    return "\n\n".join(blocks) + "\n"


def trust_argument(setup: Setup) -> str:
    """Return the role's trust policy alone, for a configuration that makes the role already."""
    head = comment(
        *introduction_of_trust(setup),
        "In the aws_iam_role that makes the role, replace assume_role_policy by this, and apply.",
    )
    return f"{head}\n\n{_trust(blueprint(setup))}\n"


def _trust(role: Blueprint) -> str:
    return f"assume_role_policy = jsonencode({_expression(role.trust)})"


def _role(role: Blueprint) -> str:
    settings = [
        f"name = {hcl(role.name)}",
        f"path = {hcl(role.path)}",
        f"description = {hcl(role.description)}",
        f"max_session_duration = {role.max_session_duration}",
    ]
    if role.boundary is not None:
        settings.append("permissions_boundary = aws_iam_policy.daypass_boundary.arn")
    elif role.boundary_arn is not None:
        settings.append(f"permissions_boundary = {hcl(role.boundary_arn)}")
    settings.append(_trust(role))
    account = hcl(role.account_id)
    settings.append(
        "\nlifecycle {\n  precondition {\n"
        f"    condition = data.aws_caller_identity.daypass.account_id == {account}\n"
        f"    error_message = {hcl(f'This role belongs in AWS account {role.account_id}.')}\n"
        "  }\n}"
    )
    return _block('resource "aws_iam_role" "daypass"', settings)


def _boundary(role: Blueprint) -> list[str]:
    if role.boundary is None:
        return []
    settings = [
        f"name = {hcl(role.boundary_name)}",
        f"description = {hcl(role.boundary_description)}",
        f"policy = jsonencode({_expression(role.boundary)})",
    ]
    return [_block('resource "aws_iam_policy" "daypass_boundary"', settings)]


def _permissions(role: Blueprint) -> list[str]:
    blocks = []
    of_role = "role = aws_iam_role.daypass.name"
    if role.permissions is not None:
        settings = [
            f"name = {hcl(INLINE_POLICY_NAME)}",
            of_role,
            f"policy = jsonencode({_expression(role.permissions)})",
        ]
        blocks.append(_block('resource "aws_iam_role_policy" "daypass"', settings))
    if role.managed_policy_arn is not None:
        settings = [of_role, f"policy_arn = {hcl(role.managed_policy_arn)}"]
        blocks.append(_block('resource "aws_iam_role_policy_attachment" "daypass"', settings))
    return blocks


def _block(head: str, settings: list[str]) -> str:
    return f"{head} {{\n" + "\n".join(_indented(setting) for setting in settings) + "\n}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else line for line in text.split("\n"))


def _expression(value: Any) -> str:
    """The value as an expression, in which every text is quoted, keys too."""
    if isinstance(value, dict):
        members = [f"{hcl(key)} = {_expression(inner)}" for key, inner in value.items()]
        return (
            "{\n" + "\n".join(_indented(member) for member in members) + "\n}" if members else "{}"
        )
    if isinstance(value, list):
        members = [f"{_expression(inner)}," for inner in value]
        return (
            "[\n" + "\n".join(_indented(member) for member in members) + "\n]" if members else "[]"
        )
    if isinstance(value, str):
        return hcl(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(int(value))
