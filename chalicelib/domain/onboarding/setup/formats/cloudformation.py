"""The CloudFormation form: a template in YAML, and the link that opens it in the console."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib.domain.errors import bad_value
from chalicelib.domain.onboarding.setup.boundary import no_iam_writes
from chalicelib.domain.onboarding.setup.facts import INLINE_POLICY_NAME, Setup
from chalicelib.domain.onboarding.setup.quoting import comment, for_description, yaml
from chalicelib.domain.onboarding.setup.trust import trust_policy

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


def template(setup: Setup) -> str:
    """The template, which needs CAPABILITY_NAMED_IAM. In any other AWS account than the
    engagement's it is refused before anything is created.
    """
    head = comment(
        *setup.introduction,
        "To end their access, delete this stack. That also ends the sessions they still have.",
    )
    right_account = {
        "Assert": {"Fn::Equals": [{"Ref": "AWS::AccountId"}, setup.account_id]},
        "AssertDescription": f"This role belongs in AWS account {setup.account_id}.",
    }
    body = {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": for_description(
            f"A role for {setup.we}, through Daypass, until {setup.end}."
            " To end their access, delete this stack."
        ),
        "Rules": {"RightAccount": {"Assertions": [right_account]}},
        "Resources": _resources(setup),
        "Outputs": {
            "RoleArn": {
                "Description": "Tell it to whoever sent you this.",
                "Value": {"Fn::GetAtt": ["Role", "Arn"]},
            }
        },
    }
    return _text(head, body)


def trust_property(setup: Setup) -> str:
    """Return the role's trust policy alone, for a template that makes the role already."""
    head = comment(
        *setup.introduction_of_trust,
        "In the template that makes the role, replace AssumeRolePolicyDocument by this, and update"
        " the stack.",
    )
    return _text(head, {"AssumeRolePolicyDocument": trust_policy(setup)})


def _text(head: str, body: dict[str, Any]) -> str:
    # Nobody knows whether {{resolve:…}} is left alone in a comment, so there is none.
    head = head.replace("{", "(").replace("}", ")")
    return "\n".join([head, *_lines(body)]) + "\n"


def launch_stack_url(setup: Setup, template_url: str, region: str) -> str:
    """The link that opens the console with the template and the stack's name filled in.

    After "Create quick-create links for CloudFormation stacks" (CloudFormation User Guide).
    InvalidRequest for a partition whose console is not known, and a template that is not in S3.
    """
    if setup.partition not in _CONSOLES:
        raise bad_value("partition", "The console of this AWS partition is not known.")
    if not _S3_URL.fullmatch(template_url) or len(template_url) > _TEMPLATE_URL_MAX:
        says = "CloudFormation takes a template by its https URL in S3 only."
        raise bad_value("template_url", says)
    console = _CONSOLES[setup.partition].format(region=region)
    stack = {"templateURL": template_url, "stackName": stack_name(setup)}
    filled_in = urlencode(stack, quote_via=quote)
    return f"{console}/cloudformation/home?region={region}#/stacks/quickcreate?{filled_in}"


def stack_name(setup: Setup) -> str:
    """A name of characters that a stack may have."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", setup.role_name).strip("-")
    return f"daypass-{readable}".rstrip("-")


def _resources(setup: Setup) -> dict[str, Any]:
    properties: dict[str, Any] = {
        "RoleName": setup.role_name,
        "Path": setup.path,
        "Description": setup.description,
        "MaxSessionDuration": setup.max_session_duration,
        "AssumeRolePolicyDocument": trust_policy(setup),
    }
    resources: dict[str, Any] = {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}}
    if setup.permissions.document is not None:
        inline = {"PolicyName": INLINE_POLICY_NAME, "PolicyDocument": setup.permissions.document}
        properties["Policies"] = [inline]
    if setup.managed_policy_arn is not None:
        properties["ManagedPolicyArns"] = [setup.managed_policy_arn]
    if setup.boundary_arn is not None:
        properties["PermissionsBoundary"] = setup.boundary_arn
    if setup.makes_boundary:
        properties["PermissionsBoundary"] = {"Ref": "Boundary"}
        resources["Boundary"] = {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "ManagedPolicyName": setup.our_boundary_name,
                "Description": setup.our_boundary_description,
                "PolicyDocument": no_iam_writes(),
            },
        }
    return resources


def _lines(value: Any) -> list[str]:
    """The value as a block of YAML, which every text in it is quoted for."""
    if not value or not isinstance(value, dict | list):
        return [yaml(value) if isinstance(value, str) else json.dumps(value)]
    lines: list[str] = []
    if isinstance(value, list):
        for inner in value:
            first, *rest = _lines(inner)
            lines += [f"- {first}", *(f"  {line}" for line in rest)]
        return lines
    for key, inner in value.items():
        if inner and isinstance(inner, dict | list):
            lines += [f"{yaml(key)}:", *(f"  {line}" for line in _lines(inner))]
        else:
            lines.append(f"{yaml(key)}: {_lines(inner)[0]}")
    return lines
