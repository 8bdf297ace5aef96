"""Find and delete what the stacks leave behind, kind by kind, in the order in which it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import package

from operating.aws_cli import Aws, Refused, format_day
from operating.doctor.account import GATEWAY_LOGS_ROLE
from operating.doctor.name_conflicts import list_fixed_names
from operating.uninstalling import buckets

LOG_PREFIXES = ("/aws/lambda/daypass-", "daypass-AccessLogs-")
PARAMETER_PREFIX = "/daypass/"
POLICY_PREFIX = "daypass-clients-"
"""`make permissions` prints policies with these names, and the operator creates them."""
KEY_DAYS = 7
"""AWS KMS deletes a key after 7 days at the earliest."""


@dataclass(frozen=True, slots=True)
class Account:
    """The account and the region from which Daypass is deleted."""

    aws: Aws
    id: str
    partition: str
    kept: list[str] = field(default_factory=list)
    """Sentences on what AWS keeps for now."""

    def names(self, type: str) -> list[str]:
        """Return the fixed names of the foundation's resources of this type."""
        resources = list_fixed_names(package.foundation(), self.id, self.aws.region)
        return [resource.name for resource in resources if resource.type == type]


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of resource: how to list what is there, and how to delete one."""

    label: str
    find: Callable[[Account], list[str]]
    delete: Callable[[Account, str], object]


def _call(service: str, operation: str, option: str) -> Callable[[Account, str], object]:
    """Return a function that deletes a resource with one call, which names it in this option."""
    return lambda account, name: account.aws(service, operation, **{option: name})


def _is_own(name: str, own: list[str]) -> bool:
    """Return whether a table is Daypass's, or a restored one beside it."""
    return any(name == each or name.startswith(f"{each}-") for each in own)


def find_tables(account: Account) -> list[str]:
    """Return the tables, with those that a restore made. The state table, which names the clients'
    roles, is the last."""
    own = account.names("AWS::DynamoDB::Table")
    listed: list[str] = account.aws("dynamodb", "list-tables")["TableNames"]
    return sorted((name for name in listed if _is_own(name, own)), reverse=True)


def _delete_table(account: Account, name: str) -> None:
    """Delete the table without the backup that DynamoDB otherwise keeps for 35 days."""
    aws = account.aws
    status = aws("dynamodb", "describe-table", table_name=name)["Table"]["TableStatus"]
    if status != "DELETING":
        aws(
            "dynamodb",
            "update-continuous-backups",
            table_name=name,
            point_in_time_recovery_specification="PointInTimeRecoveryEnabled=false",
        )
        aws("dynamodb", "update-table", "--no-deletion-protection-enabled", table_name=name)
        aws.output("dynamodb", "wait", "table-exists", "--table-name", name)
        aws("dynamodb", "delete-table", table_name=name)
    aws.output("dynamodb", "wait", "table-not-exists", "--table-name", name)


def _find_backups(account: Account) -> list[str]:
    return [backup["BackupArn"] for backup in _list_backups(account, "USER")]


def _list_backups(account: Account, type: str) -> list[dict[str, Any]]:
    own = account.names("AWS::DynamoDB::Table")
    listed = account.aws("dynamodb", "list-backups", backup_type=type)["BackupSummaries"]
    return [backup for backup in listed if _is_own(backup["TableName"], own)]


def _find_log_groups(account: Account) -> list[str]:
    names = []
    for prefix in LOG_PREFIXES:
        listed = account.aws("logs", "describe-log-groups", log_group_name_prefix=prefix)
        names += [group["logGroupName"] for group in listed["logGroups"]]
    return names


def _find_parameters(account: Account) -> list[str]:
    condition = f"Key=Name,Option=BeginsWith,Values={PARAMETER_PREFIX}"
    listed = account.aws("ssm", "describe-parameters", parameter_filters=condition)["Parameters"]
    return [parameter["Name"] for parameter in listed]


def find_roles(account: Account) -> list[str]:
    """Return the functions' roles that exist."""
    own = set(account.names("AWS::IAM::Role"))
    listed = account.aws("iam", "list-roles")["Roles"]
    return [role["RoleName"] for role in listed if role["RoleName"] in own]


def _delete_role(account: Account, name: str) -> None:
    aws = account.aws
    for policy in aws("iam", "list-attached-role-policies", role_name=name)["AttachedPolicies"]:
        aws("iam", "detach-role-policy", role_name=name, policy_arn=policy["PolicyArn"])
    for inline in aws("iam", "list-role-policies", role_name=name)["PolicyNames"]:
        aws("iam", "delete-role-policy", role_name=name, policy_name=inline)
    aws("iam", "delete-role", role_name=name)


