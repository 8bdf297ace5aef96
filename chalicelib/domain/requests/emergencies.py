"""The rule of emergencies: which member may open which role themself, without an approval.

The other rules of access stay in force. An emergency only takes the place of the approval.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.engagements.approved_grants import (
    SHORTEST_SPAN,
    ApprovedGrant,
    EmergencyLock,
    EmergencyRecord,
    choose_approved_grant,
    find_free_number,
    list_stops,
)
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION, SessionSeconds
from chalicelib.domain.people.members import Caller, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.opening import find_request_problem, open_access
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.text import ReasonText
from chalicelib.domain.values import Item, Request, Value, new_item, next_version
from chalicelib.domain.vending.access import AccessFacts, CallerKind
from chalicelib.domain.vending.blocks import find_block_reason


class OpenEmergency(Request):
    """A request to open a role oneself, in an emergency."""

    duration: SessionSeconds = LONGEST_SESSION
    """How long the access is open, in seconds: 900 to 3600 (1 hour). Default: 3600. It is at least
    17 minutes, so that AWS's shortest session, of 15 minutes, can begin."""
    reason: ReasonText
    caller: CallerKind = CallerKind.PERSON
    """A program that works by itself can open nothing."""


class Emergency(Value):
    """The items that open a role in an emergency, and the version that each replaces."""

    request: AccessRequest
    grant: ApprovedGrant
    record: EmergencyRecord
    lock: EmergencyLock

    @property
    def items(self) -> tuple[Item, ...]:
        return self.request, self.grant, self.record, self.lock


def find_emergency_problem(
    facts: AccessFacts, lock: EmergencyLock | None, caller: CallerKind, now: datetime
) -> Reason | None:
    """Return why the member may not open the role (both from `facts`) in an emergency now. `lock`
    names the request of their last emergency in any engagement. It is None if they never had one.

    Someone without a grant gets the same answer whether the engagement exists or not.
    """
    problem = find_request_problem(facts, caller, now)
    if problem is not None:
        return problem
    if caller is CallerKind.AGENT:
        return Reason.AGENT_CANNOT_DECIDE
    # None of these is missing: `find_request_problem` found no problem.
    member, engagement, role, grant = _select_items(facts)
    if engagement.requires_client_approval:
        return Reason.CLIENT_APPROVAL_REQUIRED
    if role.name not in grant.emergency:
        return Reason.EMERGENCY_NOT_GRANTED
    block_reason = find_block_reason(facts.freeze, facts.pause)
    if block_reason is not None:
        return block_reason
    if lock is not None and lock.request is not None:  # a lead's confirmation empties `request`
        return Reason.EMERGENCY_UNCONFIRMED
    if min(engagement.ends_at, grant.ends_at) < now + timedelta(seconds=SHORTEST_SESSION):
        return Reason.ENDS_TOO_SOON
    stops = list_stops(member, engagement, role, grant)
    # An emergency makes an approved grant, which needs one of a few numbers (NUMBERS) as its key.
    if find_free_number(facts.approved_grants, stops, now) is None:
        return Reason.TOO_MANY_APPROVED_GRANTS
    return None


def find_open_emergency(
    facts: AccessFacts, lock: EmergencyLock | None, member: Member, now: datetime
) -> str | None:
    """Return the ID of the request of the member's unconfirmed emergency if it still opens the role
    in `facts`. Return None otherwise. `find_request_problem` must have found no problem: then
    `facts` has all items."""
    request = lock.request if lock is not None else None
    if request is None:
        return None
    _, engagement, role, grant = _select_items(facts)
    stops = list_stops(member, engagement, role, grant)
    opened = choose_approved_grant(facts.approved_grants, engagement, stops, now, request=request)
    # If no approved grant opens the role, `opened` is the reason.
    return request if isinstance(opened, ApprovedGrant) else None


def build_emergency(
    facts: AccessFacts,
    lock: EmergencyLock | None,
    record: EmergencyRecord | None,
    member: Member,
    request_id: str,
    opening: OpenEmergency,
    now: datetime,
) -> Emergency:
    """Return the items that open the role now, for the chosen duration (17 minutes at least) but
    not beyond the end of the grant or the engagement. `record` counts the member's emergencies in
    the engagement. `lock` names their last one in any engagement. Each is None before the first.

    The caller must have called `find_emergency_problem`, and it must have found no problem.
    """
    _, engagement, role, grant = _select_items(facts)
    span = max(timedelta(seconds=opening.duration), SHORTEST_SPAN)
    ends_at = min(now + span, engagement.ends_at, grant.ends_at)
    request = new_item(
        AccessRequest,
        opening,
        id=request_id,
        member=member.id,
        engagement=engagement.id,
        role=role.name,
        starts_at=now,
        ends_at=ends_at,
        duration=None,  # The access starts now, not with its first use.
        is_emergency=True,
        created_at=now,
        expires_at=ends_at,
        status=RequestStatus.APPROVED,
        decided_at=now,
        decided_by=member.id,
        # A later revocation of one of these ends the access.
        stops=list_stops(member, engagement, role, grant),
    )
    request, opened, _ = open_access(request, facts.approved_grants, now)
    return Emergency(
        request=request,
        grant=opened,
        record=next_version(record, count=record.count + 1, last_at=now)
        if record is not None
        else EmergencyRecord(engagement=engagement.id, member=member.id, count=1, last_at=now),
        lock=next_version(lock, request=request_id)
        if lock is not None
        else EmergencyLock(member=member.id, request=request_id),
    )


def find_confirmation_problem(request: AccessRequest, lead: Caller, now: datetime) -> Reason | None:
    """Return why this lead may not confirm the request's emergency. A lead whose right is less than
    24 hours old may not, because the member who opened it could have made them a lead."""
    if not request.is_emergency:
        return Reason.NOT_AN_EMERGENCY
    if request.member == lead.member.id:
        return Reason.OWN_REQUEST
    if request.confirmed_at is not None:
        return Reason.EMERGENCY_CONFIRMED
    return Reason.RIGHT_TOO_NEW if now < lead.counts_from else None


def _select_items(facts: AccessFacts) -> tuple[Member, Engagement, Role, Grant]:
    """Return the items of `facts`. Raise TypeError if one is None: the caller should
    have called `find_request_problem`, which requires them all."""
    member, engagement, role, grant = facts.member, facts.engagement, facts.role, facts.grant
    if member is None or engagement is None or role is None or grant is None:
        raise TypeError("no one may request access without these items")
    return member, engagement, role, grant
