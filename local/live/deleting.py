"""Delete what the ledger lists, in reverse order. Whatever is gone already counts as deleted."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from botocore.exceptions import ClientError

from local.live.accounts import Account
from local.live.ledger import Ledger, Resource
from local.rehearsal.commands import StepFailed

_KEY_DAYS = 7
"""AWS KMS deletes a key after this many days at the earliest."""
_MAX_WAIT = 45 * 60  # seconds
_TRIES = 3
_GONE = {
    "404",
    "NoSuchBucket",
    "NoSuchEntity",
    "NotFound",
    "NotFoundException",
    "ParameterNotFound",
    "ResourceNotFoundException",
}
# The types that Daypass's templates keep when a stack is deleted, with the kind that deletes each.
# Empty: it goes with another resource, or the ledger has the account's setting from before.
RETAINED_KINDS = {
    "AWS::ApiGateway::Account": "",
    "AWS::DynamoDB::Table": "table",
    "AWS::IAM::Role": "role",
    "AWS::KMS::Alias": "alias",
    "AWS::KMS::Key": "key",
    "AWS::Logs::LogGroup": "log-group",
    "AWS::S3::Bucket": "bucket",
    "AWS::S3::BucketPolicy": "",
    "AWS::SNS::Topic": "topic",
    "AWS::SNS::TopicPolicy": "",
}


def delete_all(
    ledger: Ledger, accounts: Mapping[str, Account], say: Callable[[str], None]
) -> list[str]:
    """Delete the ledger's resources, the newest first, and return a sentence for each that is left.

    A stack's retained resources join the ledger before the stack is deleted.
    """
    failures: dict[Resource, str] = {}
    while left := [resource for resource in ledger.left() if resource not in failures]:
        resource = left[-1]
        account = accounts.get(resource.account)
        if account is None:
            failures[resource] = f"{resource.account} is neither of the two accounts."
            continue
        try:
            _delete(account, resource, ledger)
        except (ClientError, StepFailed) as failure:
            failures[resource] = str(failure)
            continue
        ledger.strike(resource)
        say(f"deleted  {resource.kind} {resource.name}")
    return [f"{each.kind} {each.name} is left: {why}" for each, why in failures.items()]


def _delete(account: Account, resource: Resource, ledger: Ledger) -> None:
    """Delete the resource. Do nothing if it does not exist."""
    if resource.kind == "stack":
        _delete_stack(account, resource, ledger)
        return
    for attempt in range(_TRIES):
        try:
            _DELETERS[resource.kind](account, resource)
        except ClientError as refusal:
            code = refusal.response["Error"]["Code"]
            if code in _GONE:
                return
            # IAM and Lambda take a moment to see what was deleted before.
            if code not in ("DeleteConflict", "TooManyRequestsException") or attempt == _TRIES - 1:
                raise
            time.sleep(5)
        else:
            return


def _delete_stack(account: Account, resource: Resource, ledger: Ledger) -> None:
    """Write the stack's retained resources into the ledger, delete the stack, and wait."""
    cloudformation = account.client("cloudformation")
    stack = _settle(cloudformation, resource.name)
    if stack is None:
        return
    stack_id = stack["StackId"]
    for kind, name in _list_retained(cloudformation, stack_id):
        ledger.record(Resource(kind, account.id, account.region, name))
    _drop_policy_versions(account, cloudformation, stack_id)
    if stack.get("EnableTerminationProtection"):
        cloudformation.update_termination_protection(
            StackName=resource.name, EnableTerminationProtection=False
        )
    cloudformation.delete_stack(StackName=resource.name)
    ended = _settle(cloudformation, stack_id)
    if ended is not None:
        raise StepFailed(f"CloudFormation left it in {ended['StackStatus']}. Run this again.")


