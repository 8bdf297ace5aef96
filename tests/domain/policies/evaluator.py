"""Decide a request as IAM does, for the parts of IAM's policies that Daypass writes.

The source is "Policy evaluation logic" (IAM User Guide). It is written for these tests and shares
no code with the local AWS, which decides the same requests in tests/e2e/setup.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from tests.fakes.trust import listed, matches

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
    context: Mapping[str, str] = field(default_factory=dict)
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
    keys = {name.lower(): [value] for name, value in request.context.items()}
    return {
        statement["Effect"]
        for statement in listed(policy["Statement"])
        if matches(statement, request.action, request.resource, keys)
        if not principal or principal in _principals(statement)
    }


def _principals(statement: Policy) -> list[Any]:
    principal = statement.get("Principal", {})
    return [principal] if principal == EVERYONE else listed(principal.get("AWS", []))
