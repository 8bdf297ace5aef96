"""The Terraform form: one file for the AWS provider, to be put into any configuration."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.domain.onboarding.setup.boundary import no_iam_writes
from chalicelib.domain.onboarding.setup.documents import Document
from chalicelib.domain.onboarding.setup.facts import INLINE_POLICY_NAME, Setup
from chalicelib.domain.onboarding.setup.quoting import comment, hcl
from chalicelib.domain.onboarding.setup.trust import trust_policy

FILE = "daypass-role.tf"


def configuration(setup: Setup) -> str:
    """The configuration. In any other AWS account than the engagement's, planning it fails. Two
    roles of one account go into two modules.
    """
    head = comment(
        *setup.introduction,
        "To end their access, take this file away and apply. That also ends the sessions they"
        " have.",
    )
    blocks = [
        head,
        'terraform {\n  required_version = ">= 1.2"\n}',  # of which on it knows preconditions
        'data "aws_caller_identity" "daypass" {}',
        *_boundary(setup),
        _role(setup),
        *_permissions(setup),
        'output "daypass_role_arn" {\n  value = aws_iam_role.daypass.arn\n}',
    ]
    return "\n\n".join(blocks) + "\n"


def trust_argument(setup: Setup) -> str:
    """Return the role's trust policy alone, for a configuration that makes the role already."""
    head = comment(
        *setup.introduction_of_trust,
        "In the aws_iam_role that makes the role, replace assume_role_policy by this, and apply.",
    )
    return f"{head}\n\n{_document('assume_role_policy', trust_policy(setup))}\n"


def _document(argument: str, value: Document) -> str:
    return f"{argument} = jsonencode({_expression(value)})"


def _role(setup: Setup) -> str:
    settings = [
        f"name = {hcl(setup.role_name)}",
        f"path = {hcl(setup.path)}",
        f"description = {hcl(setup.description)}",
        f"max_session_duration = {setup.max_session_duration}",
    ]
    if setup.makes_boundary:
        settings.append("permissions_boundary = aws_iam_policy.daypass_boundary.arn")
    elif setup.boundary_arn is not None:
        settings.append(f"permissions_boundary = {hcl(setup.boundary_arn)}")
    settings.append(_document("assume_role_policy", trust_policy(setup)))
    account = hcl(setup.account_id)
    settings.append(
        "\nlifecycle {\n  precondition {\n"
        f"    condition = data.aws_caller_identity.daypass.account_id == {account}\n"
        f"    error_message = {hcl(f'This role belongs in AWS account {setup.account_id}.')}\n"
        "  }\n}"
    )
    return _block('resource "aws_iam_role" "daypass"', settings)


def _boundary(setup: Setup) -> list[str]:
    if not setup.makes_boundary:
        return []
    settings = [
        f"name = {hcl(setup.our_boundary_name)}",
        f"description = {hcl(setup.our_boundary_description)}",
        _document("policy", no_iam_writes()),
    ]
    return [_block('resource "aws_iam_policy" "daypass_boundary"', settings)]


def _permissions(setup: Setup) -> list[str]:
    of_role = "role = aws_iam_role.daypass.name"
    if setup.permissions.document is not None:
        policy = _document("policy", setup.permissions.document)
        settings = [f"name = {hcl(INLINE_POLICY_NAME)}", of_role, policy]
        return [_block('resource "aws_iam_role_policy" "daypass"', settings)]
    if setup.managed_policy_arn is not None:
        settings = [of_role, f"policy_arn = {hcl(setup.managed_policy_arn)}"]
        return [_block('resource "aws_iam_role_policy_attachment" "daypass"', settings)]
    return []


def _block(head: str, settings: list[str]) -> str:
    return f"{head} {{\n" + "\n".join(_indented(setting) for setting in settings) + "\n}"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" if line else line for line in text.split("\n"))


def _expression(value: Any) -> str:
    """The value as an expression, in which every text is quoted, keys too."""
    if isinstance(value, dict):
        return _listed("{", [f"{hcl(key)} = {_expression(inner)}" for key, inner in value.items()])
    if isinstance(value, list):
        return _listed("[", [f"{_expression(inner)}," for inner in value])
    return hcl(value) if isinstance(value, str) else json.dumps(value)


def _listed(opens: str, members: list[str]) -> str:
    closes = {"{": "}", "[": "]"}[opens]
    return "\n".join([opens, *map(_indented, members), closes]) if members else opens + closes