def _settle(cloudformation: Any, name: str) -> dict[str, Any] | None:
    """Wait until the stack no longer changes, and return it; or None if it does not exist."""
    deadline = time.monotonic() + _MAX_WAIT
    pause = 0.1
    while time.monotonic() < deadline:
        try:
            (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
        except ClientError as refusal:
            if "does not exist" in str(refusal):
                return None
            raise
        status = stack["StackStatus"]
        if status == "DELETE_COMPLETE":
            return None
        if not status.endswith("_IN_PROGRESS") or status == "REVIEW_IN_PROGRESS":
            return dict(stack)
        time.sleep(pause)
        pause = min(5, pause * 2)
    raise StepFailed(f"The stack {name} still changes after {_MAX_WAIT // 60} minutes.")


def _list_retained(cloudformation: Any, stack: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and the name of each resource that stays after the stack's deletion.

    Leave out what CloudFormation failed to create: it may belong to someone else.
    """
    body = cloudformation.get_template(StackName=stack, TemplateStage="Processed")["TemplateBody"]
    if not body:
        return  # only a change set exists
    template = json.loads(body) if isinstance(body, str) and body[0] == "{" else body
    resources = template["Resources"] if isinstance(template, dict) else {}
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            declared = resources.get(resource["LogicalResourceId"], {})
            if not declared.get("DeletionPolicy", "").startswith("Retain"):
                continue
            if resource["ResourceStatus"] in ("CREATE_FAILED", "DELETE_COMPLETE"):
                continue
            if kind := RETAINED_KINDS[resource["ResourceType"]]:
                yield kind, resource["PhysicalResourceId"]


def _drop_policy_versions(account: Account, cloudformation: Any, stack: str) -> None:
    """Delete the versions that Daypass wrote of a brake: CloudFormation does not."""
    iam = account.client("iam")
    for page in cloudformation.get_paginator("list_stack_resources").paginate(StackName=stack):
        for resource in page["StackResourceSummaries"]:
            policy = resource.get("PhysicalResourceId", "")
            if resource["ResourceType"] != "AWS::IAM::ManagedPolicy" or not policy:
                continue
            try:
                versions = iam.list_policy_versions(PolicyArn=policy)["Versions"]
            except iam.exceptions.NoSuchEntityException:
                continue
            for version in versions:
                if not version["IsDefaultVersion"]:
                    iam.delete_policy_version(PolicyArn=policy, VersionId=version["VersionId"])


def _delete_function(account: Account, resource: Resource) -> None:
    account.client("lambda").delete_function(FunctionName=resource.name)


def _delete_role(account: Account, resource: Resource) -> None:
    iam, role = account.client("iam"), resource.name
    for name in iam.list_role_policies(RoleName=role)["PolicyNames"]:
        iam.delete_role_policy(RoleName=role, PolicyName=name)
    for policy in iam.list_attached_role_policies(RoleName=role)["AttachedPolicies"]:
        iam.detach_role_policy(RoleName=role, PolicyArn=policy["PolicyArn"])
    iam.delete_role(RoleName=role)


def _delete_policy(account: Account, resource: Resource) -> None:
    account.client("iam").delete_policy(PolicyArn=resource.name)


def _delete_table(account: Account, resource: Resource) -> None:
    dynamodb = account.client("dynamodb")
    if dynamodb.describe_table(TableName=resource.name)["Table"]["TableStatus"] != "DELETING":
        dynamodb.update_table(TableName=resource.name, DeletionProtectionEnabled=False)
        dynamodb.get_waiter("table_exists").wait(TableName=resource.name)
        dynamodb.delete_table(TableName=resource.name)
    dynamodb.get_waiter("table_not_exists").wait(TableName=resource.name)


def _delete_bucket(account: Account, resource: Resource) -> None:
    """Delete the bucket with all versions. Its policy goes first: it may deny deletions."""
    s3, bucket = account.client("s3"), resource.name
    owned = {"Bucket": bucket, "ExpectedBucketOwner": account.id}
    s3.delete_bucket_policy(**owned)
    for page in s3.get_paginator("list_object_versions").paginate(**owned):
        for version in [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]:
            s3.delete_object(**owned, Key=version["Key"], VersionId=version["VersionId"])
    s3.delete_bucket(**owned)


def _delete_key(account: Account, resource: Resource) -> None:
    kms = account.client("kms")
    state = kms.describe_key(KeyId=resource.name)["KeyMetadata"]["KeyState"]
    if state != "PendingDeletion":
        kms.schedule_key_deletion(KeyId=resource.name, PendingWindowInDays=_KEY_DAYS)


def _delete_alias(account: Account, resource: Resource) -> None:
    account.client("kms").delete_alias(AliasName=resource.name)


def _delete_topic(account: Account, resource: Resource) -> None:
    account.client("sns").delete_topic(TopicArn=resource.name)


def _delete_log_group(account: Account, resource: Resource) -> None:
    account.client("logs").delete_log_group(logGroupName=resource.name)


def _restore_gateway_account(account: Account, resource: Resource) -> None:
    """Give the account's setting of API Gateway the value that it had before."""
    operation = {"op": "replace", "path": "/cloudwatchRoleArn", "value": resource.before}
    account.client("apigateway").update_account(patchOperations=[operation])


_DELETERS: dict[str, Callable[[Account, Resource], None]] = {
    "alias": _delete_alias,
    "bucket": _delete_bucket,
    "function": _delete_function,
    "gateway-account": _restore_gateway_account,
    "key": _delete_key,
    "log-group": _delete_log_group,
    "policy": _delete_policy,
    "role": _delete_role,
    "table": _delete_table,
    "topic": _delete_topic,
}
