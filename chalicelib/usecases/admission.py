"""Authenticate callers, and admit only members whose kind may use the route."""

from __future__ import annotations

import shlex
from collections.abc import Mapping

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError, Unauthenticated
from chalicelib.domain.people.identities import Identity, IdentityToken, identity_hash
from chalicelib.domain.people.members import AuthenticationFailure, Caller, Kind, authenticate
from chalicelib.domain.people.tokens import PresentedToken, Token
from chalicelib.domain.reasons import TOKEN_REASONS, Reason
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.values import Value
from chalicelib.usecases.ports import Ports, RequestOrigin
from chalicelib.usecases.recording import SystemActor, record

# The kinds of members who may use a route or a Slack command.
EVERYONE = frozenset(Kind) - {Kind.MACHINE}
"""Every person. A machine may use only what names WITH_MACHINES."""
WITH_MACHINES = frozenset(Kind)
LEADS = frozenset({Kind.LEAD})
READERS = frozenset({Kind.LEAD, Kind.AUDITOR})

_UNAUTHENTICATED_REASONS = TOKEN_REASONS | {Reason.IDENTITY_TOKEN_EXPIRED}


class Target(Value):
    """The engagement, role and member that a request names. They may not exist."""

    engagement: str = ""
    role: str = ""
    member: str = ""
    details: Mapping[str, str] = {}
    """Other values from the request, as trail details."""

    def for_trail(self, *, engagement_exists: bool) -> Target:
        """Return the target as a trail entry records it.

        The trail has a partition for each engagement. The ID of an engagement that does not exist
        becomes a detail of the entry, so that requests cannot create partitions.
        """
        if engagement_exists:
            return self
        return replace(self, engagement="", details={**self.details, "asked_for": self.engagement})


NO_TARGET = Target()


def sign_in(ports: Ports, identity_token: str) -> PresentedToken:
    """Verify an identity provider's token, and return the Daypass token that stands for it.

    A member's stored `Identity` names that Daypass token. Raise Unauthenticated if the identity
    token is invalid or if no member has this identity. Raise Unavailable if the provider's keys
    cannot be fetched.
    """
    verified = ports.identity_providers.verify(identity_token, ports.now())
    identity = ports.state.get(Identity, identity_hash(verified.issuer, verified.subject))
    if identity is None:
        raise _build_unknown_error(verified)
    return PresentedToken(identity.member, identity.token, verified.identity_expires_at)


def _build_unknown_error(identity: IdentityToken) -> Unauthenticated:
    """Return the error for an identity that belongs to no member. For a CI's job, the error has the
    command with which a lead binds the job. It may name the job, because the caller proved it."""
    if not identity.is_job:
        return Unauthenticated(Reason.IDENTITY_UNKNOWN)
    # A branch's name can hold what a shell would run.
    bind = shlex.join(("daypass", "bind", "MACHINE", identity.issuer, identity.subject))
    return Unauthenticated(
        Reason.JOB_UNKNOWN, f"This job is not bound to a machine. Ask a lead to bind it: {bind}"
    )


def admit(
    ports: Ports,
    origin: RequestOrigin,
    kinds: frozenset[Kind],
    action: Action,
    *,
    target: Target = NO_TARGET,
) -> Caller:
    """Authenticate the caller, and return them if they are a member of one of these kinds.

    Raise Unauthenticated if the request has no valid token. Raise AccessDenied for a suspended
    member, or for a member of another kind. Record the refusal on the trail only if the token is
    stored: otherwise anyone could fill the trail.
    """
    token, member = ports.state.token_and_member(origin.presented)
    caller = authenticate(token, member, origin.presented, ports.now())
    if isinstance(caller, AuthenticationFailure):
        raise refuse(ports, origin, token, action, caller.reason, target)
    check_kind(ports, origin, caller, kinds, action, target=target)
    return replace(caller, address=origin.address)


def check_kind(
    ports: Ports,
    origin: RequestOrigin,
    caller: Caller,
    kinds: frozenset[Kind],
    action: Action,
    *,
    target: Target = NO_TARGET,
) -> None:
    """Raise AccessDenied unless the caller is a member of one of these kinds. Record the refusal on
    the trail."""
    if caller.member.kind not in kinds:
        # Only a machine is refused if `kinds` is EVERYONE. Otherwise it is LEADS or READERS.
        reason = Reason.LEAD_ONLY if kinds == LEADS else Reason.LEAD_OR_AUDITOR_ONLY
        if caller.member.kind is Kind.MACHINE:
            reason = Reason.PEOPLE_ONLY
        raise refuse(ports, origin, caller.token, action, reason, target)


def refuse(
    ports: Ports,
    origin: RequestOrigin,
    token: Token | None,
    action: Action,
    reason: Reason,
    target: Target,
) -> DaypassError:
    """Return the error to raise. Record the refusal of a stored token."""
    if token is not None:
        engagement_exists = (
            bool(target.engagement) and ports.state.get(Engagement, target.engagement) is not None
        )
        trail_target = target.for_trail(engagement_exists=engagement_exists)
        record_refusal(ports, origin, token, action, reason, trail_target)
    return build_refusal_error(reason)


def record_refusal(
    ports: Ports,
    origin: RequestOrigin,
    token: Token,
    action: Action,
    reason: Reason,
    target: Target,
) -> None:
    """Record on the trail that Daypass refused a request that presented this stored token."""
    actor = SystemActor(origin.presented.member, token_id=token.id, address=origin.address)
    record(ports, actor, build_refusal(action, reason, target))


def build_refusal(action: Action, reason: Reason, target: Target) -> Operation:
    """Return the refused operation for the trail."""
    return Operation(
        action=action,
        outcome=Outcome.REFUSED,
        reason=reason,
        engagement=target.engagement,
        role=target.role,
        subject=target.member,
        details=target.details,
    )


def build_refusal_error(reason: Reason, detail: str = "") -> DaypassError:
    """Return the error for a refusal. `detail` replaces the reason's default text."""
    if reason in _UNAUTHENTICATED_REASONS:
        return Unauthenticated(reason, detail)
    if reason is Reason.CHANGED_MEANWHILE:
        return Conflict(reason, detail)
    return AccessDenied(reason, detail)
