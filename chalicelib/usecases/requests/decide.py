"""Approve or deny a request: by a member, or by an approver at the client.

An approval that completes the policy writes the request, the approved grant, and a record for each
approver in one transaction. Its preconditions are all items that the decision rests on. A stop of
one of them (a stored revocation) changes the stops that the approved grant must match, so an
approval that arrives after a revocation opens nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.client_approvers import ApproverLink, ClientApprover
from chalicelib.domain.errors import InvalidRequest, NotFound
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import (
    find_missing,
    find_opening_problem,
    find_status_problem,
    list_waiting_for,
    with_approval,
)
from chalicelib.domain.requests.requests import (
    AccessRequest,
    ApproveRequest,
    RequestStatus,
)
from chalicelib.domain.requests.view import RequestView, build_view, describe_span
from chalicelib.domain.text import join_words
from chalicelib.domain.trail import Action, Edit
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.access import CallerKind
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import retry_on_conflict, write
from chalicelib.usecases.requests.client.counting import explain_not_counting, read_status
from chalicelib.usecases.requests.deciders import (
    ClientDecider,
    Decider,
    MemberDecider,
    find_problem,
)
from chalicelib.usecases.requests.new_rights import explain_new_right
from chalicelib.usecases.requests.opening import (
    list_preconditions,
    open_access,
    shorten_request,
)
from chalicelib.usecases.requests.reading import (
    RequestContext,
    read_facts,
    read_view,
)
from chalicelib.usecases.requests.refusing import refuse, require_visible

NOT_COUNTING = (Reason.RIGHT_TOO_NEW, Reason.NOT_CONFIRMED)


def approve_request(
    ports: Ports,
    caller: Caller,
    request_id: str,
    approval: ApproveRequest,
    *,
    since: datetime | None = None,
) -> RequestView:
    """Approve the request as this member, and return it. With the last missing approval it opens
    the access. If an approval of theirs from `since` or later is stored, change nothing: it is this
    one, and its answer was lost. By default, `since` is now.

    Raise NotFound if there is no such request, or the caller may not know of it. Raise AccessDenied
    if the caller may not approve it, or while access is frozen or paused. Raise Conflict if the
    request was decided, has expired, or can open nothing any more. Raise InvalidRequest if the
    approval would extend the access.
    """
    begun_at = since or ports.now()

    def attempt(by: Caller) -> RequestView:
        return _approve(ports, MemberDecider(by, approval.caller), request_id, approval, begun_at)

    return retry_on_conflict(ports, caller, attempt)


def deny_request(
    ports: Ports,
    caller: Caller,
    request_id: str,
    *,
    why: str,
    kind: CallerKind = CallerKind.PERSON,
) -> RequestView:
    """Deny the request as this member, and return it. Raise the same errors as `approve_request`,
    but denying is allowed in every case in which it only takes access away."""
    since = ports.now()

    def attempt(by: Caller) -> RequestView:
        return _deny(ports, MemberDecider(by, kind), request_id, why, since)

    return retry_on_conflict(ports, caller, attempt)


def approve_as_client(
    ports: Ports,
    link: ApproverLink,
    approver: ClientApprover,
    request_id: str,
    approval: ApproveRequest,
    *,
    address: str = "",
) -> RequestView:
    """Approve the request as the client's approver who has this link, and return it. Raise the same
    errors as `approve_request`."""
    since = ports.now()
    return _as_client(
        ports,
        ClientDecider(link, approver, address),
        lambda decider: _approve(ports, decider, request_id, approval, since),
    )


def deny_as_client(
    ports: Ports,
    link: ApproverLink,
    approver: ClientApprover,
    request_id: str,
    *,
    why: str,
    address: str = "",
) -> RequestView:
    """Deny the request as the client's approver who has this link, and return it. Raise the same
    errors as `deny_request`."""
    since = ports.now()
    return _as_client(
        ports,
        ClientDecider(link, approver, address),
        lambda decider: _deny(ports, decider, request_id, why, since),
    )


def _as_client(
    ports: Ports, decider: ClientDecider, decide: Callable[[ClientDecider], RequestView]
) -> RequestView:
    """Decide as the client's approver. Each attempt reads the link and the approver again."""

    def attempt(_: object) -> RequestView:
        link = ports.state.get(ApproverLink, *decider.link.key)
        approver = ports.state.get(ClientApprover, *decider.approver.key)
        if link is None or approver is None:
            raise NotFound(Reason.NO_SUCH_REQUEST)
        if not link.is_valid(ports.now()) or not link.belongs_to(approver):
            raise NotFound(Reason.NO_SUCH_REQUEST)
        lead = ports.state.get(Member, approver.responsible_lead)
        return decide(replace(decider, link=link, approver=approver, lead=lead))

    return retry_on_conflict(ports, decider.actor, attempt)