def _find_policies(account: Account) -> list[str]:
    listed = account.aws("iam", "list-policies", scope="Local")["Policies"]
    return [policy["Arn"] for policy in listed if policy["PolicyName"].startswith(POLICY_PREFIX)]


def _delete_policy(account: Account, arn: str) -> None:
    aws = account.aws
    for version in aws("iam", "list-policy-versions", policy_arn=arn)["Versions"]:
        if not version["IsDefaultVersion"]:
            aws("iam", "delete-policy-version", policy_arn=arn, version_id=version["VersionId"])
    aws("iam", "delete-policy", policy_arn=arn)


def _find_topics(account: Account) -> list[str]:
    own = account.names("AWS::SNS::Topic")
    listed = account.aws("sns", "list-topics")["Topics"]
    arns = [topic["TopicArn"] for topic in listed]
    return [arn for arn in arns if arn.rpartition(":")[2] in own]


def _find_gateway_setting(account: Account) -> list[str]:
    arn = account.aws("apigateway", "get-account").get("cloudwatchRoleArn") or ""
    return [arn] if arn.endswith(f":role/{GATEWAY_LOGS_ROLE}") else []


def _clear_gateway_setting(account: Account, _: str) -> None:
    change = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": ""}]
    account.aws("apigateway", "update-account", patch_operations=change)


def _find_aliases(account: Account) -> list[str]:
    own = account.names("AWS::KMS::Alias")
    listed = account.aws("kms", "list-aliases")["Aliases"]
    return [alias["AliasName"] for alias in listed if alias["AliasName"] in own]


def _find_keys(account: Account) -> list[str]:
    """Return the keys with the descriptions of the foundation's keys. Keys have no names."""
    templates = package.foundation()["Resources"].values()
    own = {
        resource["Properties"]["Description"]
        for resource in templates
        if resource["Type"] == "AWS::KMS::Key"
    }
    ids = []
    for key in account.aws("kms", "list-keys")["Keys"]:
        try:
            described = account.aws("kms", "describe-key", key_id=key["KeyId"])["KeyMetadata"]
        except Refused as refusal:
            if refusal.is_not_permitted:  # another team's key, whose policy excludes the caller
                continue
            raise
        if described.get("Description") in own and described["KeyState"] != "PendingDeletion":
            ids.append(key["KeyId"])
    return ids


def _delete_key(account: Account, id: str) -> None:
    scheduled = account.aws(
        "kms", "schedule-key-deletion", key_id=id, pending_window_in_days=KEY_DAYS
    )
    date = format_day(scheduled["DeletionDate"])
    account.kept.append(f"AWS KMS deletes the key {id} on {date}. Until then, no one can use it.")


def find_buckets(account: Account) -> list[str]:
    """Return the buckets that exist in this account."""
    own = account.names("AWS::S3::Bucket")
    listed = account.aws("s3api", "list-buckets")["Buckets"]
    return [bucket["Name"] for bucket in listed if bucket["Name"] in own]


def _delete_bucket(account: Account, name: str) -> None:
    account.kept.extend(buckets.delete_bucket(account.aws, name, account.id))


KINDS = (
    Kind("API Gateway's role for access logs", _find_gateway_setting, _clear_gateway_setting),
    Kind("roles", find_roles, _delete_role),
    Kind("managed policies", _find_policies, _delete_policy),
    Kind("log groups", _find_log_groups, _call("logs", "delete-log-group", "log_group_name")),
    Kind(
        "parameters, with the secrets in them",
        _find_parameters,
        _call("ssm", "delete-parameter", "name"),
    ),
    Kind(
        "topics, with their subscriptions", _find_topics, _call("sns", "delete-topic", "topic_arn")
    ),
    Kind("aliases of keys", _find_aliases, _call("kms", "delete-alias", "alias_name")),
    Kind(f"keys, each {KEY_DAYS} days later", _find_keys, _delete_key),
    Kind("backups of tables", _find_backups, _call("dynamodb", "delete-backup", "backup_arn")),
    Kind("buckets, with all versions of all objects", find_buckets, _delete_bucket),
    Kind("tables, with their history", find_tables, _delete_table),
)


def add_kept_backups(account: Account) -> None:
    """Add a sentence for each backup that only DynamoDB itself deletes."""
    for backup in _list_backups(account, "SYSTEM"):
        expiry = format_day(backup["BackupExpiryDateTime"])
        name = backup["BackupName"]
        account.kept.append(f"DynamoDB deletes its own backup {name} on {expiry}.")
