"""Approve or deny a request: by a member, or by an approver at the client.

An approval that completes the policy writes the request, the approved grant, and a record for each
approver in one transaction. Its preconditions are all items that the decision rests on. A stop of
one of them (a stored revocation) changes the stops that the approved grant must match, so an
approval that arrives after a revocation gives no access.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, InvalidRequest, Reason
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.members import Caller, Member
from chalicelib.domain.requests.client_decisions import MINUTE, ClientDecision, Decision
from chalicelib.domain.requests.decisions import (
    RequestContext,
    find_approval_problem,
    find_client_decider_problem,
    find_decider_problem,
    find_repeat_problem,
    find_status_problem,
    with_approval,
)
from chalicelib.domain.requests.opening import open_access, shorten_request
from chalicelib.domain.requests.policies import find_missing
from chalicelib.domain.requests.requests import Approval, ApproveRequest, RequestStatus
from chalicelib.domain.requests.view import RequestView, describe_span, explain_new_right
from chalicelib.domain.text import join_words
from chalicelib.domain.trail import CLIENT, Action, Edit
from chalicelib.domain.values import Value, next_version
from chalicelib.domain.vending.access import CallerKind
from chalicelib.usecases.ports import KickedFunction, Ports
from chalicelib.usecases.recording import SystemActor, retry_on_conflict, write
from chalicelib.usecases.requests.client.rights import (
    ApproverStatus,
    OpenedLink,
    explain_not_counting,
    open_approver_link,
    read_status,
)
from chalicelib.usecases.requests.reading import may_see, read_view
from chalicelib.usecases.requests.refusing import refuse, require_visible


class MemberDecider(Value, kw_only=False):
    """A member who decides. `caller_kind` says whether a person or an agent (a program) sent the
    decision."""

    actor: Caller
    caller_kind: CallerKind = CallerKind.PERSON
    engagement: str = ""
    leads: tuple[Member, ...] = ()

    @property
    def details(self) -> Mapping[str, str]:
        return {"caller": "" if self.caller_kind is CallerKind.PERSON else self.caller_kind}

    def approval(self, now: datetime) -> Approval:
        return Approval(by=self.actor.member.id, at=now)

    def may_see(self, context: RequestContext) -> bool:
        return may_see(context.request, context.policy, self.actor.member)

    def find_problem(self, context: RequestContext) -> Reason | None:
        """Return why this person may neither approve nor deny the request."""
        member = self.actor.member
        return find_decider_problem(context.request, context.policy, member, self.caller_kind)

    def find_approval_problem(self, context: RequestContext) -> Reason | None:
        """Return why this person may not approve the request."""
        request, policy, now = context.request, context.policy, context.now
        return find_approval_problem(request, policy, self.actor, self.caller_kind, now)

    def explain(self, context: RequestContext, problem: Reason) -> str:
        """Return from when the person's right to approve counts, and who can approve meanwhile.
        Return an empty text if their right is not the problem."""
        is_new = problem is Reason.RIGHT_TOO_NEW
        return explain_new_right(context, self.actor) if is_new else ""


class ClientDecider(Value, kw_only=False):
    """An approver at the client, who decides on the page that their link opens."""

    opened: OpenedLink
    status: ApproverStatus
    address: str

    @property
    def actor(self) -> SystemActor:
        return self.opened.actor(self.address)

    @property
    def engagement(self) -> str:
        """Return the engagement of this person. Their attempts are recorded in no other."""
        return self.opened.approver.engagement

    @property
    def leads(self) -> tuple[Member, ...]:
        """Return the leads who answer for this person."""
        return self.status.leads

    @property
    def details(self) -> Mapping[str, str]:
        return {"approver": self.opened.approver.id}

    def approval(self, now: datetime) -> Approval:
        return Approval(by=self.opened.approver.id, at=now, is_client=True)

    def may_see(self, context: RequestContext) -> bool:
        return self.engagement == context.request.engagement

    def find_problem(self, context: RequestContext) -> Reason | None:
        return find_client_decider_problem(context.policy, self.opened.approver)

    def find_approval_problem(self, context: RequestContext) -> Reason | None:
        return self.find_problem(context) or self.status.problem

    def explain(self, context: RequestContext, problem: Reason) -> str:
        # The function that decides must not read lists, so the text cannot say who else can decide.
        is_right = problem is self.status.problem
        return explain_not_counting(context.engagement, self.status) if is_right else ""


Decider = MemberDecider | ClientDecider


def find_problem(decider: Decider, context: RequestContext) -> Reason | None:
    """Return the first reason why this person may not approve the request now."""
    return (
        decider.find_approval_problem(context)
        or context.find_policy_problem()
        or find_status_problem(context.request, context.now)
        or find_repeat_problem(
            context.valid_approvals, context.policy, decider.approval(context.now)
        )
        or context.opening_problem
    )


def approve_request(
    ports: Ports,
    caller: Caller,
    request: str,
    approval: ApproveRequest,
    *,
    since: datetime | None = None,
    version: int | None = None,
) -> RequestView:
    """Approve the request as this member, and return it. The last approval that it needs opens the
    access.

    If the member has approved it at `since` (by default, now) or later, change nothing: then this
    is a retry, because the answer to the first attempt was lost. With `version`, raise Conflict if
    the request has another version: someone has changed it since the member saw it.

    Raise NotFound if there is no such request, or the caller may not know of it. Raise AccessDenied
    if the caller may not approve it, or while access is frozen or paused. Raise Conflict if the
    request was decided, has expired, or can no longer give access. Raise InvalidRequest if the
    approval would extend the access.
    """
    begun_at = since or ports.now()

    def attempt(by: Caller) -> RequestView | None:
        decider = MemberDecider(by, caller_kind=approval.caller)
        return _approve(ports, decider, request, approval, begun_at, version)

    return _require_unchanged(retry_on_conflict(ports, caller, attempt))


def deny_request(
    ports: Ports,
    caller: Caller,
    request: str,
    *,
    why: str,
    caller_kind: CallerKind = CallerKind.PERSON,
    version: int | None = None,
) -> RequestView:
    """Deny the request as this member, and return it. With `version`, raise Conflict if the request
    has another version: someone has changed it since the member saw it.

    Raise the same errors as `approve_request`, with these exceptions, because a denial gives no
    access: a member may deny while their right to approve is too new, for a sensitive role from
    Slack, and while access is frozen, paused or revoked.
    """
    since = ports.now()  # An attempt that finds the member's own denial from then on is a retry.

    def attempt(by: Caller) -> RequestView | None:  # None if the request has another version
        return _deny(ports, MemberDecider(by, caller_kind), request, why, since, version)

    return _require_unchanged(retry_on_conflict(ports, caller, attempt))


def _require_unchanged(view: RequestView | None) -> RequestView:
    """Return the view. Raise Conflict if an attempt returned None because the request has another
    version than the caller saw. The attempt does not raise it: that would cause further attempts,
    and none can succeed."""
    if view is None:
        raise Conflict(Reason.CHANGED_MEANWHILE)
    return view


def decide_on_page(ports: Ports, decision: ClientDecision) -> None:
    """Approve, shorten or deny a request as the client's approver who has the decision's link. A
    second press changes nothing. Each attempt opens the link again.

    Raise NotFound if the link is not valid, and the same errors as `approve_request`.
    """
    # An attempt that finds the approver's own decision from `since` or later is a retry.
    since, form = ports.now(), decision.form

    def attempt(_: SystemActor) -> None:
        opened = open_approver_link(ports, decision.link)
        status = read_status(ports, opened.engagement, opened.approver)
        decider = ClientDecider(opened, status, decision.address)
        if form.decision is Decision.DENY:
            _deny(ports, decider, form.request, form.words, since)
        else:
            duration = form.minutes * MINUTE if form.minutes is not None else None
            approval = ApproveRequest(duration=duration, ends_at=form.end, reason=form.words)
            _approve(ports, decider, form.request, approval, since)

    try:
        retry_on_conflict(ports, SystemActor(CLIENT), attempt)
    except Conflict as error:
        # The first press stored this approval. After a decision, a press raises REQUEST_DECIDED.
        if error.reason is not Reason.ALREADY_APPROVED_BY_YOU:
            raise
    ports.kick(KickedFunction.NOTIFY)  # the member waits for the decision


def _approve(
    ports: Ports,
    decider: Decider,
    request_id: str,
    approval: ApproveRequest,
    since: datetime,
    version: int | None = None,
) -> RequestView | None:
    """Make one attempt to approve the request, and return it. `since` is when the first attempt
    began. Return None if the request has another version than `version`."""
    actor, action = decider.actor, Action.REQUEST_APPROVE
    context = require_visible(
        ports, actor, action, request_id, decider.may_see, engagement=decider.engagement
    )
    request, now, new = context.request, context.now, decider.approval(context.now)
    if any(each.decider == new.decider and each.at >= since for each in request.approvals):
        return read_view(ports, request)  # an earlier attempt wrote it, and its answer was lost
    problem = find_problem(decider, context)
    if problem is not None:
        detail = decider.explain(context, problem)
        raise refuse(ports, actor, action, problem, request, detail=detail)
    if version not in (None, request.version):
        return None
    changed = shorten_request(request, approval, now)
    changed = replace(changed, approvals=with_approval(context.valid_approvals, new))
    details = {"said": approval.reason, "span": describe_span(changed), **decider.details}
    # `shorten_request` may have changed the time at which the request expires. The entry of an
    # approved request hides this change, because an approved request no longer expires.
    details["expires_at"] = ""
    edits: list[Edit] = []
    if find_missing(changed.approvals, context.policy).is_nothing:
        # The edits store the approved grant, too.
        changed, _grant, edits = open_access(changed, context.facts.approved_grants, now)
        changed = changed.decided(RequestStatus.APPROVED, new.decider, now, approval.reason)
    else:
        changed = next_version(changed)
        details["waiting_for"] = join_words(context.list_waiting_for(changed.approvals))
        details["expires_at"] = rfc3339(changed.expires_at)
    write(
        ports,
        actor,
        action,
        (request, changed),
        *edits,
        preconditions=[*context.list_preconditions(), *decider.leads],
        details=details,
    )
    return read_view(ports, changed)


def _deny(
    ports: Ports,
    decider: Decider,
    request_id: str,
    why: str,
    since: datetime,
    version: int | None = None,
) -> RequestView | None:
    """Make one attempt to deny the request, and return it. `since` is when the first attempt began.
    Return None if the request has another version than `version`."""
    if not why:
        raise InvalidRequest(Reason.DENIAL_NEEDS_WORDS, field="reason")
    actor, action = decider.actor, Action.REQUEST_DENY
    context = require_visible(
        ports, actor, action, request_id, decider.may_see, engagement=decider.engagement
    )
    request, by = context.request, decider.approval(context.now).decider
    is_own = (request.status, request.decided_by) == (RequestStatus.DENIED, by)
    if is_own and request.decided_at is not None and request.decided_at >= since:
        return read_view(ports, request)  # an earlier attempt wrote it, and its answer was lost
    problem = decider.find_problem(context) or find_status_problem(request, context.now)
    if problem is not None:
        raise refuse(ports, actor, action, problem, request)
    if version not in (None, request.version):
        return None
    changed = request.decided(RequestStatus.DENIED, by, context.now, why)
    details = {"said": why, **decider.details}
    preconditions = context.policies
    write(ports, actor, action, (request, changed), preconditions=preconditions, details=details)
    return read_view(ports, changed)
