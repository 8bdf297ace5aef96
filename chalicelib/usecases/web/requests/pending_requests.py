"""Read the undecided requests, those first that wait for the caller."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.decisions import (
    counts_for_firm,
    find_approval_problem,
    find_decider_problem,
    find_missing,
    find_repeat_problem,
    find_status_problem,
    is_approver,
)
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.requests.view import RequestView, build_view
from chalicelib.domain.values import Item, Value
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.blocks import EVERYTHING, Block, find_block_reason
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.reading import (
    RequestContext,
    build_context,
    list_policy_keys,
    list_related_keys,
)

ROWS = 12
"""The most rows of undecided requests on a page. Each has up to 16 keys, so two calls read all."""
WINDOW = 100
"""How many undecided requests are judged for a page. Two calls read their policies."""


class PendingRow(Value, frozen=True, kw_only=True):
    """An undecided request, and what the caller may do with it."""

    request: AccessRequest
    view: RequestView
    engagement: Engagement | None
    """None if the engagement does not exist any more."""
    is_sensitive: bool
    is_own: bool
    problem: Reason | None
    """Why the caller may not approve the request now. None if they may."""
    may_deny: bool
    needs_members: bool = True
    """True if the approval of a member is missing. It may wait for the client alone."""

    @property
    def may_approve(self) -> bool:
        return self.problem is None

    @property
    def waits_for_caller(self) -> bool:
        """Return whether the caller's approval is missing, and they may give it now."""
        return self.may_approve and self.needs_members


class Candidates(Value, frozen=True, kw_only=True):
    """The undecided requests that the caller may see, from one part of the list."""

    waiting: tuple[AccessRequest, ...]
    """Requests that the policies let the caller approve."""
    others: tuple[AccessRequest, ...]
    cursor: str
    """The list's cursor after them. Empty at its end."""

    def choose(self, requests: Sequence[AccessRequest], rows: int) -> Page[AccessRequest]:
        """Return a page of these requests, with so many rows at most."""
        shown = tuple(requests[:rows])
        has_more = len(requests) > rows
        return Page(shown, shown[-1].list_key if has_more and shown else self.cursor)


def find_candidates(ports: Ports, caller: Caller, cursor: str) -> Candidates:
    """Return the next undecided requests that the caller may see, those that expire first at the
    front. Leads and auditors see all. Others see those that they may approve or have approved;
    their own are in a list of their own.

    This takes three calls at most, and may return no requests although more follow.
    """
    now, me = ports.now(), caller.member
    cursor = max(cursor, format_sortable(now))  # read no expired requests
    page = ports.state.list(AccessRequest, limit=WINDOW, cursor=cursor)
    keys: list[MixedKey] = [
        (ApprovalPolicy, key) for request in page.items for key in list_policy_keys(request)
    ]
    policies = ports.state.get_together(keys)
    waiting, others = [], []
    for request in page.items:
        policy = _find_policy(policies, request)
        has_own_approval = any(
            counts_for_firm(each, request, policy, me)
            for each in request.approvals
            if each.by == me.id and not each.is_client
        )
        problem = find_approval_problem(request, policy, caller, CallerKind.PERSON, now)
        if problem is None and not has_own_approval:
            waiting.append(request)
        elif me.kind in READERS or has_own_approval or _may_decide(request, policy, caller):
            others.append(request)
    return Candidates(waiting=tuple(waiting), others=tuple(others), cursor=page.cursor)


def read_rows(
    ports: Ports, caller: Caller, requests: Sequence[AccessRequest]
) -> tuple[PendingRow, ...]:
    """Read these listed requests again with all that decides about them, and return those that are
    still undecided. The list may lag behind."""
    if not requests:
        return ()
    now = ports.now()
    items = ports.state.get_together(
        [
            (Block, (EVERYTHING,)),
            *((Block, (request.engagement,)) for request in requests),
            *((AccessRequest, request.key) for request in requests),
            *list_related_keys(requests),
        ]
    )
    stored = (pick(items, AccessRequest, *request.key) for request in requests)
    return tuple(
        build_row(items, request, caller, now)
        for request in stored
        if request is not None and request.status_at(now) is RequestStatus.PENDING
    )


def build_row(
    items: Mapping[MixedKey, Item], request: AccessRequest, caller: Caller, now: datetime
) -> PendingRow:
    """Return the request as a row. `items` are those of `list_related_keys`, and the blocks. A
    request whose engagement does not exist any more is shown, too."""
    context = build_context(items, request, now)
    policy = context.policy if context is not None else _find_policy(items, request)
    counting = context.counting if context is not None else ()
    has_ended = context is None or context.has_ended
    opened = context.opened if context is not None else None
    decider_problem = find_decider_problem(request, policy, caller.member, CallerKind.PERSON)
    is_pending = request.status_at(now) is RequestStatus.PENDING
    return PendingRow(
        request=request,
        view=build_view(request, policy, counting, opened, now, has_ended=has_ended),
        engagement=context.engagement if context is not None else None,
        is_sensitive=policy.sensitive,
        is_own=request.member == caller.member.id,
        problem=_find_problem(items, request, context, caller, now),
        may_deny=decider_problem is None and is_pending,
        needs_members=not find_missing(counting, policy).is_only_client,
    )


def _find_problem(
    items: Mapping[MixedKey, Item],
    request: AccessRequest,
    context: RequestContext | None,
    caller: Caller,
    now: datetime,
) -> Reason | None:
    """Return why the caller may not approve the request now, in the order of `approve_request`."""
    if context is None:
        return Reason.REQUEST_ENDED
    policy = context.policy
    counting = context.counting
    return (
        find_approval_problem(request, policy, caller, CallerKind.PERSON, now)
        or find_status_problem(request, now)
        or find_repeat_problem(counting, policy, caller.member.id, is_client=False)
        or (Reason.REQUEST_ENDED if context.has_ended else None)
        or find_block_reason(pick(items, Block, EVERYTHING), pick(items, Block, request.engagement))
    )


def _may_decide(request: AccessRequest, policy: ApprovalPolicy, caller: Caller) -> bool:
    return request.member != caller.member.id and is_approver(caller.member, policy)


def _find_policy(items: Mapping[MixedKey, Item], request: AccessRequest) -> ApprovalPolicy:
    """Return the stored policy for the request's role, or the default, which lets no one
    approve."""
    stored = (pick(items, ApprovalPolicy, *key) for key in list_policy_keys(request))
    default = ApprovalPolicy(engagement=request.engagement, role=request.role)
    return next((policy for policy in stored if policy is not None), default)


def select_pending(requests: Iterable[AccessRequest], now: datetime) -> list[AccessRequest]:
    """Return the requests that are undecided, those that expire first at the front."""
    pending = (each for each in requests if each.status_at(now) is RequestStatus.PENDING)
    return sorted(pending, key=lambda each: each.expires_at)
