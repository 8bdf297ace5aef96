"""The rule of emergencies: which member may open which role themself, without an approval.

The other rules of access stay in force. An emergency only takes the place of the approval.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.engagements.approved_grants import (
    SHORTEST_SPAN,
    ApprovedGrant,
    choose_approved_grant,
    find_free_number,
    list_stops,
    take_number,
)
from chalicelib.domain.engagements.emergencies import EmergencyLock, EmergencyRecord
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import LONGEST_SESSION, SHORTEST_SESSION, SessionSeconds
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import find_request_problem
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.text import ReasonText
from chalicelib.domain.values import Item, Request, Value, new_item, next_version
from chalicelib.domain.vending.access import AccessFacts, CallerKind
from chalicelib.domain.vending.blocks import find_block_reason


class OpenEmergency(Request, frozen=True, kw_only=True):
    """A request to open a role oneself, in an emergency."""

    duration: SessionSeconds = LONGEST_SESSION
    """How long the access is open, in seconds: 900 to 3600 (1 hour). Default: 3600. It is at least
    17 minutes, so that AWS's shortest session, of 15 minutes, can begin."""
    reason: ReasonText
    caller: CallerKind = CallerKind.PERSON
    """A program that works by itself can open nothing."""


class EmergencyFacts(Value, frozen=True, kw_only=True):
    """The stored items that decide whether a member may open a role themself."""

    access: AccessFacts
    policy: ApprovalPolicy
    lock: EmergencyLock | None
    """The member's last emergency in any engagement. None if they never had one."""
    record: EmergencyRecord | None = None
    """How often the member opened a role of the engagement. None if they never did."""


class Emergency(Value, frozen=True, kw_only=True):
    """The items that open a role in an emergency, and the version that each replaces."""

    request: AccessRequest
    grant: ApprovedGrant
    record: EmergencyRecord
    lock: EmergencyLock

    @property
    def items(self) -> tuple[Item, ...]:
        return self.request, self.grant, self.record, self.lock


def find_emergency_problem(
    facts: EmergencyFacts, opening: OpenEmergency, now: datetime, *, is_binding: bool = False
) -> Reason | None:
    """Return why the facts' member may not open the facts' role themself now. `is_binding` says
    that they use a Slack user, not a token of their own.

    Someone without a grant gets the same answer whether the engagement exists or not.
    """
    problem = find_request_problem(facts.access, opening.caller, now)
    if problem is not None:
        return problem
    if opening.caller is CallerKind.AGENT:
        return Reason.AGENT_CANNOT_DECIDE
    engagement, role, grant = _select_items(facts.access)
    if engagement.requires_client_approval:
        return Reason.CLIENT_APPROVAL_REQUIRED
    if role.name not in grant.emergency:
        return Reason.EMERGENCY_NOT_GRANTED
    block_reason = find_block_reason(facts.access.freeze, facts.access.pause)
    if block_reason is not None:
        return block_reason
    if facts.policy.sensitive and is_binding:
        return Reason.SENSITIVE_ROLE
    if facts.lock is not None and facts.lock.request is not None:
        return Reason.EMERGENCY_UNREVIEWED
    if min(engagement.ends_at, grant.ends_at) < now + timedelta(seconds=SHORTEST_SESSION):
        return Reason.ENDS_TOO_SOON
    if _find_free_number(facts.access, now) is None:
        return Reason.TOO_MANY_APPROVED_GRANTS
    return None


def find_open_emergency(facts: EmergencyFacts, member: Member, now: datetime) -> str | None:
    """Return the request of the member's unreviewed emergency if it still opens the facts' role.
    Return None otherwise. `find_request_problem` must have found no problem."""
    request = facts.lock.request if facts.lock is not None else None
    if request is None:
        return None
    engagement, role, grant = _select_items(facts.access)
    stops = list_stops(member, engagement, role, grant)
    opened = choose_approved_grant(
        facts.access.approved_grants, engagement, stops, now, request=request
    )
    return request if isinstance(opened, ApprovedGrant) else None


def build_emergency(
    facts: EmergencyFacts, member: Member, request_id: str, opening: OpenEmergency, now: datetime
) -> Emergency:
    """Return the items that open the role now, for as long as the grant and the engagement allow.
    `find_emergency_problem` must have found no problem."""
    engagement, role, grant = _select_items(facts.access)
    span = max(timedelta(seconds=opening.duration), SHORTEST_SPAN)
    ends_at = min(now + span, engagement.ends_at, grant.ends_at)
    free = _find_free_number(facts.access, now)
    if free is None:
        raise TypeError("the member has no free number for an approved grant")
    number, previous = free
    stops = list_stops(member, engagement, role, grant)
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
        number=number,
        stops=stops,
    )
    opened = ApprovedGrant(
        engagement=engagement.id,
        member=member.id,
        role=role.name,
        number=number,
        request=request_id,
        starts_at=now,
        ends_at=ends_at,
        is_emergency=True,
        created_at=now,
        stops=stops,
    )
    return Emergency(
        request=request,
        grant=take_number(opened, previous),
        record=_count(facts.record, engagement.id, member.id, now),
        lock=_lock(facts.lock, member.id, request_id),
    )


def find_review_problem(request: AccessRequest, lead: Caller, now: datetime) -> Reason | None:
    """Return why this lead may not review the request's emergency. A lead whose right is new may
    not: its member could have made them."""
    if not request.is_emergency:
        return Reason.NOT_AN_EMERGENCY
    if request.member == lead.member.id:
        return Reason.OWN_REQUEST
    if request.reviewed_at is not None:
        return Reason.EMERGENCY_REVIEWED
    return Reason.RIGHT_TOO_NEW if now < lead.counts_from else None


def _select_items(facts: AccessFacts) -> tuple[Engagement, Role, Grant]:
    """Return the items that `find_request_problem` requires to exist."""
    engagement, role, grant = facts.engagement, facts.role, facts.grant
    if engagement is None or role is None or grant is None:
        raise TypeError("no one may request access without an engagement, a role and a grant")
    return engagement, role, grant


def _find_free_number(facts: AccessFacts, now: datetime) -> tuple[str, ApprovedGrant | None] | None:
    """Return a free number like `find_free_number`, judged by the facts' present stops."""
    engagement, role, grant = _select_items(facts)
    if facts.member is None:
        raise TypeError("no one may request access without a member")
    stops = list_stops(facts.member, engagement, role, grant)
    return find_free_number(facts.approved_grants, stops, now)


def _count(
    record: EmergencyRecord | None, engagement: str, member: str, now: datetime
) -> EmergencyRecord:
    """Return the record with one emergency more."""
    if record is None:
        return EmergencyRecord(engagement=engagement, member=member, count=1, last_at=now)
    return next_version(record, count=record.count + 1, last_at=now)


def _lock(lock: EmergencyLock | None, member: str, request_id: str) -> EmergencyLock:
    """Return the member's lock with this emergency."""
    if lock is None:
        return EmergencyLock(member=member, request=request_id)
    return next_version(lock, request=request_id)
