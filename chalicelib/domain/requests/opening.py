"""Decide who may request access, shorten it, and build what an approval opens."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    GivenApproval,
    find_free_number,
)
from chalicelib.domain.engagements.client_approvers import client_approver_key
from chalicelib.domain.engagements.engagements import AgentAccess, needs_approval
from chalicelib.domain.errors import Conflict, Reason, bad_value
from chalicelib.domain.moments import CLOCK_MARGIN, describe_duration, rfc3339, utc_text
from chalicelib.domain.people.members import Kind
from chalicelib.domain.requests.requests import (
    SHORTEST_ACCESS,
    START_WITHIN,
    AccessRequest,
    ApproveRequest,
    RequestFields,
)
from chalicelib.domain.stops import in_place_of
from chalicelib.domain.trail import Edit
from chalicelib.domain.values import Value
from chalicelib.domain.vending.access import AccessFacts, CallerKind

# In ascending order. The first is the shortest access, SHORTEST_ACCESS.
_MINUTES = (15, 30, 60, 2 * 60, 4 * 60, 8 * 60, 24 * 60, 3 * 24 * 60, 7 * 24 * 60)
_STEPS = tuple(timedelta(minutes=minutes) for minutes in _MINUTES)


class Choice(Value):
    """A shorter time that an approver can choose."""

    value: str
    """The value in the form: a number of minutes, or an end as RFC 3339."""
    text: str


def list_choices(request: RequestFields, now: datetime) -> tuple[Choice, ...]:
    """Return the shorter times for this request, the longest first: durations for a request with a
    duration, and otherwise ends. Return an empty tuple if there is none."""
    if request.duration is not None:
        whole = timedelta(seconds=request.duration)
        return tuple(
            Choice(value=str(step // timedelta(minutes=1)), text=_describe(step))
            for step in reversed(_STEPS)
            if step < whole
        )
    start, steps = request.starts_at, _STEPS
    if start is None or start <= now:
        # The access has to last 15 minutes from its approval. So leave out the first step: that end
        # may be too soon when the approver has read the page. The ends are whole minutes.
        start, steps = now.replace(second=0, microsecond=0), _STEPS[1:]
        if start < now:
            start += timedelta(minutes=1)
    ends = ((start + step, step) for step in reversed(steps))
    return tuple(
        Choice(value=rfc3339(end), text=f"until {utc_text(end)} ({_describe(step)})")
        for end, step in ends
        if request.ends_at is not None and end < request.ends_at
    )


def _describe(step: timedelta) -> str:
    return describe_duration(int(step.total_seconds()))


def find_request_problem(facts: AccessFacts, caller: CallerKind, now: datetime) -> Reason | None:
    """Return why the member may not request access to the role (both from `facts`).

    Someone without a grant gets the same answer whether the engagement exists or not.
    """
    member, engagement, role, grant = facts.member, facts.engagement, facts.role, facts.grant
    if member is None or member.kind is Kind.AUDITOR or engagement is None or grant is None:
        return Reason.NOT_A_MEMBER
    if engagement.revoked_at is not None:
        return Reason.ENGAGEMENT_REVOKED
    if not engagement.is_open(now):
        return Reason.ENGAGEMENT_CLOSED
    if not grant.is_current(now):
        return Reason.GRANT_NOT_CURRENT
    if role is None or role.ended_at is not None or role.name not in grant.roles:
        return Reason.ROLE_NOT_GRANTED
    if role.passed_verification(engagement) is None and not role.is_overridden(now):
        return Reason.ROLE_UNVERIFIED
    if caller is CallerKind.AGENT and engagement.agents is AgentAccess.REFUSE:
        return Reason.AGENTS_REFUSED
    return None if needs_approval(engagement, grant, role.name) else Reason.ACCESS_ALREADY_OPEN


def shorten_request(
    request: AccessRequest, approval: ApproveRequest, now: datetime
) -> AccessRequest:
    """Return the request, with the approver's time if the approval has one. Raise InvalidRequest if
    that is longer than the requested time, too short, or an end instead of a duration (or the other
    way round)."""
    if approval.duration is not None:
        if request.duration is None:
            raise bad_value(
                "duration", "This request has an end, not a duration. Set an earlier end."
            )
        if approval.duration > request.duration:
            raise bad_value(
                "duration", "An approver can shorten the requested time, but cannot extend it."
            )
        request = replace(request, duration=approval.duration)
    if approval.ends_at is not None:
        if request.ends_at is None:
            raise bad_value(
                "ends_at",
                "This request has a duration, not an end. Set a shorter duration.",
            )
        if approval.ends_at > request.ends_at:
            raise bad_value(
                "ends_at", "An approver can shorten the requested time, but cannot extend it."
            )
        start = max(now, request.starts_at or now)
        # The requested end itself is valid, even if less than 15 minutes are left until then. The
        # margin is for an approver's clock that differs.
        if approval.ends_at < min(request.ends_at, start + SHORTEST_ACCESS - CLOCK_MARGIN):
            raise bad_value("ends_at", "Access lasts at least 15 minutes.")
        # A request never waits longer than until the end of its access.
        expires_at = min(request.expires_at, approval.ends_at)
        request = replace(request, ends_at=approval.ends_at, expires_at=expires_at)
    return request


def open_access(
    request: AccessRequest, existing: Iterable[ApprovedGrant], now: datetime
) -> tuple[AccessRequest, ApprovedGrant, list[Edit]]:
    """Return the request with the number of its approved grant, this grant, and the edits that
    store the grant and a record for each approver. `existing` are the member's approved grants of
    the role. Raise Conflict if three of them are not over: a grant needs one of three numbers."""
    free = find_free_number(existing, request.stops, now)
    if free is None:
        raise Conflict(Reason.TOO_MANY_APPROVED_GRANTS)
    number, previous = free
    # The clock of the function that vends may be behind this one.
    starts_at = request.starts_at or now
    if starts_at <= now:
        starts_at = now - CLOCK_MARGIN
    grant = ApprovedGrant(
        engagement=request.engagement,
        member=request.member,
        role=request.role,
        number=number,
        request=request.id,
        starts_at=starts_at,
        # Access with a duration has no end before its first use. This is the latest start.
        ends_at=request.ends_at or now + START_WITHIN,
        duration=request.duration,
        is_emergency=request.is_emergency,
        client_approved=request.is_client_approved,
        approved_by=tuple(each.decider for each in request.approvals),
        created_at=now,
        stops=request.stops,
        **in_place_of(previous),
    )
    # For access with a duration, the end if the member starts it at the last moment.
    latest_end = grant.started(grant.ends_at).ends_at if grant.needs_start else grant.ends_at
    records = [
        GivenApproval(
            approver=client_approver_key(grant.engagement, each.by) if each.is_client else each.by,
            request=request.id,
            engagement=grant.engagement,
            member=grant.member,
            role=grant.role,
            number=number,
            ends_at=latest_end,
        )
        for each in request.approvals
    ]
    edits: list[Edit] = [(previous, grant), *((None, each) for each in records)]
    return replace(request, number=number), grant, edits
