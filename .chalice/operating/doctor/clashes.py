"""The names that the foundation gives to what it makes, and whether somebody else has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from operating import stacks
from operating.aws_cli import Aws, Refused
from operating.doctor.findings import Finding, note, ok, stop
from operating.stacks import Stack


class Found(Enum):
    NOTHING = auto()
    HERE = auto()
    ELSEWHERE = auto()
    """A bucket of another account: names of buckets are the whole world's."""
    UNKNOWN = auto()


@dataclass(frozen=True, slots=True)
class Named:
    type: str
    name: str


# Of each type whose name nobody else can have at the same time: the property that has the name.
_PROPERTY = {
    "AWS::DynamoDB::Table": "TableName",
    "AWS::IAM::Role": "RoleName",
    "AWS::S3::Bucket": "BucketName",
    "AWS::SNS::Topic": "TopicName",
}


def look(
    aws: Aws, account: str, partition: str, named: list[Named], foundation: Stack | None
) -> Iterator[Finding]:
    """Whether a name that is to be Daypass's is somebody else's."""
    made = stacks.resources(aws, foundation) if foundation and foundation.is_there else {}
    # A topic's is its ARN, which ends with its name.
    own = {one["PhysicalResourceId"].rpartition(":")[2] for one in made.values()}
    unknown, clear = [], True
    for thing in named:
        found = _found(aws, account, partition, thing)
        is_ours = thing.name in own
        if found is Found.UNKNOWN:
            unknown.append(thing.name)
            continue
        why = in_the_way(thing, found, is_ours=is_ours, region=aws.region)
        if why is not None:
            clear = False
            yield stop(why)
    if unknown:
        what = ", ".join(unknown)
        yield note(f"Unknown, because you may not ask: whether there is {what}.")
    elif clear:
        yield ok("None of the foundation's names is taken by something else.")


def names(template: dict[str, Any], account: str, region: str) -> list[Named]:
    """Every fixed name in the template."""
    found = []
    for resource in template["Resources"].values():
        name = resource.get("Properties", {}).get(_PROPERTY.get(resource["Type"], ""))
        if isinstance(name, dict):
            name = name["Fn::Sub"].replace("${AWS::AccountId}", account)
            name = name.replace("${AWS::Region}", region)
        if name:
            found.append(Named(resource["Type"], name))
    return found


def _found(aws: Aws, account: str, partition: str, thing: Named) -> Found:
    """Whether there is one of this name."""
    try:
        match thing.type:
            case "AWS::DynamoDB::Table":
                aws("dynamodb", "describe-table", table_name=thing.name)
            case "AWS::IAM::Role":
                aws("iam", "get-role", role_name=thing.name)
            case "AWS::SNS::Topic":
                topic = f"arn:{partition}:sns:{aws.region}:{account}:{thing.name}"
                aws("sns", "get-topic-attributes", topic_arn=topic)
            case _:
                aws("s3api", "head-bucket", bucket=thing.name, expected_bucket_owner=account)
    except Refused as refusal:
        if refusal.code in ("ResourceNotFoundException", "NoSuchEntity", "NotFound", "404"):
            return Found.NOTHING
        if thing.type == "AWS::S3::Bucket" and refusal.code in ("403", "301", "400"):
            return Found.ELSEWHERE
        if refusal.is_not_permitted:
            return Found.UNKNOWN
        raise
    return Found.HERE


def in_the_way(thing: Named, found: Found, *, is_ours: bool, region: str) -> str | None:
    """What to do about it, if it is."""
    what = f"{thing.type.rpartition('::')[2].lower()} {thing.name}"
    if found is Found.ELSEWHERE:
        return (
            f"There is a {what}, and it is another account's, or you may not list it"
            " (s3:ListBucket): nothing is written to it or read from it. If it is another's,"
            " Daypass cannot be deployed in this region before it is gone; AWS Support can tell"
            " whose it is."
        )
    if found is Found.HERE and not is_ours:
        return (
            f"There is a {what} already, which no stack daypass-foundation in {region} has made."
            " If Daypass is in another region of this account, say which, as in"
            " REGION=eu-central-1; if that stack was deleted, have AWS CloudFormation import what"
            " it has left; if it is something else's, Daypass needs an account of its own."
        )
    if found is Found.NOTHING and is_ours:
        return (
            f"The stack daypass-foundation has made the {what}, and it is gone: somebody has"
            " deleted it by hand. Make it again, or restore it, before anything is deployed."
        )
    return None
