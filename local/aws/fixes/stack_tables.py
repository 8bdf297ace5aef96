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
    """Let stacks create named tables through DynamoDB's own API, so that no property is lost."""
    handlers = provisioners._RESOURCE_HANDLERS["AWS::DynamoDB::Table"]
    create_unnamed, update_properties = handlers["create"], handlers["update"]

    def create(logical_id: str, properties: dict[str, Any], stack_name: str) -> Any:
        if "TableName" not in properties:
            return create_unnamed(logical_id, properties, stack_name)
        fields = copy.deepcopy(properties)
        name = fields["TableName"]
        if "SSESpecification" in fields:
            # Only in this property does CloudFormation name a member differently from the API.
            encryption = fields["SSESpecification"]
            encryption["Enabled"] = encryption.pop("SSEEnabled")
        if "StreamSpecification" in fields:
            fields["StreamSpecification"]["StreamEnabled"] = True
        request = {key: fields[key] for key in _BY_CREATE_TABLE if key in fields}
        table = _call(dynamodb._create_table, **request)
        for property_name, call in (
            ("TimeToLiveSpecification", dynamodb._update_ttl),
            ("PointInTimeRecoverySpecification", dynamodb._update_continuous_backups),
        ):
            if property_name in fields:
                _call(call, TableName=name, **{property_name: fields[property_name]})
        arn = table["TableDescription"]["TableArn"]
        _set_policy(arn, {}, fields)
        return name, {"Arn": arn}

    def update(name: str, before: dict[str, Any], after: dict[str, Any], *more: Any) -> Any:
        updated = update_properties(name, before, after, *more)
        _set_policy(dynamodb._tables[updated[0]]["TableArn"], before, after)
        return updated

    handlers["create"], handlers["update"] = create, update


def _set_policy(arn: str, before: dict[str, Any], after: dict[str, Any]) -> None:
    """Set the table's policy if the template's policy has changed.

    "DynamoDB resource-based policy considerations" (Developer Guide): an unchanged template leaves
    a policy that someone else changed as it is.
    """
    policy = after.get("ResourcePolicy")
    if policy == before.get("ResourcePolicy"):
        return
    if policy:
        text = json.dumps(policy["PolicyDocument"])
        _call(dynamodb._put_resource_policy, ResourceArn=arn, Policy=text)
    else:
        _call(dynamodb._delete_resource_policy, ResourceArn=arn)


def _call(operation: Any, **request: Any) -> Any:
    status, _, body = operation(request)
    response = json.loads(body)
    if status != 200:
        raise ValueError(response.get("message", body.decode()))
    return response
