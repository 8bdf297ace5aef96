"""Show a request as the caller sees it: what they can do with it, what that will do, and why they
cannot do the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import partial
from itertools import islice, takewhile

from msgspec.structs import asdict, replace

from chalicelib.domain.engagements.approved_grants import SHORTEST_SPAN
from chalicelib.domain.moments import CLOCK_MARGIN
from chalicelib.domain.people.members import Caller, Kind
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.requests.decisions import (
    RequestContext,
    find_decider_problem,
    find_status_problem,
    with_approval,
)
from chalicelib.domain.requests.effects import describe_step
from chalicelib.domain.requests.emergencies import find_confirmation_problem
from chalicelib.domain.requests.opening import shorten_request
from chalicelib.domain.requests.outcomes import list_request_sessions
from chalicelib.domain.requests.policies import CLIENT, ApprovalPolicy, find_missing
from chalicelib.domain.requests.requests import (
    START_WITHIN,
    AccessRequest,
    Approval,
    ApproveRequest,
    RequestStatus,
    member_of_request,
)
from chalicelib.domain.requests.view import (
    RequestDetail,
    RequestRow,
    RequestStep,
    build_view,
)
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Value
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.vends import LONGEST_VEND
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.lists import read_part
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.decide import MemberDecider, find_problem
from chalicelib.usecases.requests.policies import list_client_approvers
from chalicelib.usecases.requests.reading import may_see, read_contexts
from chalicelib.usecases.requests.refusing import build_problem, refuse, require_visible

_MAX_ENTRIES = 2000
"""How many entries of the member's vends, in all engagements, are read. A session has two or
three."""


def build_row(context: RequestContext, caller: Caller) -> RequestRow:
    """Return the request as the caller sees it."""
    problems = _find_problems(context, caller)
    missing = find_missing(context.valid_approvals, context.policy)
    main_step = RequestStep.CONFIRM if context.request.is_emergency else RequestStep.APPROVE
    return RequestRow(
        **asdict(build_view(context)),
        you_may=tuple(step for step, problem in problems.items() if problem is None),
        # An emergency waits for no approval. A lead who has to confirm one sees it in `you_may`.
        waits_for_you=problems[RequestStep.APPROVE] is None and not missing.is_only_client,
        problem=problems[main_step],
    )


def _find_problems(context: RequestContext, caller: Caller) -> Mapping[RequestStep, Reason | None]:
    """Return, for each step, why the caller cannot take it now, or None if they can."""
    request, opened, me, now = context.request, context.opened, caller.member, context.now
    status_problem = find_status_problem(request, now)
    is_own = request.member == me.id
    own_problem = None if is_own else Reason.NO_SUCH_REQUEST
    lead_problem = None if me.kind is Kind.LEAD else Reason.LEAD_ONLY
    has_access = opened is not None and opened.is_current_or_upcoming(now)
    access_problem = None if has_access else Reason.NO_OPEN_ACCESS
    can_start = opened is not None and opened.needs_start and has_access
    return {
        RequestStep.APPROVE: find_problem(MemberDecider(caller), context),
        RequestStep.DENY: find_decider_problem(request, context.policy, me, CallerKind.PERSON)
        or status_problem,
        RequestStep.WITHDRAW: own_problem or status_problem,
        RequestStep.START: own_problem or (None if can_start else Reason.NO_OPEN_ACCESS),
        RequestStep.END: own_problem or access_problem,
        RequestStep.REVOKE: lead_problem
        or access_problem
        or (Reason.OWN_REQUEST if is_own else None),
        RequestStep.CONFIRM: lead_problem or find_confirmation_problem(request, caller, now),
    }


def show_request(ports: Ports, caller: Caller, request: str) -> RequestDetail:
    """Return the request. Raise NotFound if there is none, or the caller may not know of it."""
    return _build_detail(ports, caller, _require_visible(ports, caller, request))


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
    approval would shorten it. Raise the refusal that the step would raise.

    `attempt` is the action that the caller has just attempted. The trail then records the refusal.
    Without `attempt`, the caller only looks at the form, and the trail records nothing.
    """
    context = _require_visible(ports, caller, request_id)
    problem, now = _find_problems(context, caller)[step], context.now
    if problem is not None:
        is_approval = step is RequestStep.APPROVE
        detail = MemberDecider(caller).explain(context, problem) if is_approval else ""
        if attempt is None:
            raise build_problem(problem, context.request, detail)
        raise refuse(ports, caller, attempt, problem, context.request, detail=detail)
    if approval is not None:
        context = replace(context, request=shorten_request(context.request, approval, now))
    shown = _build_detail(ports, caller, context, with_sessions=step is RequestStep.END)
    return shown, describe_step(step, shown, shown.waiting_after_yours, shown.sessions, now)


