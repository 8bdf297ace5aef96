"""Build the CloudFormation format: a YAML template, and the link that opens the template in the
console."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib.domain.errors import bad_value
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
from chalicelib.domain.onboarding.setup.quoting import (
    clean_description,
    format_comment,
    quote_for_yaml,
)
from chalicelib.domain.onboarding.setup.role_spec import INLINE_POLICY_NAME, RoleSpec
from chalicelib.domain.onboarding.setup.trust import build_trust_policy

FILE = "daypass-role.yaml"

_S3_URL = re.compile(
    r"https://(?:[a-z0-9.-]+\.)?s3[a-z0-9.-]*\.amazonaws\.(?:com|com\.cn|eu)/[!-~]+", re.ASCII
)
_MAX_TEMPLATE_URL_LENGTH = 5_120
_BRAKE_HAS_VERSIONS = (
    "If AWS refuses to delete the brake because it has several versions, run the commands under"
    " “Delete the role” on our page first."
)
_CONSOLES = {
    "aws": "https://{region}.console.aws.amazon.com",
    "aws-cn": "https://{region}.console.amazonaws.cn",
    "aws-us-gov": "https://console.amazonaws-us-gov.com",
}


def build_role_template(spec: RoleSpec) -> str:
    """Return a CloudFormation template that creates the role.

    To create the stack, the client has to acknowledge CAPABILITY_NAMED_IAM. In any AWS account but
    the engagement's, CloudFormation refuses the template before it creates anything.
    """
    header = format_comment(
        *spec.header,
        "To remove this access, delete this stack. That also ends the role's active sessions.",
        *([_BRAKE_HAS_VERSIONS] if spec.has_brake else []),
    )
    right_account = {
        "Assert": {"Fn::Equals": [{"Ref": "AWS::AccountId"}, spec.account_id]},
        "AssertDescription": f"This role belongs in AWS account {spec.account_id}.",
    }
    body = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": clean_description(
            f"An IAM role that {spec.firm_label} uses through Daypass until {spec.end}."
            " To remove this access, delete this stack."
        ),
        "Rules": {"RightAccount": {"Assertions": [right_account]}},
        "Resources": _build_resources(spec),
        "Outputs": {
            "RoleArn": {
                "Description": "The role's ARN.",
                "Value": {"Fn::GetAtt": ["Role", "Arn"]},
            }
        },
    }
    return _render_template(header, body)


def build_trust_policy_property(spec: RoleSpec) -> str:
    """Return the trust policy as a CloudFormation property. The client puts it into the template
    that already creates the role."""
    header = format_comment(
        *spec.trust_header,
        "In the template that creates the role, replace AssumeRolePolicyDocument with this one,"
        " and update the stack.",
    )
    return _render_template(header, {"AssumeRolePolicyDocument": build_trust_policy(spec)})


def _render_template(header: str, body: dict[str, Any]) -> str:
    """Return the text of a template: the header, which is a comment, and the body as YAML."""
    # AWS does not document whether CloudFormation ignores {{resolve:…}} in a comment.
    header = header.replace("{", "(").replace("}", ")")
    return "\n".join([header, *_render_yaml_lines(body)]) + "\n"


def build_launch_stack_url(spec: RoleSpec, template_url: str, region: str) -> str:
    """Return a URL that opens CloudFormation's console with the template and the stack's name
    filled in ("Create quick-create links for CloudFormation stacks", CloudFormation User Guide).

    Raise InvalidRequest if Daypass does not know the partition's console, or if `template_url` is
    not a URL in S3 that CloudFormation accepts.
    """
    if spec.partition not in _CONSOLES:
        raise bad_value(
            "partition",
            "Daypass does not know the console's address in this AWS partition. Use the template on"
            " the page instead.",
        )
    if not _S3_URL.fullmatch(template_url) or len(template_url) > _MAX_TEMPLATE_URL_LENGTH:
        detail = "CloudFormation accepts only an https URL of a template in S3."
        raise bad_value("template_url", detail)
    console = _CONSOLES[spec.partition].format(region=region)
    stack = {"templateURL": template_url, "stackName": build_stack_name(spec)}
    filled_in = urlencode(stack, quote_via=quote)
    return f"{console}/cloudformation/home?region={region}#/stacks/quickcreate?{filled_in}"


def build_stack_name(spec: RoleSpec) -> str:
    """Return a name for the role's stack, with only the characters that CloudFormation allows."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", spec.role_name).strip("-")
    return f"daypass-{readable}".rstrip("-")


