"""Read the page of one request: what it asks for, who decided it, and the sessions that it gave.

The page takes four calls at most.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.moments import CLOCK_MARGIN
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import (
    CLIENT,
    find_missing,
    list_waiting_for,
    with_approval,
)
from chalicelib.domain.requests.emergencies import find_review_problem
from chalicelib.domain.requests.requests import (
    START_WITHIN,
    AccessRequest,
    Approval,
    RequestStatus,
)
from chalicelib.domain.trail import Action, Entry, TrailQuery
from chalicelib.domain.values import Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.intents import LONGEST_VEND
from chalicelib.domain.web.requests.sessions import RequestSession, list_request_sessions
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.lists import PAGE_SIZE
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.reading import (
    RequestContext,
    build_context,
    find_request,
    list_related_keys,
    may_see,
)
from chalicelib.usecases.requests.refusing import refuse
from chalicelib.usecases.web.engagements.waiting import select_approvers
from chalicelib.usecases.web.parts import read_part
from chalicelib.usecases.web.requests.pending_requests import PendingRow, build_row

_MAX_ENTRIES = 600
"""How many entries of the member's vends in the engagement are read. A session has two or three."""


class RequestPage(Value, frozen=True, kw_only=True):
    """The content of the page of one request."""

    row: PendingRow
    opened: ApprovedGrant | None
    """The access that the request opened. None if it opened none, or that access is over for
    long."""
    may_withdraw: bool
    may_start: bool
    """True if the caller can start the access, so that its duration begins."""
    may_end: bool
    """True if the caller can give the access back."""
    may_revoke: bool
    """True if the caller can revoke the access of someone else."""
    may_review: bool
    review_problem: Reason | None
    """Why the lead may not review the request as an emergency. None for others than leads."""
    waiting_after_approval: tuple[str, ...]
    """The approvers that the request would still wait for after the caller's approval."""
    client_approvers: tuple[str, ...] | None
    """The names of the people at the client who may approve the request. None if it does not wait
    for the client, if the caller may not know them, or if they could not be read."""
    sessions: tuple[RequestSession, ...] | None
    """The sessions under the request, the latest first. None if they could not be read."""
    has_more_sessions: bool

    @property
    def request(self) -> AccessRequest:
        return self.row.request

    @property
    def engagement(self) -> Engagement | None:
        return self.row.engagement


def read_request_page(
    ports: Ports, caller: Caller, request_id: str, *, with_sessions: bool = True
) -> RequestPage:
    """Return the page of the request. Raise NotFound, and record that, if there is none or the
    caller may not know of it."""
    now = ports.now()
    request = find_request(ports, request_id)
    if request is None:
        raise refuse(ports, caller, Action.READ, Reason.NO_SUCH_REQUEST, request_id)
    keys: list[MixedKey] = [
        *list_related_keys([request]),
        (Block, (EVERYTHING,)),
        (Block, (request.engagement,)),
    ]
    items = ports.state.get_together(keys)
    context = build_context(items, request, now)
    is_visible = caller.member.kind in READERS or caller.member.id == request.member
    if not is_visible and (context is None or not may_see(context, caller.member)):
        raise refuse(ports, caller, Action.READ, Reason.NO_SUCH_REQUEST, request)
    opened = context.opened if context is not None else None
    row = build_row(items, request, caller, now)
    entries: Sequence[Entry] | None = ()
    if with_sessions and request.status is RequestStatus.APPROVED:
        entries = read_part(partial(_read_entries, ports, request))
    is_open = opened is not None and opened.is_current_or_upcoming(now)
    is_lead = caller.member.kind is Kind.LEAD
    review_problem = find_review_problem(request, caller, now) if is_lead else None
    return RequestPage(
        row=row,
        opened=opened,
        may_withdraw=row.is_own and request.status_at(now) is RequestStatus.PENDING,
        may_start=row.is_own and is_open and opened is not None and opened.needs_start,
        may_end=row.is_own and is_open,
        may_revoke=is_lead and is_open and not row.is_own,
        may_review=is_lead and review_problem is None,
        review_problem=review_problem,
        waiting_after_approval=(
            _list_waiting_after_approval(context, caller, now) if context is not None else ()
        ),
        client_approvers=read_part(partial(_read_client_approvers, ports, request))
        if CLIENT in row.view.waiting_for and caller.member.kind in READERS
        else None,
        sessions=list_request_sessions(entries, request.id) if entries is not None else None,
        has_more_sessions=entries is not None and len(entries) >= _MAX_ENTRIES,
    )


def _list_waiting_after_approval(
    context: RequestContext, caller: Caller, now: datetime
) -> tuple[str, ...]:
    request, policy = context.request, context.policy
    counting = context.counting
    approvals = with_approval(counting, Approval(by=caller.member.id, at=now))
    if find_missing(approvals, policy).is_nothing:
        return ()
    return list_waiting_for(request.member, policy, approvals)


def _read_client_approvers(ports: Ports, request: AccessRequest) -> tuple[str, ...]:
    """Return the names of the people at the client who may approve requests, in two calls."""
    page = ports.state.list(ClientApprover, limit=PAGE_SIZE, engagement=request.engagement)
    return select_approvers(page.items)


def _read_entries(ports: Ports, request: AccessRequest) -> Sequence[Entry]:
    """Return the entries of the member's vends in the engagement while the request's access could
    be open."""
    query = TrailQuery(
        since=request.created_at - CLOCK_MARGIN,
        until=find_last_moment(request) + LONGEST_VEND + CLOCK_MARGIN,
        engagement=request.engagement,
        member=request.member,
        vends_only=True,
        limit=_MAX_ENTRIES,
    )
    return ports.trail.page(query).items


def find_last_moment(request: AccessRequest) -> datetime:
    """Return the latest time at which the access of the approved request can be open."""
    if request.ends_at is not None:
        return request.ends_at
    decided_at = request.decided_at or request.created_at
    return decided_at + START_WITHIN + timedelta(seconds=request.duration or 0, minutes=17)
