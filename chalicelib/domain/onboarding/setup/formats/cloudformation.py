"""Build the CloudFormation format: a YAML template, and the link that opens the template in the
console."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote, urlencode

from chalicelib.domain.errors import bad_value
from chalicelib.domain.onboarding.setup.quoting import (
    clean_description,
    format_comment,
    quote_for_yaml,
)
from chalicelib.domain.onboarding.setup.resources import build_trust_policy, list_resources
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec

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
    the engagement's, CloudFormation refuses the template before it creates anything. An update of
    the stack keeps the versions of the brake that Daypass wrote, because the template's policy does
    not change.
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
        "Resources": {
            name: {
                "Type": f"AWS::IAM::{'Role' if 'RoleName' in properties else 'ManagedPolicy'}",
                "Properties": properties,
            }
            for name, properties in list_resources(spec).items()
        },
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
    # AWS does not document whether CloudFormation ignores {{resolve:…}} in a comment.
    header = header.replace("{", "(").replace("}", ")")
    return "\n".join([header, *_render_yaml_lines(body)]) + "\n"


def build_launch_stack_url(spec: RoleSpec, template_url: str, region: str) -> str:
    """Return a URL that opens CloudFormation's console with the template and the stack's name
    filled in ("Create quick-create links for CloudFormation stacks", CloudFormation User Guide).

    Raise InvalidRequest if Daypass does not know the partition's console, or if `template_url` is
    not a URL in S3 that CloudFormation accepts.
    """
    if spec.arn.partition not in _CONSOLES:
        raise bad_value(
            "partition",
            "Daypass does not know the console's address in this AWS partition. Use the template on"
            " the page instead.",
        )
    if not _S3_URL.fullmatch(template_url) or len(template_url) > _MAX_TEMPLATE_URL_LENGTH:
        detail = "CloudFormation accepts only an https URL of a template in S3."
        raise bad_value("template_url", detail)
    console = _CONSOLES[spec.arn.partition].format(region=region)
    stack = {"templateURL": template_url, "stackName": build_stack_name(spec)}
    filled_in = urlencode(stack, quote_via=quote)
    return f"{console}/cloudformation/home?region={region}#/stacks/quickcreate?{filled_in}"


def build_stack_name(spec: RoleSpec) -> str:
    """Return a name for the role's stack, with only the characters that CloudFormation allows."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", spec.role_name).strip("-")
    return f"daypass-{readable}".rstrip("-")


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
        first, *rest = _render_yaml_lines(inner)
        if inner and isinstance(inner, dict | list):
            lines += [f"{quote_for_yaml(key)}:", *(f"  {line}" for line in (first, *rest))]
        else:
            lines.append(f"{quote_for_yaml(key)}: {first}")
    return lines
