"""DynamoDB tables of a CloudFormation stack: with TTL, recovery, encryption and a policy."""

from __future__ import annotations

import copy
import json
from typing import Any

from ministack.services import dynamodb
from ministack.services.cloudformation import provisioners

_BY_CREATE_TABLE = (
    "TableName",
    "AttributeDefinitions",
    "KeySchema",
    "BillingMode",
    "ProvisionedThroughput",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "StreamSpecification",
    "SSESpecification",
    "DeletionProtectionEnabled",
    "Tags",
)


def apply() -> None:
    """Let a stack make its named tables by DynamoDB's own API, so that no property is lost."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
    create_unnamed, update_all_else = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        if "TableName" not in properties:
            return create_unnamed(logical_id, properties, stack_name)
        wanted = copy.deepcopy(properties)
        name = wanted["TableName"]
        if "SSESpecification" in wanted:
            # The one property whose members CloudFormation names otherwise than the API.
            encryption = wanted["SSESpecification"]
            encryption["Enabled"] = encryption.pop("SSEEnabled")
        request = {key: wanted[key] for key in _BY_CREATE_TABLE if key in wanted}
        table = _call(dynamodb._create_table, **request)
        for property_name, call in (
            ("TimeToLiveSpecification", dynamodb._update_ttl),
            ("PointInTimeRecoverySpecification", dynamodb._update_continuous_backups),
        ):
            if property_name in wanted:
                _call(call, TableName=name, **{property_name: wanted[property_name]})
        arn = table["TableDescription"]["TableArn"]
        _set_policy(arn, {}, wanted)
        return name, {"Arn": arn}

    def update(name: str, before: dict[str, Any], wanted: dict[str, Any], *more: Any) -> Any:
        found = update_all_else(name, before, wanted, *more)
        _set_policy(dynamodb._tables[found[0]]["TableArn"], before, wanted)
        return found

    handlers["create"], handlers["update"] = create, update


def _set_policy(arn: str, before: dict[str, Any], wanted: dict[str, Any]) -> None:
    """ "DynamoDB resource-based policy considerations" (Developer Guide): while a template says the
    same, what else has become of the policy meanwhile stays as it is."""
    policy = wanted.get("ResourcePolicy")
    if policy == before.get("ResourcePolicy"):
        return
    if policy:
        text = json.dumps(policy["PolicyDocument"])
        _call(dynamodb._put_resource_policy, ResourceArn=arn, Policy=text)
    else:
        _call(dynamodb._delete_resource_policy, ResourceArn=arn)


def _call(operation: Any, **request: Any) -> Any:
    status, _, body = operation(request)
    answer = json.loads(body)
    if status != 200:
        raise ValueError(answer.get("message", body.decode()))
    return answer
