"""Show a request as the caller sees it: what they can do with it, what that will do, and why they
cannot do the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial

from msgspec.structs import asdict, replace

from chalicelib.domain.moments import CLOCK_MARGIN
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import (
    CLIENT,
    find_decider_problem,
    find_missing,
    find_status_problem,
    list_waiting_for,
    with_approval,
)
from chalicelib.domain.requests.effects import describe_step
from chalicelib.domain.requests.emergencies import find_review_problem
from chalicelib.domain.requests.requests import (
    START_WITHIN,
    AccessRequest,
    Approval,
    ApproveRequest,
    RequestStatus,
)
from chalicelib.domain.requests.sessions import list_request_sessions
from chalicelib.domain.requests.view import RequestDetail, RequestRow, RequestStep
from chalicelib.domain.trail import Action, Entry, TrailQuery
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.intents import LONGEST_VEND
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.lists import read_part
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.deciders import MemberDecider, find_problem
from chalicelib.usecases.requests.new_rights import explain_new_right
from chalicelib.usecases.requests.opening import shorten_request
from chalicelib.usecases.requests.policies import list_client_approvers
from chalicelib.usecases.requests.reading import RequestContext, may_see, show
from chalicelib.usecases.requests.refusing import build_problem, refuse, require_visible

_MAX_ENTRIES = 600
"""How many entries of the member's vends in the engagement are read. A session has two or three."""


def build_row(context: RequestContext, caller: Caller, now: datetime) -> RequestRow:
    """Return the request as the caller sees it."""
    problems = _find_problems(context, caller, now)
    needs_firm = not find_missing(context.counting, context.policy).is_only_client
    step = RequestStep.REVIEW if context.request.is_emergency else RequestStep.APPROVE
    return RequestRow(
        **asdict(show(context, now)),
        you_may=tuple(step for step, problem in problems.items() if problem is None),
        waits_for_you=problems[RequestStep.APPROVE] is None and needs_firm,
        problem=problems[step],
    )


def _find_problems(
    context: RequestContext, caller: Caller, now: datetime
) -> Mapping[RequestStep, Reason | None]:
    """Return why the caller cannot take each step."""
    request, opened, me = context.request, context.opened, caller.member
    status_problem = find_status_problem(request, now)
    opening_problem = Reason.REQUEST_ENDED if context.has_ended else context.block
    not_own = None if request.member == me.id else Reason.NO_SUCH_REQUEST
    not_lead = None if me.kind is Kind.LEAD else Reason.LEAD_ONLY
    is_open = opened is not None and opened.is_current_or_upcoming(now)
    not_open = None if is_open else Reason.NO_OPEN_ACCESS
    has_begun = opened is None or not opened.needs_start
    return {
        RequestStep.APPROVE: find_problem(MemberDecider(caller), context, opening_problem, now),
        RequestStep.DENY: find_decider_problem(request, context.policy, me, CallerKind.PERSON)
        or status_problem,
        RequestStep.WITHDRAW: not_own or status_problem,
        RequestStep.START: not_own or not_open or (Reason.NO_OPEN_ACCESS if has_begun else None),
        RequestStep.END: not_own or not_open,
        RequestStep.REVOKE: not_lead or not_open or (None if not_own else Reason.OWN_REQUEST),
        RequestStep.REVIEW: not_lead or find_review_problem(request, caller, now),
    }


def show_request(ports: Ports, caller: Caller, request_id: str) -> RequestDetail:
    """Return the request. Raise NotFound if there is none, or the caller may not know of it."""
    return _build_detail(ports, caller, _require_visible(ports, caller, request_id))


def preview_step(
    ports: Ports,
    caller: Caller,
    request_id: str,
    step: RequestStep,
    approval: ApproveRequest | None = None,
    *,
    attempt: Action | None = None,
) -> tuple[RequestDetail, tuple[str, ...]]:
    """Return the request, and what the step will do. With `approval`, return the request as this
    approval would shorten it. Raise the refusal that the step would raise. Record it only if the
    caller attempts this action already: by default, they look at a form."""
    context, now = _require_visible(ports, caller, request_id), ports.now()
    problem = _find_problems(context, caller, now)[step]
    if problem is not None:
        is_new = step is RequestStep.APPROVE and problem is Reason.RIGHT_TOO_NEW
        detail = explain_new_right(ports, context, caller, now) if is_new else ""
        if attempt is None:
            raise build_problem(problem, context.request, detail)
        raise refuse(ports, caller, attempt, problem, context.request, detail=detail)
    if approval is not None:
        context = replace(context, request=shorten_request(context.request, approval, now))
    shown = _build_detail(ports, caller, context, with_sessions=step is RequestStep.END)
    return shown, describe_step(step, shown, shown.waiting_after_yours, shown.sessions, now)


def _require_visible(ports: Ports, caller: Caller, request_id: str) -> RequestContext:
    return require_visible(
        ports,
        caller,
        Action.READ,
        request_id,
        lambda each: may_see(each.request, each.policy, caller.member),
    )


def _build_detail(
    ports: Ports, caller: Caller, context: RequestContext, *, with_sessions: bool = True
) -> RequestDetail:
    now, policy = ports.now(), context.policy
    row, request = build_row(context, caller, now), context.request
    entries: Sequence[Entry] | None = ()
    if with_sessions and request.status is RequestStatus.APPROVED:
        entries = read_part(partial(_read_entries, ports, request))
    sessions = None if entries is None else list_request_sessions(entries, request.id)
    client = None
    if CLIENT in row.waiting_for and caller.member.kind in READERS:
        client = read_part(partial(list_client_approvers, ports, request.engagement))
    approvals = with_approval(context.counting, Approval(by=caller.member.id, at=now))
    is_last = find_missing(approvals, policy).is_nothing
    waiting = () if is_last else list_waiting_for(request.member, policy, approvals)
    return RequestDetail(
        **asdict(row),
        effects={step: describe_step(step, row, waiting, sessions, now) for step in row.you_may},
        waiting_after_yours=waiting,
        client_approvers=None if client is None else tuple(sorted(each.name for each in client)),
        sessions=sessions,
        has_more_sessions=entries is not None and len(entries) >= _MAX_ENTRIES,
    )


def _read_entries(ports: Ports, request: AccessRequest) -> Sequence[Entry]:
    """Return the entries of the member's vends in the engagement while the request's access could
    be open."""
    query = TrailQuery(
        since=request.created_at - CLOCK_MARGIN,
        until=_find_last_moment(request) + LONGEST_VEND + CLOCK_MARGIN,
        engagement=request.engagement,
        member=request.member,
        vends_only=True,
        limit=_MAX_ENTRIES,
    )
    return ports.trail.page(query).items


def _find_last_moment(request: AccessRequest) -> datetime:
    """Return the latest time at which the access of the approved request can be open."""
    if request.ends_at is not None:
        return request.ends_at
    decided_at = request.decided_at or request.created_at
    return decided_at + START_WITHIN + timedelta(seconds=request.duration or 0, minutes=17)
