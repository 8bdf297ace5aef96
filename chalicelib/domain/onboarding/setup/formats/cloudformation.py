"""The CloudFormation format: a YAML template, and the link that opens it in the console."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib.domain.errors import bad_value
from chalicelib.domain.onboarding.setup.boundary import no_iam_writes
from chalicelib.domain.onboarding.setup.quoting import comment, for_description, yaml
from chalicelib.domain.onboarding.setup.role_spec import INLINE_POLICY_NAME, RoleSpec
from chalicelib.domain.onboarding.setup.trust import build_trust_policy

FILE = "daypass-role.yaml"

_S3_URL = re.compile(
    r"https://(?:[a-z0-9.-]+\.)?s3[a-z0-9.-]*\.amazonaws\.(?:com|com\.cn|eu)/[!-~]+", re.ASCII
)
_TEMPLATE_URL_MAX = 5_120
_CONSOLES = {
    "aws": "https://{region}.console.aws.amazon.com",
    "aws-cn": "https://{region}.console.amazonaws.cn",
    "aws-us-gov": "https://console.amazonaws-us-gov.com",
}


def role_template(spec: RoleSpec) -> str:
    """Return a CloudFormation template that creates the role. It needs CAPABILITY_NAMED_IAM.

    In any AWS account but the engagement's, CloudFormation refuses the template before it creates
    anything.
    """
    head = comment(
        *spec.header,
        "To remove their access, delete this stack. That also ends their active sessions.",
    )
    right_account = {
        "Assert": {"Fn::Equals": [{"Ref": "AWS::AccountId"}, spec.account_id]},
        "AssertDescription": f"This role belongs in AWS account {spec.account_id}.",
    }
    body = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": for_description(
            f"An IAM role for {spec.firm_label} through Daypass until {spec.end}."
            " To remove their access, delete this stack."
        ),
        "Rules": {"RightAccount": {"Assertions": [right_account]}},
        "Resources": _resources(spec),
        "Outputs": {
            "RoleArn": {
                "Description": "The role's ARN.",
                "Value": {"Fn::GetAtt": ["Role", "Arn"]},
            }
        },
    }
    return _template_text(head, body)


def trust_policy_property(spec: RoleSpec) -> str:
    """Return the trust policy as a property, for a template that already creates the role."""
    head = comment(
        *spec.trust_header,
        "In the template that creates the role, replace AssumeRolePolicyDocument with this one,"
        " and update the stack.",
    )
    return _template_text(head, {"AssumeRolePolicyDocument": build_trust_policy(spec)})


def _template_text(head: str, body: dict[str, Any]) -> str:
    # AWS does not document whether CloudFormation ignores {{resolve:…}} in a comment.
    head = head.replace("{", "(").replace("}", ")")
    return "\n".join([head, *_yaml_lines(body)]) + "\n"


def launch_stack_url(spec: RoleSpec, template_url: str, region: str) -> str:
    """Return a URL that opens the console with the template and the stack's name filled in.

    Raise InvalidRequest if the partition's console is not known, or if the template is not in S3
    ("Create quick-create links for CloudFormation stacks", CloudFormation User Guide).
    """
    if spec.partition not in _CONSOLES:
        raise bad_value(
            "partition", "Daypass does not know the console's address in this AWS partition."
        )
    if not _S3_URL.fullmatch(template_url) or len(template_url) > _TEMPLATE_URL_MAX:
        detail = "CloudFormation accepts only a template's https URL in S3."
        raise bad_value("template_url", detail)
    console = _CONSOLES[spec.partition].format(region=region)
    stack = {"templateURL": template_url, "stackName": stack_name(spec)}
    filled_in = urlencode(stack, quote_via=quote)
    return f"{console}/cloudformation/home?region={region}#/stacks/quickcreate?{filled_in}"


def stack_name(spec: RoleSpec) -> str:
    """Return a name for the role's stack, with only the characters that CloudFormation allows."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", spec.role_name).strip("-")
    return f"daypass-{readable}".rstrip("-")


def _resources(spec: RoleSpec) -> dict[str, Any]:
    """Return the template's resources: the role and, if Daypass specifies one, its boundary."""
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
                "PolicyDocument": no_iam_writes(),
            },
        }
    return resources


def _yaml_lines(value: Any) -> list[str]:
    """Return the lines of a YAML block for a value, with every text quoted."""
    if not value or not isinstance(value, dict | list):
        return [yaml(value) if isinstance(value, str) else json.dumps(value)]
    lines: list[str] = []
    if isinstance(value, list):
        for inner in value:
            first, *rest = _yaml_lines(inner)
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
        return lines
    for key, inner in value.items():
        if inner and isinstance(inner, dict | list):
            lines += [f"{yaml(key)}:", *(f"  {line}" for line in _yaml_lines(inner))]
        else:
            lines.append(f"{yaml(key)}: {_yaml_lines(inner)[0]}")
    return lines
