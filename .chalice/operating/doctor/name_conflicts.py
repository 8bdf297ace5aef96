"""Check that no other resource has one of the fixed names of the foundation's resources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from operating import stacks
from operating.aws_cli import Aws, Refused
from operating.doctor.findings import Finding, note, ok, stop
from operating.stacks import Stack


class NameStatus(Enum):
    """The status of a fixed name: free, or in use in some account."""

    FREE = auto()
    IN_THIS_ACCOUNT = auto()
    IN_ANOTHER_ACCOUNT = auto()
    """Only for buckets, whose names are global."""
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class NamedResource:
    """A resource type of CloudFormation, and the fixed name of one resource of it."""

    type: str
    name: str


# The name property of each type whose names are unique.
_NAME_PROPERTIES = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::KMS::Alias": "AliasName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
}


def check_names(
    aws: Aws, account: str, partition: str, required: list[NamedResource], foundation: Stack | None
) -> Iterator[Finding]:
    """Yield a finding for each required name that another resource has, or whose resource the
    foundation has lost. Otherwise yield one finding that there is none."""
    resources = stacks.list_resources(aws, foundation) if foundation and foundation.exists else {}
    # A topic's physical ID is its ARN, which ends with its name.
    own_names = {
        resource["PhysicalResourceId"].rpartition(":")[2] for resource in resources.values()
    }
    unknown_names, has_problem = [], False
    for resource in required:
        status = _find_name_status(aws, account, partition, resource)
        is_own = resource.name in own_names
        if status is NameStatus.UNKNOWN:
            unknown_names.append(resource.name)
            continue
        problem = describe_conflict(resource, status, is_own=is_own, region=aws.region)
        if problem is not None:
            has_problem = True
            yield stop(problem)
    if unknown_names:
        yield note(
            f"You lack the permission to check whether these exist: {', '.join(unknown_names)}."
        )
    elif not has_problem:
        yield ok("No resource outside the foundation's stack has a name that the stack needs.")


def list_fixed_names(template: dict[str, Any], account: str, region: str) -> list[NamedResource]:
    """Return the resources with a fixed name in the template, with the names' placeholders for the
    account and the region filled in."""
    named_resources = []
    for resource in template["Resources"].values():
        name = resource.get("Properties", {}).get(_NAME_PROPERTIES.get(resource.get("Type"), ""))
        if isinstance(name, dict):
            name = name["Fn::Sub"].replace("${AWS::AccountId}", account)
            name = name.replace("${AWS::Region}", region)
        if name:
            named_resources.append(NamedResource(resource["Type"], name))
    return named_resources


def _find_name_status(
    aws: Aws, account: str, partition: str, resource: NamedResource
) -> NameStatus:
    """Return whether a resource of this type has the name, and in which account."""
    try:
        match resource.type:
            case "AWS::DynamoDB::Table":
                aws("dynamodb", "describe-table", table_name=resource.name)
            case "AWS::IAM::Role":
                aws("iam", "get-role", role_name=resource.name)
            case "AWS::KMS::Alias":
                aws("kms", "describe-key", key_id=resource.name)
            case "AWS::SNS::Topic":
                topic = f"arn:{partition}:sns:{aws.region}:{account}:{resource.name}"
                aws("sns", "get-topic-attributes", topic_arn=topic)
            case _:
                aws("s3api", "head-bucket", bucket=resource.name, expected_bucket_owner=account)
    except Refused as refusal:
        if refusal.code in (
            "ResourceNotFoundException",
            "NoSuchEntity",
            "NotFound",
            "NotFoundException",
            "404",
        ):
            return NameStatus.FREE
        if resource.type == "AWS::S3::Bucket" and refusal.code in ("403", "301", "400"):
            return NameStatus.IN_ANOTHER_ACCOUNT
        if refusal.is_not_permitted:
            return NameStatus.UNKNOWN
        raise
    return NameStatus.IN_THIS_ACCOUNT


def describe_conflict(
    resource: NamedResource, status: NameStatus, *, is_own: bool, region: str
) -> str | None:
    """Return a sentence on the conflict and what to do about it, or None if there is no conflict.

    `is_own` says whether the foundation's stack created a resource with this name.
    """
    label = f"{resource.type.rpartition('::')[2].lower()} {resource.name}"
    if status is NameStatus.IN_ANOTHER_ACCOUNT:
        return (
            f"The {label} exists in another account, or you lack s3:ListBucket on it. If it is in"
            " another account, Daypass cannot be deployed in this region until that bucket is"
            " deleted. Ask AWS Support which account owns it."
        )
    if status is NameStatus.IN_THIS_ACCOUNT and not is_own:
        return (
            f"The {label} exists, and the stack daypass-foundation in {region} did not create it."
            " If Daypass runs in another region of this account, set that region, as in"
            " REGION=eu-central-1. If someone deleted the stack, import its resources with AWS"
            " CloudFormation. Otherwise, deploy Daypass to an account of its own."
        )
    if status is NameStatus.FREE and is_own:
        return (
            f"The stack daypass-foundation created the {label}, but someone has deleted it by"
            " hand. Restore it or create it again before you deploy."
        )
    return None
