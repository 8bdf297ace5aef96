"""Build the Terraform format: one file for the AWS provider, to add to any configuration. A block
is Terraform's unit, such as a resource."""

from __future__ import annotations

import json
from typing import Any

from chalicelib.domain.identifiers import CUT_OFF_PATH
from chalicelib.domain.onboarding.setup.boundary import build_boundary_policy
from chalicelib.domain.onboarding.setup.cut_off import (
    CUT_OFF_POLICY_NAME,
    build_cut_off_permissions,
    build_cut_off_trust,
    build_new_brake,
    describe_brake,
    describe_cut_off_role,
)
from chalicelib.domain.onboarding.setup.quoting import format_comment, quote_for_terraform
from chalicelib.domain.onboarding.setup.role_spec import INLINE_POLICY_NAME, RoleSpec
from chalicelib.domain.onboarding.setup.trust import build_trust_policy
from chalicelib.domain.policies.documents import Document

FILE = "daypass-role.tf"

_KEEP_VERSIONS = """
# Daypass writes versions of this policy to end sessions. Terraform must not undo them.
lifecycle {
  ignore_changes = [policy]
}"""


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
    blocks = [
        header,
        'terraform {\n  required_version = ">= 1.2"\n}',  # the first version with preconditions
        'data "aws_caller_identity" "daypass" {}',
        *_build_boundary_blocks(spec),
        _build_role_block(spec),
        *_build_permissions_blocks(spec),
        *_build_cut_off_blocks(spec),
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
    return f"{header}\n\n{_render_document('assume_role_policy', build_trust_policy(spec))}\n"


def _render_document(argument: str, value: Document) -> str:
    """Return an argument with a policy as its value."""
    return f"{argument} = jsonencode({_render_expression(value)})"


def _build_role_block(spec: RoleSpec) -> str:
    """Return the role's block, with its trust policy and a check of the AWS account."""
    settings = [
        f"name = {quote_for_terraform(spec.role_name)}",
        f"path = {quote_for_terraform(spec.path)}",
        f"description = {quote_for_terraform(spec.description)}",
        f"max_session_duration = {spec.max_session_duration}",
    ]
    if spec.has_brake:
        settings.append("permissions_boundary = aws_iam_policy.daypass_brake.arn")
    elif spec.makes_boundary:
        settings.append("permissions_boundary = aws_iam_policy.daypass_boundary.arn")
    elif spec.boundary_arn is not None:
        settings.append(f"permissions_boundary = {quote_for_terraform(spec.boundary_arn)}")
    settings.append(_render_document("assume_role_policy", build_trust_policy(spec)))
    account = quote_for_terraform(spec.account_id)
    message = quote_for_terraform(f"This role belongs in AWS account {spec.account_id}.")
    settings.append(
        "\nlifecycle {\n  precondition {\n"
        f"    condition = data.aws_caller_identity.daypass.account_id == {account}\n"
        f"    error_message = {message}\n"
        "  }\n}"
    )
    return _render_block('resource "aws_iam_role" "daypass"', settings)


def _build_boundary_blocks(spec: RoleSpec) -> list[str]:
    """Return the block of the permissions boundary, or no block if Daypass specifies none."""
    if not spec.makes_boundary:
        return []
    settings = [
        f"name = {quote_for_terraform(spec.daypass_boundary_name)}",
        f"description = {quote_for_terraform(spec.daypass_boundary_description)}",
        _render_document("policy", build_boundary_policy()),
    ]
    return [_render_block('resource "aws_iam_policy" "daypass_boundary"', settings)]


def _build_permissions_blocks(spec: RoleSpec) -> list[str]:
    """Return the block of the role's inline policy or of its managed policy's attachment. Return no
    block if the role has neither."""
    role_argument = "role = aws_iam_role.daypass.name"
    if spec.permissions.document is not None:
        policy = _render_document("policy", spec.permissions.document)
        settings = [f"name = {quote_for_terraform(INLINE_POLICY_NAME)}", role_argument, policy]
        return [_render_block('resource "aws_iam_role_policy" "daypass"', settings)]
    if spec.managed_policy_arn is not None:
        settings = [role_argument, f"policy_arn = {quote_for_terraform(spec.managed_policy_arn)}"]
        return [_render_block('resource "aws_iam_role_policy_attachment" "daypass"', settings)]
    return []


def _build_cut_off_blocks(spec: RoleSpec) -> list[str]:
    """Return the blocks of the brake and of the cut-off role, or no block without a cut-off."""
    names = spec.cut_off_names
    path = f"path = {quote_for_terraform(CUT_OFF_PATH)}"
    blocks = []
    if spec.has_brake:
        brake = [
            f"name = {quote_for_terraform(names.brake_name)}",
            path,
            f"description = {quote_for_terraform(describe_brake(spec))}",
            _render_document("policy", build_new_brake(spec)),
            _KEEP_VERSIONS,
        ]
        blocks.append(_render_block('resource "aws_iam_policy" "daypass_brake"', brake))
    if spec.has_cut_off:
        role = [
            f"name = {quote_for_terraform(names.cut_off_role_name)}",
            path,
            f"description = {quote_for_terraform(describe_cut_off_role(spec))}",
            _render_document("assume_role_policy", build_cut_off_trust(spec)),
        ]
        policy = [
            f"name = {quote_for_terraform(CUT_OFF_POLICY_NAME)}",
            "role = aws_iam_role.daypass_cut_off.name",
            _render_document("policy", build_cut_off_permissions(spec)),
        ]
        blocks.append(_render_block('resource "aws_iam_role" "daypass_cut_off"', role))
        blocks.append(_render_block('resource "aws_iam_role_policy" "daypass_cut_off"', policy))
    return blocks


def _render_block(head: str, settings: list[str]) -> str:
    """Return a block with this head, such as `resource "aws_iam_role" "daypass"`."""
    return f"{head} {{\n" + "\n".join(_indent(setting) for setting in settings) + "\n}"


def _indent(text: str) -> str:
    """Return the text with two spaces before each line that is not empty."""
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
    """Return the members between brackets, each on its own lines."""
    closes = {"{": "}", "[": "]"}[opens]
    return "\n".join([opens, *map(_indent, members), closes]) if members else opens + closes
