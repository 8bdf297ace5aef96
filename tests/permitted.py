"""The permissions of the foundation's roles, from `.chalice/foundation.yaml`."""

from fnmatch import fnmatchcase
from functools import cache
from typing import Any

from local import functions, sample_accounts

SOURCE = "lambda:SourceFunctionArn"
LEADING_KEYS = "dynamodb:LeadingKeys"
STATE, TRAIL = "StateTable", "TrailTable"


@cache
def statements(role: str) -> tuple[dict[str, Any], ...]:
    """Return the role's statements, without those that depend on a parameter."""
    for resource in sample_accounts.read_foundation_template()["Resources"].values():
        if resource["Type"] == "AWS::IAM::Role" and resource["Properties"]["RoleName"] == role:
            (policy,) = resource["Properties"]["Policies"]
            return tuple(s for s in policy["PolicyDocument"]["Statement"] if "Effect" in s)
    raise LookupError(role)


@cache
def leading_keys(function: str, action: str, table: str) -> tuple[str, ...]:
    """Return the partition keys' patterns for which the table allows the function this action."""
    patterns: list[str] = []
    for statement in statements(functions.roles()[function]):
        if (
            LEADING_KEYS in _compared(statement, "ForAllValues:StringLike")
            and action in listed(statement["Action"])
            and {"Fn::GetAtt": [table, "Arn"]} in listed(statement["Resource"])
            and is_for(function, statement)
        ):
            patterns += statement["Condition"]["ForAllValues:StringLike"][LEADING_KEYS]
    return tuple(patterns)


def may(function: str, action: str, table: str, key: str) -> bool:
    """Return whether the function may do this with an item under this partition key."""
    return any(fnmatchcase(key, pattern) for pattern in leading_keys(function, action, table))


def is_for(function: str, statement: dict[str, Any]) -> bool:
    """Return whether the statement applies to this function of its role."""
    arns = listed(_compared(statement, "ArnLike").get(SOURCE, []))
    return not arns or any(f":function:daypass-{function}-" in str(arn) for arn in arns)


def _compared(statement: dict[str, Any], operator: str) -> dict[str, Any]:
    keys: dict[str, Any] = statement.get("Condition", {}).get(operator, {})
    return keys


def listed(one_or_more: Any) -> list[Any]:
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]
