"""Managed policies: two of AWS's and an operation that ministack lacks, and IAM's limits."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ministack.services import iam

# From "ViewOnlyAccess" (AWS Managed Policy Reference): the actions of services that ministack has.
_VIEW_ONLY = (
    "acm:ListCertificates",
    "athena:List*",
    "autoscaling:Describe*",
    "cloudformation:DescribeStacks",
    "cloudformation:List*",
    "cloudfront:List*",
    "cloudtrail:DescribeTrails",
    "cloudtrail:LookupEvents",
    "cloudwatch:Get*",
    "cloudwatch:List*",
    "cognito-idp:List*",
    "dynamodb:DescribeTable",
    "dynamodb:ListTables",
    "ec2:DescribeImage*",
    "ec2:DescribeInstance*",
    "ec2:DescribeNetwork*",
    "ec2:DescribeRegions",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSubnets",
    "ec2:DescribeVolume*",
    "ec2:DescribeVpc*",
    "ecr:DescribeRepositories",
    "ecs:Describe*",
    "ecs:List*",
    "elasticache:Describe*",
    "events:ListRules",
    "firehose:List*",
    "iam:GetAccountSummary",
    "iam:List*",
    "kinesis:ListStreams",
    "kms:ListKeys",
    "lambda:List*",
    "logs:Describe*",
    "rds:Describe*",
    "route53:Get*",
    "route53:List*",
    "s3:ListAllMyBuckets",
    "s3:ListBucket",
    "sns:List*",
    "sqs:GetQueueAttributes",
    "sqs:ListQueues",
    "ssm:ListDocuments",
    "states:ListStateMachines",
)


# "IAM and AWS STS quotas" (IAM User Guide): the defaults. IAM does not count white space.
_MOST_CHARACTERS = 6_144
_MOST_FOR_A_ROLE = 10

Handler = Callable[[dict[str, Any]], Any]


def apply() -> None:
    """Add ViewOnlyAccess, AWSDenyAll and SetDefaultPolicyVersion, and IAM's quotas."""
    # Its path is /job-function/: no policy of that name has the path `/`.
    _add("job-function/ViewOnlyAccess", Effect="Allow", Action=list(_VIEW_ONLY), Resource="*")
    # "AWSDenyAll" (AWS Managed Policy Reference).
    _add("AWSDenyAll", Sid="DenyAll", Effect="Deny", Action=["*"], Resource="*")
    handlers = iam._IAM_HANDLERS
    for operation in ("CreatePolicy", "CreatePolicyVersion"):
        handlers[operation] = _limit_size(handlers[operation])
    handlers["SetDefaultPolicyVersion"] = _set_default_version
    handlers["AttachRolePolicy"] = _limit_number(handlers["AttachRolePolicy"])


def _add(name: str, **statement: Any) -> None:
    document = {"Version": "2012-10-17", "Statement": [statement]}
    record = iam._make_aws_managed_record(name, json.dumps(document))
    iam._aws_managed_policies[record["Arn"]] = record


def _set_default_version(parameters: dict[str, Any]) -> Any:
    policy = iam._policies.get(iam._p(parameters, "PolicyArn"))
    version = iam._p(parameters, "VersionId")
    if policy is None or version not in policy["Versions"]:
        return iam._error(404, "NoSuchEntity", f"There is no version {version}.", ns="iam")
    for name, details in policy["Versions"].items():
        details["IsDefaultVersion"] = name == version
    policy["DefaultVersionId"] = version
    return iam._xml(200, "SetDefaultPolicyVersionResponse", "", ns="iam")


def _limit_size(create: Handler) -> Handler:
    def create_within_limit(parameters: dict[str, Any]) -> Any:
        if len("".join(iam._p(parameters, "PolicyDocument").split())) > _MOST_CHARACTERS:
            return _exceeded("PolicySize", _MOST_CHARACTERS)
        return create(parameters)

    return create_within_limit


def _limit_number(attach: Handler) -> Handler:
    """Return the handler with IAM's quota, and with its refusal of a policy that is missing."""

    def attach_within_limit(parameters: dict[str, Any]) -> Any:
        role = iam._roles.get(iam._p(parameters, "RoleName"))
        arn = iam._p(parameters, "PolicyArn")
        if not iam._policy_exists(arn):
            text = f"Policy {arn} does not exist or is not attachable."
            return iam._error(404, "NoSuchEntity", text, ns="iam")
        attached = role["AttachedPolicies"] if role else []
        if arn not in attached and len(attached) >= _MOST_FOR_A_ROLE:
            return _exceeded("PoliciesPerRole", _MOST_FOR_A_ROLE)
        return attach(parameters)

    return attach_within_limit


def _exceeded(quota: str, limit: int) -> Any:
    return iam._error(409, "LimitExceeded", f"Cannot exceed quota for {quota}: {limit}", ns="iam")
