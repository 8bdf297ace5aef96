"""Evaluation of policies: the parts of IAM that the tests need."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from msgspec import Struct

from chalicelib.domain.moments import rfc3339

Values = Sequence[str] | None
BROKER = "arn:aws:iam::123456789012:role/daypass-broker"


class AssumeRoleRequest(Struct, frozen=True):
    """The parts of a request that a trust policy sees."""

    external_id: str | None
    session_name: str
    source_identity: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    now: str = "2026-11-24T12:00:00Z"


def request_of(terms: Any, session_name: str, now: datetime) -> AssumeRoleRequest:
    """Return the request for a session on these terms, now."""
    return AssumeRoleRequest(
        external_id=terms.external_id,
        session_name=session_name,
        source_identity=getattr(terms, "source_identity", None),
        tags=getattr(terms, "tags", ()),
        now=rfc3339(now),
    )


def allows_request(policy: Mapping[str, Any], request: AssumeRoleRequest) -> bool:
    """Return whether the policy allows every action that the request needs.

    "Actions, resources, and condition keys for AWS Security Token Service" (Service Authorization
    Reference): sts:ExternalId is a key of sts:AssumeRole alone.
    """
    keys = _keys(request)
    without_id = {key: value for key, value in keys.items() if key != "sts:externalid"}
    return (
        _allows(policy, "sts:AssumeRole", keys)
        and (
            request.source_identity is None or _allows(policy, "sts:SetSourceIdentity", without_id)
        )
        and (not request.tags or _allows(policy, "sts:TagSession", without_id))
    )


def _keys(request: AssumeRoleRequest) -> dict[str, Values]:
    return {
        "sts:externalid": [request.external_id] if request.external_id is not None else None,
        "sts:rolesessionname": [request.session_name],
        "sts:sourceidentity": [request.source_identity] if request.source_identity else None,
        "aws:tagkeys": [key for key, _ in request.tags] or None,
        **{f"aws:requesttag/{key.lower()}": [value] for key, value in request.tags},
        "aws:principalarn": [BROKER],
        "aws:currenttime": [request.now],
    }


def _allows(policy: Mapping[str, Any], action: str, keys: Mapping[str, Values]) -> bool:
    return effects(policy, action, "", keys) == {"Allow"}


def effects(
    policy: Mapping[str, Any], action: str, resource: str, keys: Mapping[str, Values]
) -> set[str]:
    """Return the effects of the policy's statements that are about this request."""
    return {
        statement["Effect"]
        for statement in listed(policy["Statement"])
        if matches(statement, action, resource, keys)
    }


def matches(
    statement: Mapping[str, Any], action: str, resource: str, keys: Mapping[str, Values]
) -> bool:
    """Return whether a statement is about this request. Those of a trust policy name no
    resource."""
    return (
        _is_named(statement, "Action", action)
        and _is_named(statement, "Resource", resource)
        and _all_met(statement.get("Condition", {}), keys)
    )


def _is_named(statement: Mapping[str, Any], element: str, value: str) -> bool:
    """Return whether `Action` or `Resource`, or their opposites, match."""
    is_not = f"Not{element}" in statement
    patterns = statement.get(f"Not{element}" if is_not else element, "*")
    return any(_is_like(value, pattern) for pattern in listed(patterns)) is not is_not


def _is_like(value: str, pattern: str) -> bool:
    return fnmatchcase(value, pattern.replace("[", "[[]"))


def _all_met(conditions: Mapping[str, Any], keys: Mapping[str, Values]) -> bool:
    return all(
        _is_met(operator, keys.get(key.lower()), listed(expected))
        for operator, of_keys in conditions.items()
        for key, expected in of_keys.items()
    )


def _is_met(operator: str, values: Values, expected: Sequence[str]) -> bool:
    """Evaluate a condition by "IAM JSON policy elements: Condition operators" (IAM User Guide)."""
    if operator == "Null":
        return (values is None) == (str(expected[0]).lower() == "true")
    quantifier, _, operator = operator.rpartition(":")
    may_lack = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    negated = "Not" in operator
    if values is None:
        return may_lack or negated or quantifier == "ForAllValues"
    results = [
        any(_compare(operator, value, pattern) for pattern in expected) != negated
        for value in values
    ]
    return any(results) if quantifier == "ForAnyValue" else all(results)


def _compare(operator: str, value: str, expected: str) -> bool:
    match operator:
        case "StringEquals" | "StringNotEquals":
            return value == expected
        case "StringEqualsIgnoreCase":
            return value.lower() == expected.lower()
        case "StringLike" | "StringNotLike" | "ArnEquals":
            return _is_like(value, expected)
        case "DateLessThan":
            return value < expected
        case "DateLessThanEquals":
            return value <= expected
    raise AssertionError(f"{operator}: not implemented here")


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