def _build_resources(spec: RoleSpec) -> dict[str, Any]:
    """Return the template's resources: the role, and the role's permissions boundary if Daypass
    specifies one."""
    properties: dict[str, Any] = {
        "RoleName": spec.role_name,
        "Path": spec.path,
        "Description": spec.description,
        "MaxSessionDuration": spec.max_session_duration,
        "AssumeRolePolicyDocument": build_trust_policy(spec),
    }
    resources: dict[str, Any] = {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}
    if spec.permissions.document is not None:
        inline = {"PolicyName": INLINE_POLICY_NAME, "PolicyDocument": spec.permissions.document}
        properties["Policies"] = [inline]
    if spec.managed_policy_arn is not None:
        properties["ManagedPolicyArns"] = [spec.managed_policy_arn]
    if spec.boundary_arn is not None:
        properties["PermissionsBoundary"] = spec.boundary_arn
    if spec.makes_boundary:
        properties["PermissionsBoundary"] = {"Ref": "Boundary"}
        resources["Boundary"] = {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "ManagedPolicyName": spec.daypass_boundary_name,
                "Description": spec.daypass_boundary_description,
                "PolicyDocument": build_boundary_policy(),
            },
        }
    if spec.has_brake:
        properties["PermissionsBoundary"] = {"Ref": "Brake"}
        resources["Brake"] = _build_brake(spec)
    if spec.has_cut_off:
        resources["CutOffRole"] = _build_cut_off_role(spec)
    return resources


def _build_brake(spec: RoleSpec) -> dict[str, Any]:
    """Return the resource of the brake, the role's permissions boundary. An update of the stack
    keeps the versions that Daypass wrote, because the template's policy does not change."""
    return {
        "Type": "AWS::IAM::ManagedPolicy",
        "Properties": {
            "ManagedPolicyName": spec.cut_off_names.brake_name,
            "Path": CUT_OFF_PATH,
            "Description": describe_brake(spec),
            "PolicyDocument": build_new_brake(spec),
        },
    }


def _build_cut_off_role(spec: RoleSpec) -> dict[str, Any]:
    """Return the resource of the cut-off role."""
    inline = {
        "PolicyName": CUT_OFF_POLICY_NAME,
        "PolicyDocument": build_cut_off_permissions(spec),
    }
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {
            "RoleName": spec.cut_off_names.cut_off_role_name,
            "Path": CUT_OFF_PATH,
            "Description": describe_cut_off_role(spec),
            "AssumeRolePolicyDocument": build_cut_off_trust(spec),
            "Policies": [inline],
        },
    }


def _render_yaml_lines(value: Any) -> list[str]:
    """Return the lines of a YAML block for a JSON value. Quote every text that YAML could read as
    something else."""
    if not value or not isinstance(value, dict | list):
        return [quote_for_yaml(value) if isinstance(value, str) else json.dumps(value)]
    lines: list[str] = []
    if isinstance(value, list):
        for inner in value:
            first, *rest = _render_yaml_lines(inner)
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
        return lines
    for key, inner in value.items():
        if inner and isinstance(inner, dict | list):
            lines += [
                f"{quote_for_yaml(key)}:",
                *(f"  {line}" for line in _render_yaml_lines(inner)),
            ]
        else:
            lines.append(f"{quote_for_yaml(key)}: {_render_yaml_lines(inner)[0]}")
    return lines
