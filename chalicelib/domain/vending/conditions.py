"""Describe the facts that the access rule looks at: one sentence for each of its conditions, in the
rule's order. The sentences decide nothing. The rule's reason says which condition refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple, TypeVar

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    find_open_access,
    list_stops,
)
from chalicelib.domain.engagements.engagements import AgentAccess, Engagement, Grant, needs_approval
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import LONGEST_SESSION, describe_duration, utc_text
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import AccessFacts, CallerKind, SessionRequest
from chalicelib.domain.vending.unverified import describe_check

T = TypeVar("T")


class NoFactError(LookupError):
    """The item that a condition looks at does not exist."""


def _require(item: T | None) -> T:
    if item is None:
        raise NoFactError
    return item


class AccessQuestion(NamedTuple):
    """The question: may this member have this session now? Its IDs may belong to no member and no
    engagement."""

    facts: AccessFacts
    member_id: str
    engagement_id: str
    request: SessionRequest
    now: datetime

    @property
    def member(self) -> Member:
        return _require(self.facts.member)

    @property
    def engagement(self) -> Engagement:
        return _require(self.facts.engagement)

    @property
    def grant(self) -> Grant:
        return _require(self.facts.grant)

    @property
    def role(self) -> Role:
        return _require(self.facts.role)

    @property
    def approved(self) -> ApprovedGrant | None:
        """Return the approved grant that opens the role now, or else the next one, if any."""
        stops = list_stops(self.member, self.engagement, self.role, self.grant)
        return find_open_access(self.facts.approved_grants, self.engagement, stops, self.now)

    @property
    def is_checked(self) -> bool:
        """Return whether the role was checked as it is now."""
        return self.role.current_verification(self.engagement) is not None


def _describe_member(question: AccessQuestion) -> str:
    member = question.facts.member
    if member is None:
        return f"No member has the ID {question.member_id}."
    if member.suspended_at is not None:
        return f"{member.id} has been suspended since {utc_text(member.suspended_at)}."
    return f"{member.id} is an active {member.kind}."


def _describe_grant(question: AccessQuestion) -> str:
    if question.facts.engagement is None:
        return f"No engagement has the ID {question.engagement_id}."
    if question.member.kind is Kind.AUDITOR:
        return f"{question.member_id} is an auditor. Auditors cannot get sessions."
    if question.facts.grant is None:
        return f"{question.member_id} has no grant for {question.engagement_id}."
    roles = ", ".join(sorted(question.facts.grant.roles))
    return f"{question.member_id} has a grant for {question.engagement_id}: {roles}."


def _describe_engagement_open(question: AccessQuestion) -> str:
    engagement = question.engagement
    if engagement.revoked_at is not None:
        return f"A lead revoked {engagement.id} on {utc_text(engagement.revoked_at)}."
    if engagement.closed_at is not None:
        return f"A lead closed {engagement.id} on {utc_text(engagement.closed_at)}."
    return f"{engagement.id} {_describe_span(engagement, question.now)}"


def _describe_grant_current(question: AccessQuestion) -> str:
    grant = question.grant
    if grant.revoked_at is not None:
        return f"A lead revoked {grant.member}'s grant on {utc_text(grant.revoked_at)}."
    return f"{grant.member}'s grant {_describe_span(grant, question.now)}"


def _describe_span(item: Engagement | Grant, now: datetime) -> str:
    if now < item.starts_at:
        return f"begins on {utc_text(item.starts_at)}."
    return f"{'lasts until' if now < item.ends_at else 'ended on'} {utc_text(item.ends_at)}."


def _describe_role(question: AccessQuestion) -> str:
    name, role, engagement = question.request.role, question.facts.role, question.engagement
    if role is None or (role.engagement, role.name) != (engagement.id, name):
        return f"{engagement.id} has no role named {name}."
    if role.ended_at is not None:
        return f"A lead ended the role {name} on {utc_text(role.ended_at)}."
    return f"The grant {'includes' if name in question.grant.roles else 'does not include'} {name}."


def _describe_approved(question: AccessQuestion) -> str:
    engagement, approved = question.engagement, question.approved
    if not needs_approval(engagement, question.grant, question.role.name):
        return "The grant gives access to the role without an approved request."
    if approved is None:
        by_client = engagement.requires_client_approval
        what = "a request that the client approved" if by_client else "an approved request"
        return f"The role requires {what}, and none is valid now."
    kind = "emergency access" if approved.is_emergency else "request"
    opened = f"The {kind} {approved.request}"
    if approved.needs_start:
        return f"{opened} is approved, but {question.member_id} has not started the access."
    start = "" if approved.starts_at <= question.now else f" from {utc_text(approved.starts_at)}"
    return f"{opened} allows use of the role{start} until {utc_text(approved.ends_at)}."


def _describe_verified(question: AccessQuestion) -> str:
    role, text = question.role, describe_check(question.role, question.engagement)
    if role.override is None or not role.is_overridden(question.now):
        return text
    return f"{text} A lead overrode the check until {utc_text(role.override.until)}."


def _describe_blocks(question: AccessQuestion) -> str:
    freeze, pause = question.facts.freeze, question.facts.pause
    if freeze is not None and freeze.is_in_force:
        return f"Daypass has been frozen since {utc_text(freeze.began_at)}."
    if pause is not None and pause.is_in_force:
        return (
            f"The client paused access to {question.engagement.id} on {utc_text(pause.began_at)}."
        )
    return "No freeze or pause is in force."


_AGENTS = {
    AgentAccess.REFUSE: "does not allow agents to get sessions",
    AgentAccess.READ_ONLY: "allows agents to get read-only sessions",
    AgentAccess.ALLOW: "allows agents to get sessions",
}


def _describe_caller(question: AccessQuestion) -> str:
    if question.request.caller is not CallerKind.AGENT:
        return "The request is not from an agent."
    return f"{question.engagement.id} {_AGENTS[question.engagement.agents]}."


def _describe_reason(question: AccessQuestion) -> str:
    if not question.role.requires_reason:
        return f"{question.role.name} does not require a reason."
    state = "the request has one" if question.request.reason else "the request has none"
    return f"{question.role.name} requires a reason, and {state}."


def _describe_length(question: AccessQuestion) -> str:
    longest, duration = min(question.role.max_session, LONGEST_SESSION), question.request.duration
    requested = "" if duration is None else f" This request is for {describe_duration(duration)}."
    return f"{question.role.name} allows sessions of up to {describe_duration(longest)}.{requested}"


def _describe_end(question: AccessQuestion) -> str:
    ends = [(question.grant.ends_at, "The grant"), (question.engagement.ends_at, "The engagement")]
    if question.approved is not None:
        ends.append((question.approved.ends_at, "The approved access"))
    end, first = min(ends)
    return f"{first} ends on {utc_text(end)}. No session can start in the 15 minutes before that."


class Condition(NamedTuple):
    name: str
    """A label. It claims nothing, because the fact that follows may refute the condition."""
    describe: Callable[[AccessQuestion], str]
    """Returns the fact, in a sentence. Raises NoFactError if there is nothing to look at."""
    reasons: tuple[Reason, ...]
    """The reasons with which the rule refuses because of this fact."""


APPROVAL_REASONS = (
    Reason.APPROVAL_REQUIRED,
    Reason.CLIENT_APPROVAL_REQUIRED,
    Reason.ACCESS_NOT_STARTED,
    Reason.APPROVAL_REVOKED,
)
CONDITIONS = (
    Condition("Member", _describe_member, (Reason.TOKEN_UNKNOWN, Reason.MEMBER_SUSPENDED)),
    Condition("Grant", _describe_grant, (Reason.NOT_A_MEMBER,)),
    Condition(
        "Engagement",
        _describe_engagement_open,
        (Reason.ENGAGEMENT_REVOKED, Reason.ENGAGEMENT_CLOSED),
    ),
    Condition("Grant period", _describe_grant_current, (Reason.GRANT_NOT_CURRENT,)),
    Condition("Role", _describe_role, (Reason.ROLE_NOT_GRANTED,)),
    Condition("Approval", _describe_approved, APPROVAL_REASONS),
    Condition("Role check", _describe_verified, (Reason.ROLE_UNVERIFIED,)),
    Condition("Freeze or pause", _describe_blocks, (Reason.FROZEN, Reason.PAUSED_BY_CLIENT)),
    Condition("Caller", _describe_caller, (Reason.AGENTS_REFUSED,)),
    Condition("Reason", _describe_reason, (Reason.REASON_REQUIRED,)),
    Condition("Duration", _describe_length, (Reason.DURATION_TOO_LONG,)),
    Condition("Time left", _describe_end, (Reason.ENDS_TOO_SOON,)),
)
"""The conditions in the order of `decide_access`. Only access that waits for its start is refused
last."""
