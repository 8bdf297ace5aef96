"""Decide a request as IAM does, for the parts of IAM's policies that Daypass writes.

The source is "Policy evaluation logic" (IAM User Guide). It is written for these tests and shares
no code with the local AWS, which decides the same requests in tests/e2e/setup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

Policy = Mapping[str, Any]
EVERYONE = "*"
"""The principal of a policy for everyone, such as everyone of an organization."""


class Decision(StrEnum):
    ALLOWED = "allowed"
    EXPLICIT_DENY = "explicit deny"
    NOT_ALLOWED = "not allowed"


@dataclass(frozen=True)
class Request:
    """A request of a role's session. `context` has the values of condition keys."""

    action: str
    resource: str = "*"
    context: Mapping[str, str | Sequence[str]] = field(default_factory=dict)
    role_arn: str = ""
    session_arn: str = ""


def decide(
    request: Request,
    *,
    identity: Iterable[Policy],
    boundary: Policy | None = None,
    session: Sequence[Policy] = (),
    resource: Iterable[Policy] = (),
) -> Decision:
    """Return the decision on a request within one account.

    An explicit deny in any policy ends the evaluation. A resource's policy that names the session
    or everyone needs nothing else. One that names the role is limited by the role's permissions
    boundary and by the session policies, which AWS unites.
    """
    identity, resource = list(identity), list(resource)
    all_policies = [*identity, *resource, *session, *([boundary] if boundary else [])]
    if any("Deny" in _effects(policy, request) for policy in all_policies):
        return Decision.EXPLICIT_DENY
    if any(
        "Allow" in _effects(policy, request, principal)
        for policy in resource
        for principal in (request.session_arn, EVERYONE)
    ):
        return Decision.ALLOWED
    is_granted = any("Allow" in _effects(policy, request) for policy in identity) or any(
        "Allow" in _effects(policy, request, request.role_arn) for policy in resource
    )
    is_within = boundary is None or "Allow" in _effects(boundary, request)
    is_within &= not session or any("Allow" in _effects(policy, request) for policy in session)
    return Decision.ALLOWED if is_granted and is_within else Decision.NOT_ALLOWED


def trusts(trust: Policy, request: Request, principal: str) -> bool:
    """Return whether the trust policy allows the request of this account's principal."""
    effects = _effects(trust, request, principal)
    return effects == {"Allow"}


def _effects(policy: Policy, request: Request, principal: str = "") -> set[str]:
    """Return the effects of the statements that apply to the request. With `principal`, apply only
    those that name it."""
    return {
        statement["Effect"]
        for statement in listed(policy["Statement"])
        if _matches(statement, "Action", request.action.lower(), ignore_case=True)
        if _matches(statement, "Resource", request.resource)
        if not principal or principal in _principals(statement)
        if all(
            _is_met(operator, key, listed(values), request.context)
            for operator, keys in statement.get("Condition", {}).items()
            for key, values in keys.items()
        )
    }


def _principals(statement: Policy) -> list[Any]:
    principal = statement.get("Principal", {})
    return [principal] if principal == EVERYONE else listed(principal.get("AWS", []))


def _matches(statement: Policy, element: str, value: str, *, ignore_case: bool = False) -> bool:
    """Return whether `Action` or `Resource`, or their opposites, match. A trust policy has no
    `Resource`."""

    def any_of(patterns: Any) -> bool:
        return any(
            is_like(value, pattern.lower() if ignore_case else pattern)
            for pattern in listed(patterns)
        )

    if f"Not{element}" in statement:
        return not any_of(statement[f"Not{element}"])
    return element not in statement or any_of(statement[element])


def _is_met(operator: str, key: str, values: list[str], context: Mapping[str, Any]) -> bool:
    """Return whether a condition holds. A condition on an absent key does not hold."""
    actual = context.get(key)
    if not isinstance(actual, str):
        return False
    match operator:
        case "StringEquals":
            return actual in values
        case "StringLike" | "ArnEquals":
            return any(is_like(actual, pattern) for pattern in values)
        case "DateLessThanEquals":
            return any(_moment(actual) <= _moment(latest) for latest in values)
    raise AssertionError(f"{operator} is not known here")


def is_like(text: str, pattern: str) -> bool:
    """Compare as IAM does: `*` is any text, and `?` one character."""
    expression = re.escape(pattern).replace(r"\*", ".*").replace(r"\?", ".")
    return re.fullmatch(expression, text, re.DOTALL) is not None


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def listed(one_or_more: Any) -> list[Any]:
    return one_or_more if isinstance(one_or_more, list) else [one_or_more]
