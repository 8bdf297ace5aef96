"""`dynamodb:LeadingKeys`: the partition keys in a request to DynamoDB.

"Using IAM policy conditions for fine-grained access control" (Amazon DynamoDB Developer Guide).
Each item of a transaction is authorized by its own key. A Scan has no key. AWS does not document
whether a query of an index has the index's key or the table's. Here it has none, so an Allow with
this condition does not match.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.services import dynamodb

_KEY = "dynamodb:leadingkeys"
# `#alias = :value` or `name = :value`, anywhere in a KeyConditionExpression.
_EQUALS = re.compile(r"(#?[A-Za-z_][\w.-]*)\s*=\s*(:\w+)")
_MEMBERS = ("ConditionCheck", "Put", "Update", "Delete", "Get")


class TableArn(str):
    """The ARN of a table or index, with the partition keys in one request."""

    leading_keys: tuple[str, ...] = ()


def apply() -> None:
    """Provide the keys to every policy evaluation of a request to DynamoDB."""
    resources = iam_actions.dynamodb_resource_arns
    transaction_checks = iam_actions.dynamodb_transaction_checks
    resolve_key = iam_evaluator._resolve_condition_key

    def resources_with_keys(body: bytes, *more: Any) -> list[TableArn]:
        request = _parsed(body)
        batch = request.get("RequestItems")
        parts = list(batch.values()) if isinstance(batch, dict) else [request]
        return _with_keys(resources(body, *more), parts)

    def checks_with_keys(action: str, body: bytes, *more: Any) -> list[tuple[str, TableArn]]:
        checks = transaction_checks(action, body, *more)
        arns = _with_keys([arn for _, arn in checks], list(_members(_parsed(body))))
        return [(item_action, arn) for (item_action, _), arn in zip(checks, arns, strict=True)]

    def resolve_with_leading_keys(key: str, context: Any) -> Any:
        if key.lower() == _KEY:
            return list(in_request(context.resource_arn)) or None
        return resolve_key(key, context)

    iam_actions.dynamodb_resource_arns = resources_with_keys
    iam_actions.dynamodb_transaction_checks = checks_with_keys
    iam_evaluator._resolve_condition_key = resolve_with_leading_keys


def in_request(resource_arn: str) -> tuple[str, ...]:
    """Return the partition keys that the request has for this resource."""
    return resource_arn.leading_keys if isinstance(resource_arn, TableArn) else ()


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError:
        return {}  # ministack refuses it
    return request if isinstance(request, dict) else {}


def _members(request: Mapping[str, Any]) -> Iterable[Any]:
    """Yield the items' members with a table, in the order in which ministack authorizes them."""
    items = request.get("TransactItems")
    for item in items if isinstance(items, list) else []:
        for member in _MEMBERS:
            part = item.get(member) if isinstance(item, dict) else None
            table = part.get("TableName") if isinstance(part, dict) else None
            if isinstance(table, str) and table:
                yield part


def _with_keys(arns: list[str], parts: list[Any]) -> list[TableArn]:
    """Pair each ARN with the part of the request for its table, in the same order.

    If the numbers differ, the request is malformed, and no ARN gets keys.
    """
    matched = parts if len(parts) == len(arns) else [{}] * len(arns)
    return [_table_arn(arn, part) for arn, part in zip(arns, matched, strict=True)]


def _table_arn(arn: str, part: Any) -> TableArn:
    table_arn = TableArn(arn)
    name, _, index = arn.partition(":table/")[2].partition("/index/")
    table = dynamodb._tables.get(name)
    if table and not index:
        table_arn.leading_keys = tuple(dict.fromkeys(_keys(part, table["pk_name"])))
    return table_arn


def _keys(part: Any, name: str) -> Iterable[str]:
    """Yield the keys in a single operation, in a member of a transaction, or in a batch's table."""
    if isinstance(part, list):  # of BatchWriteItem
        for write in part:
            for request in write.values() if isinstance(write, dict) else ():
                yield from _keys(request, name)
    if not isinstance(part, dict):
        return
    keys = part.get("Keys")  # of BatchGetItem
    for item in (part.get("Item"), part.get("Key"), *(keys if isinstance(keys, list) else ())):
        if isinstance(item, dict) and name in item:
            yield _text(item[name])
    aliases = part.get("ExpressionAttributeNames") or {}
    values = part.get("ExpressionAttributeValues") or {}
    for attribute, value in _EQUALS.findall(str(part.get("KeyConditionExpression") or "")):
        if aliases.get(attribute, attribute) == name and value in values:
            yield _text(values[value])


def _text(value: Any) -> str:
    return str(next(iter(value.values()), "")) if isinstance(value, dict) else str(value)
