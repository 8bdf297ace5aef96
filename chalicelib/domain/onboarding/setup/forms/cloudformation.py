"""The CloudFormation form: a template in YAML, and the link that opens it in the console."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.onboarding.setup.blueprint import (
    INLINE_POLICY_NAME,
    Blueprint,
    blueprint,
    introduction,
    introduction_of_trust,
)
from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.quoting import comment, for_description, yaml
from chalicelib.domain.reasons import Reason

FILE = "daypass-role.yaml"

_REGION = re.compile(r"[a-z]{2,5}(?:-[a-z]+)+-[0-9]", re.ASCII)
_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}", re.ASCII)
_S3_URL = re.compile(
    r"https://(?:[a-z0-9.-]+\.)?s3[a-z0-9.-]*\.amazonaws\.(?:com|com\.cn|eu)/[!-~]+", re.ASCII
)
_TEMPLATE_URL_MAX = 5_120
_CONSOLES = {
    "aws": "https://{region}.console.aws.amazon.com",
    "aws-cn": "https://{region}.console.amazonaws.cn",
    "aws-us-gov": "https://console.amazonaws-us-gov.com",
}


def template(setup: Setup) -> str:
    """The template. Creating or updating a stack from it needs CAPABILITY_NAMED_IAM.

    In any other AWS account than the engagement's it is refused before anything is created.
    """
    role = blueprint(setup)
    head = comment(
        *introduction(setup),
        "To end their access, delete this stack. That also ends the sessions they still have.",
    )
    body = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": for_description(
            f"A role for {setup.we}, through Daypass, until {setup.end}."
            " To end their access, delete this stack."
        ),
        "Rules": {"RightAccount": {"Assertions": [_right_account(setup)]}},
        "Resources": _resources(role),
        "Outputs": {
            "RoleArn": {
                "Description": "Tell it to whoever sent you this.",
                "Value": {"Fn::GetAtt": ["Role", "Arn"]},
            }
        },
    }
    # Nobody knows whether {{resolve:…}} is left alone in a comment, so there is none.
    head = head.replace("{", "(").replace("}", ")")
    return "\n".join([head, *_lines(body)]) + "\n"


def trust_property(setup: Setup) -> str:
    """Return the role's trust policy alone, for a template that makes the role already."""
    head = comment(
        *introduction_of_trust(setup),
        "In the template that makes the role, replace AssumeRolePolicyDocument by this, and update"
        " the stack.",
    )
    body = {"AssumeRolePolicyDocument": blueprint(setup).trust}
    return "\n".join([head.replace("{", "(").replace("}", ")"), *_lines(body)]) + "\n"


def launch_stack_url(*, template_url: str, region: str, partition: str, stack_name: str) -> str:
    """The link that opens the console with the template and the stack's name filled in.

    After "Create quick-create links for CloudFormation stacks" (CloudFormation User Guide). The
    template has to lie in Amazon S3, where the console reads it: no other URL is taken, ours
    neither. InvalidRequest for a partition whose console is not known, a region or a stack name
    that cannot be one, and a template that is not in S3.
    """
    if partition not in _CONSOLES:
        raise _bad("partition", "The console of this AWS partition is not known.")
    if not _REGION.fullmatch(region):
        raise _bad("region", "This is not a region's name. It looks like eu-central-1.")
    if not _STACK_NAME.fullmatch(stack_name):
        raise _bad("stack_name", "A stack's name has letters, digits and hyphens, 128 at most.")
    if not _S3_URL.fullmatch(template_url) or len(template_url) > _TEMPLATE_URL_MAX:
        raise _bad("template_url", "CloudFormation takes a template by its https URL in S3 only.")
    console = _CONSOLES[partition].format(region=region)
    filled_in = urlencode({"templateURL": template_url, "stackName": stack_name}, quote_via=quote)
    return f"{console}/cloudformation/home?region={region}#/stacks/quickcreate?{filled_in}"


def stack_name(setup: Setup) -> str:
    """A name for the stack that tells whose role it is, of characters that a stack may have."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", setup.role_name).strip("-")
    return f"daypass-{readable}".rstrip("-")


def _right_account(setup: Setup) -> dict[str, Any]:
    return {
        "Assert": {"Fn::Equals": [{"Ref": "AWS::AccountId"}, setup.account_id]},
        "AssertDescription": f"This role belongs in AWS account {setup.account_id}.",
    }


def _resources(role: Blueprint) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "RoleName": role.name,
        "Path": role.path,
        "Description": role.description,
        "MaxSessionDuration": role.max_session_duration,
        "AssumeRolePolicyDocument": role.trust,
    }
    if role.permissions is not None:
        inline = {"PolicyName": INLINE_POLICY_NAME, "PolicyDocument": role.permissions}
        properties["Policies"] = [inline]
    if role.managed_policy_arn is not None:
        properties["ManagedPolicyArns"] = [role.managed_policy_arn]
    if role.boundary_arn is not None:
        properties["PermissionsBoundary"] = (
            {"Ref": "Boundary"} if role.boundary else role.boundary_arn
        )
    resources: dict[str, Any] = {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}
    if role.boundary is not None:
        resources["Boundary"] = {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "ManagedPolicyName": role.boundary_name,
                "Description": role.boundary_description,
                "PolicyDocument": role.boundary,
            },
        }
    return resources


def _lines(value: dict[str, Any] | list[Any]) -> list[str]:
    """The value as a block of YAML, which every text in it is quoted for."""
    lines: list[str] = []
    if isinstance(value, dict):
        for key, inner in value.items():
            if isinstance(inner, dict | list) and inner:
                lines += [f"{yaml(key)}:", *(f"  {line}" for line in _lines(inner))]
            else:
                lines.append(f"{yaml(key)}: {_scalar(inner)}")
        return lines
    for inner in value:
        first, *rest = (
            _lines(inner) if isinstance(inner, dict | list) and inner else [_scalar(inner)]
        )
        lines += [f"- {first}", *(f"  {line}" for line in rest)]
    return lines


def _scalar(value: Any) -> str:
    if isinstance(value, str):
        return yaml(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return "{}" if value == {} else "[]"


def _bad(field: str, detail: str) -> InvalidRequest:
    return InvalidRequest(Reason.BAD_VALUE, detail, field=field)
