"""What a trust policy says of one AssumeRole request: as much of IAM as the tests need."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from msgspec import Struct

Values = Sequence[str] | None
BROKER = "arn:aws:iam::123456789012:role/daypass-broker"


class Asked(Struct, frozen=True, kw_only=True):
    """The request, as far as a trust policy sees it."""

    external_id: str | None
    session_name: str
    source_identity: str | None = None
    tags: tuple[tuple[str, str], ...] = ()
    now: str = "2026-11-24T12:00:00Z"


def trusts(policy: Mapping[str, Any], asked: Asked) -> bool:
    """Whether the role lets this request in: each action that it comes to has to be allowed.

    "Actions, resources, and condition keys for AWS Security Token Service" (Service Authorization
    Reference): sts:ExternalId is a key of sts:AssumeRole alone.
    """
    keys = _keys(asked)
    others = {key: value for key, value in keys.items() if key != "sts:externalid"}
    return (
        _allows(policy, "sts:AssumeRole", keys)
        and (asked.source_identity is None or _allows(policy, "sts:SetSourceIdentity", others))
        and (not asked.tags or _allows(policy, "sts:TagSession", others))
    )


def _keys(asked: Asked) -> dict[str, Values]:
    return {
        "sts:externalid": [asked.external_id] if asked.external_id is not None else None,
        "sts:rolesessionname": [asked.session_name],
        "sts:sourceidentity": [asked.source_identity] if asked.source_identity else None,
        "aws:tagkeys": [key for key, _ in asked.tags] or None,
        **{f"aws:requesttag/{key.lower()}": [value] for key, value in asked.tags},
        "aws:principalarn": [BROKER],
        "aws:currenttime": [asked.now],
    }


def _allows(policy: Mapping[str, Any], action: str, keys: Mapping[str, Values]) -> bool:
    met = {
        one["Effect"]
        for one in _list(policy["Statement"])
        if action in _list(one["Action"]) and _all_met(one.get("Condition", {}), keys)
    }
    return met == {"Allow"}


def _all_met(conditions: Mapping[str, Any], keys: Mapping[str, Values]) -> bool:
    return all(
        _is_met(operator, keys.get(key.lower()), _list(wanted))
        for operator, of_keys in conditions.items()
        for key, wanted in of_keys.items()
    )


def _is_met(operator: str, values: Values, wanted: Sequence[str]) -> bool:
    """ "IAM JSON policy elements: Condition operators" (IAM User Guide), where it is read."""
    if operator == "Null":
        return (values is None) == (str(wanted[0]).lower() == "true")
    every, _, operator = operator.rpartition(":")
    may_lack = operator.endswith("IfExists")
    operator = operator.removesuffix("IfExists")
    negated = "Not" in operator
    if values is None:
        return may_lack or negated or every == "ForAllValues"
    of_each = [any(_compare(operator, value, one) for one in wanted) != negated for value in values]
    return any(of_each) if every == "ForAnyValue" else all(of_each)


def _compare(operator: str, value: str, wanted: str) -> bool:
    match operator:
        case "StringEquals" | "StringNotEquals" | "ArnEquals":
            return value == wanted
        case "StringEqualsIgnoreCase":
            return value.lower() == wanted.lower()
        case "StringLike" | "StringNotLike":
            return fnmatchcase(value, wanted.replace("[", "[[]"))
        case "DateLessThan":
            return value < wanted
    raise AssertionError(f"{operator}: not known here")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
