"""What the foundation's roles are permitted, as `.chalice/foundation.yaml` has it."""

from __future__ import annotations

from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from local import functions, sample_accounts

SOURCE = "lambda:SourceFunctionArn"
LEADING_KEYS = "dynamodb:LeadingKeys"
STATE, TRAIL = "StateTable", "TrailTable"


@cache
def statements(role: str) -> tuple[dict[str, Any], ...]:
    """The role's statements, but for those that hang on a parameter."""
    for resource in sample_accounts.foundation_template()["Resources"].values():
        if resource["Type"] == "AWS::IAM::Role" and resource["Properties"]["RoleName"] == role:
            (policy,) = resource["Properties"]["Policies"]
            return tuple(s for s in policy["PolicyDocument"]["Statement"] if "Effect" in s)
    raise LookupError(role)


@cache
def leading_keys(function: str, action: str, table: str) -> tuple[str, ...]:
    """The patterns of partition keys that the function may do this with in the table."""
    items: list[str] = []
    for statement in statements(functions.roles()[function]):
        if (
            LEADING_KEYS in _compared(statement, "ForAllValues:StringLike")
            and action in listed(statement["Action"])
            and {"Fn::GetAtt": [table, "Arn"]} in listed(statement["Resource"])
            and is_for(function, statement)
        ):
            items += statement["Condition"]["ForAllValues:StringLike"][LEADING_KEYS]
    return tuple(items)


def may(function: str, action: str, table: str, key: str) -> bool:
    """Whether the function may do this with an item under this partition key."""
    return any(fnmatchcase(key, item) for item in leading_keys(function, action, table))


def is_for(function: str, statement: dict[str, Any]) -> bool:
    """Whether the statement holds for this function, and not only for others of its role."""
    names = listed(_compared(statement, "ArnLike").get(SOURCE, []))
    return not names or any(f":function:daypass-{function}-" in str(item) for item in names)


def _compared(statement: dict[str, Any], operator: str) -> dict[str, Any]:
    item: dict[str, Any] = statement.get("Condition", {}).get(operator, {})
    return item


def listed(one_or_more: Any) -> list[Any]:
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]