class CheckedRequest(Value):
    """A request with its policy, and why the caller cannot take a certain step with it."""

    row: RequestRow
    policy: ApprovalPolicy
    problem: str
    """The reason as a sentence. Empty if the caller can take the step."""


def check_requests(
    ports: Ports, caller: Caller, ids: Sequence[str], step: RequestStep
) -> dict[str, CheckedRequest]:
    """Return by ID those of the requests that the caller may know of. Each has a sentence for the
    web console if the caller cannot take this step with it."""
    keys = [(member_of_request(each), each) for each in ids]
    requests = ports.state.get_many(AccessRequest, keys)
    checked = {}
    for context in read_contexts(ports, list(requests.values())):
        if may_see(context.request, context.policy, caller.member):
            problem = _find_problems(context, caller)[step]
            text = ""
            if problem is not None:
                is_approval = step is RequestStep.APPROVE
                detail = MemberDecider(caller).explain(context, problem) if is_approval else ""
                text = build_problem(problem, context.request, detail).text(Surface.WEB)
            row = build_row(context, caller)
            checked[row.id] = CheckedRequest(row=row, policy=context.policy, problem=text)
    return checked


def _require_visible(ports: Ports, caller: Caller, request_id: str) -> RequestContext:
    """Return the request. Record the attempt and raise NotFound if there is none, or the caller may
    not know of it."""
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
    """Return the request as the caller sees it. With `with_sessions`, also read its sessions if it
    opened access. The result's `sessions` is None if they could not be read, and empty if there are
    none or they were not read on purpose."""
    now, policy = context.now, context.policy
    row, request = build_row(context, caller), context.request
    entries: Sequence[Entry] | None = ()
    if with_sessions and request.status is RequestStatus.APPROVED:
        entries = read_part(partial(_read_entries, ports, request))
    sessions = None if entries is None else list_request_sessions(entries, request.id)
    client = None  # None also if the people at the client could not be read
    # Only leads and auditors (READERS) may see the names of the client's approvers.
    if CLIENT in row.waiting_for and caller.member.kind in READERS:
        client = read_part(partial(list_client_approvers, ports, request.engagement))
    # What the request would wait for after an approval by the caller.
    approvals = with_approval(context.valid_approvals, Approval(by=caller.member.id, at=now))
    is_last = find_missing(approvals, policy).is_nothing
    waiting = () if is_last else context.list_waiting_for(approvals)
    return RequestDetail(
        **asdict(row),
        effects={step: describe_step(step, row, waiting, sessions, now) for step in row.you_may},
        waiting_after_yours=waiting,
        client_approvers=None if client is None else tuple(sorted(each.name for each in client)),
        sessions=sessions,
        has_more_sessions=entries is not None and len(entries) >= _MAX_ENTRIES,
    )


def _read_entries(ports: Ports, request: AccessRequest) -> Sequence[Entry]:
    """Return the entries of the member's vends while the request's access could be open, at most
    _MAX_ENTRIES. A request has a duration or an end.

    Read them from the first on, in all engagements. From the last on, the member's later vends in
    another engagement could fill all that is read, and hide those of the access.
    """
    decided_at = request.decided_at or request.created_at
    # Access with a duration starts at most START_WITHIN after the decision. It then lasts for its
    # duration or SHORTEST_SPAN, whichever is longer. The sum of both is an upper bound of that.
    longest = START_WITHIN + timedelta(seconds=request.duration or 0) + SHORTEST_SPAN
    last_moment = request.ends_at or decided_at + longest
    until = last_moment + LONGEST_VEND + CLOCK_MARGIN
    vends = ports.trail.vends(request.member, request.created_at - CLOCK_MARGIN)
    # An intent comes before the other entries of its vend, such as a later end of the session.
    of_access = takewhile(lambda e: e.outcome is not Outcome.INTENDED or e.at < until, vends)
    return list(islice(of_access, _MAX_ENTRIES))