def _require_visible(
    ports: Ports, decider: Decider, request_id: str, action: Action
) -> RequestContext:
    """Return the request with its context, if the decider may know of it. A client's attempt is
    recorded in the client's own engagement, and in no other."""
    return require_visible(
        ports,
        decider.actor,
        action,
        request_id,
        decider.may_see,
        engagement=decider.engagement,
    )


def _approve(
    ports: Ports, decider: Decider, request_id: str, approval: ApproveRequest, since: datetime
) -> RequestView:
    """Make one attempt to approve the request. `since` is when the first attempt began."""
    now = ports.now()
    action = Action.REQUEST_APPROVE
    context = _require_visible(ports, decider, request_id, action)
    request, policy = context.request, context.policy
    if _is_own_approval(request, decider, since):
        return read_view(ports, request)  # an earlier attempt wrote it, and its answer was lost
    counting = context.counting
    new = decider.approval(now)
    facts = read_facts(ports, request.member, request.engagement, request.role)
    problem = find_problem(decider, context, find_opening_problem(request, facts, now), now)
    if problem is not None:
        detail = _explain(ports, decider, context, problem, now)
        raise refuse(ports, decider.actor, action, problem, request, detail=detail)
    changed = shorten_request(request, approval, now)
    changed = next_version(changed, approvals=with_approval(counting, new))
    waiting_for: tuple[str, ...] = ()
    opened: ApprovedGrant | None = None
    edits: list[Edit] = []
    if find_missing(changed.approvals, policy).is_nothing:
        changed, opened, edits = open_access(
            changed, facts, now, decided_by=decider.decided_by, words=approval.reason
        )
    else:
        waiting_for = list_waiting_for(changed.member, policy, changed.approvals)
    details = {
        "said": approval.reason,
        "span": describe_span(changed),
        "waiting_for": join_words(waiting_for) if waiting_for else "",
        "expires_at": rfc3339(changed.expires_at) if waiting_for else "",
        **decider.details,
    }
    write(
        ports,
        decider.actor,
        action,
        (request, changed),
        *edits,
        preconditions=list_preconditions(context, facts, counting),
        details=details,
    )
    return build_view(changed, context.engagement, policy, changed.approvals, opened, now)


def _deny(
    ports: Ports, decider: Decider, request_id: str, why: str, since: datetime
) -> RequestView:
    """Make one attempt to deny the request. `since` is when the first attempt began."""
    if not why:
        raise InvalidRequest(Reason.DENIAL_NEEDS_WORDS, field="reason")
    now = ports.now()
    action = Action.REQUEST_DENY
    context = _require_visible(ports, decider, request_id, action)
    request = context.request
    if _is_own_denial(request, decider, since):
        return read_view(ports, request)  # an earlier attempt wrote it, and its answer was lost
    problem = decider.find_problem(context) or find_status_problem(request, now)
    if problem is not None:
        raise refuse(ports, decider.actor, action, problem, request)
    changed = next_version(
        request,
        status=RequestStatus.DENIED,
        decided_at=now,
        decided_by=decider.decided_by,
        decision=why,
    )
    details = {"said": why, **decider.details}
    write(
        ports,
        decider.actor,
        action,
        (request, changed),
        preconditions=context.policies,
        details=details,
    )
    return build_view(changed, context.engagement, context.policy, (), None, now)


def _explain(
    ports: Ports, decider: Decider, context: RequestContext, problem: Reason, now: datetime
) -> str:
    """Return from when the decider's right counts, and who can approve meanwhile, if their right is
    the problem."""
    if isinstance(decider, ClientDecider) and problem in NOT_COUNTING:
        status = read_status(ports, context.engagement, decider.approver)
        return explain_not_counting(ports, context.engagement, status)
    if isinstance(decider, MemberDecider) and problem is Reason.RIGHT_TOO_NEW:
        return explain_new_right(ports, context, decider.actor, now)
    return ""


def _is_own_approval(request: AccessRequest, decider: Decider, since: datetime) -> bool:
    """Return whether this person's approval is stored already, made at `since` or later."""
    own = decider.approval(since)
    return any(
        (each.by, each.is_client) == (own.by, own.is_client) and each.at >= since
        for each in request.approvals
    )


def _is_own_denial(request: AccessRequest, decider: Decider, since: datetime) -> bool:
    """Return whether this person has denied the request already, at `since` or later."""
    is_own = request.status is RequestStatus.DENIED and request.decided_by == decider.decided_by
    return is_own and request.decided_at is not None and request.decided_at >= since
