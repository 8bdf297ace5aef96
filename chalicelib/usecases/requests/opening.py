"""Prepare what an approval writes: the time that the approver allows, the approved grant, and the
items that must not change meanwhile."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    GivenApproval,
    find_free_number,
    take_number,
)
from chalicelib.domain.engagements.client_approvers import client_approver_key
from chalicelib.domain.errors import Conflict, bad_value
from chalicelib.domain.moments import CLOCK_MARGIN
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import (
    SHORTEST_ACCESS,
    START_WITHIN,
    AccessRequest,
    Approval,
    ApproveRequest,
    RequestStatus,
)
from chalicelib.domain.trail import Edit
from chalicelib.domain.values import Item
from chalicelib.domain.vending.access import AccessFacts
from chalicelib.usecases.requests.reading import RequestContext


def shorten_request(
    request: AccessRequest, approval: ApproveRequest, now: datetime
) -> AccessRequest:
    """Return the request with the shorter time that the approver allows, if they shorten it. Raise
    InvalidRequest if the time is not shorter, or is of the wrong kind."""
    if approval.duration is not None:
        if request.duration is None:
            raise bad_value("duration", "This request has an end. Shorten it with an earlier end.")
        if approval.duration > request.duration:
            raise bad_value("duration", "An approver can shorten the access, and not extend it.")
        request = replace(request, duration=approval.duration)
    if approval.ends_at is not None:
        if request.ends_at is None:
            raise bad_value(
                "ends_at", "This request has a duration. Shorten it with a shorter duration."
            )
        if approval.ends_at > request.ends_at:
            raise bad_value("ends_at", "An approver can shorten the access, and not extend it.")
        start = max(now, request.starts_at or now)
        if approval.ends_at < min(request.ends_at, start + SHORTEST_ACCESS - CLOCK_MARGIN):
            raise bad_value("ends_at", "Access lasts at least 15 minutes.")
        expires_at = min(request.expires_at, approval.ends_at)
        request = replace(request, ends_at=approval.ends_at, expires_at=expires_at)
    return request


def list_preconditions(
    context: RequestContext, facts: AccessFacts, counting: tuple[Approval, ...]
) -> list[Item]:
    """Return the items that must not change before the approval is written: the policy, the asker,
    their grant, the engagement, the role, and the other approvers who count."""
    approvers = context.approvers
    people: list[Item | None] = [
        approvers.client.get(each.by) if each.is_client else approvers.members.get(each.by)
        for each in counting
    ]
    # The policy in force follows from this read of the engagement, not from the facts' later one.
    rules = [context.engagement, *context.policies]
    items = [facts.member, facts.role, facts.grant, *people, *rules]
    return [item for item in items if item is not None]


def open_access(
    request: AccessRequest,
    facts: AccessFacts,
    now: datetime,
    *,
    decided_by: str,
    words: str,
) -> tuple[AccessRequest, ApprovedGrant, list[Edit]]:
    """Return the approved request, the approved grant, and the edits that write the grant with the
    records of its approvers. Raise Conflict if the member has three approved grants of the role
    that are not over."""
    free = find_free_number(facts.approved_grants, request.stops, now)
    if free is None:
        raise Conflict(Reason.TOO_MANY_APPROVED_GRANTS)
    number, previous = free
    # The clock of the function that vends may be behind this one.
    starts_at = request.starts_at or now - CLOCK_MARGIN
    grant = ApprovedGrant(
        engagement=request.engagement,
        member=request.member,
        role=request.role,
        number=number,
        request=request.id,
        starts_at=starts_at,
        ends_at=request.ends_at or now + START_WITHIN,
        duration=request.duration,
        client_approved=any(each.is_client for each in request.approvals),
        created_at=now,
        stops=request.stops,
    )
    grant = take_number(grant, previous)
    latest_end = grant.started(grant.ends_at).ends_at if grant.needs_start else grant.ends_at
    records = [_build_record(request, each, number, latest_end) for each in request.approvals]
    changed = replace(
        request,
        status=RequestStatus.APPROVED,
        decided_at=now,
        decided_by=decided_by,
        decision=words,
        number=number,
    )
    return changed, grant, [(previous, grant), *((None, each) for each in records)]


def _build_record(
    request: AccessRequest, approval: Approval, number: str, ends_at: datetime
) -> GivenApproval:
    """Return the record that this approver helped to open the access."""
    by, is_client = approval.by, approval.is_client
    return GivenApproval(
        approver=client_approver_key(request.engagement, by) if is_client else by,
        request=request.id,
        engagement=request.engagement,
        member=request.member,
        role=request.role,
        number=number,
        ends_at=ends_at,
    )
