"""List requests as the caller sees them: those that wait, one's own, and those that have ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import StrEnum
from itertools import islice, takewhile

from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.people.members import Caller
from chalicelib.domain.requests.decisions import (
    find_approval_problem,
)
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.requests.view import RequestRow, RequestStep
from chalicelib.domain.values import Page
from chalicelib.domain.vending.access import CallerKind
from chalicelib.usecases.admission import EVERYONE, READERS
from chalicelib.usecases.lists import PAGE_SIZE, iterate_list, pick, read_again
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.reading import (
    list_decided,
    list_own,
    list_policy_keys,
    may_see,
    read_contexts,
)
from chalicelib.usecases.requests.steps import build_row
from chalicelib.usecases.selections import (
    Chip,
    Column,
    Question,
    SearchFilters,
    Selection,
    Span,
    WholeList,
    build_in_parts,
    select,
)

LOOK_BACK = timedelta(days=30)
"""For how long Daypass lists a request after its decision or its expiry, and a member's own."""
_PER_READ = 50
"""How many listed requests are read again at a time."""


class RequestPart(StrEnum):
    """The requests to list."""

    UNDECIDED = "undecided"
    """They can still be approved, the first to expire first."""
    WAITING = "waiting"
    """They wait for you."""
    DECIDED = "decided"
    """They were decided in the last 30 days, the latest first."""
    EXPIRED = "expired"
    """They expired in the last 30 days, the earliest first."""
    OWN = "own"
    """Your own of the last 30 days, the latest first."""
    OPEN = "open"
    """Your own that no one has decided, or whose access is not over."""


_OF_CALLER = (RequestPart.OWN, RequestPart.OPEN)


class RequestFilters(SearchFilters):
    """The requests to list."""

    part: RequestPart = RequestPart.UNDECIDED
    engagement: EngagementId = ""
    """List only the requests of this engagement."""


def list_requests(ports: Ports, caller: Caller, filters: RequestFilters) -> Selection[RequestRow]:
    """Return a page of the requests that the caller may see: their own, those that they may decide
    or have decided, and all for leads and auditors."""
    return select(_REQUESTS, _COLUMNS, ports, caller, filters)


def _list_items(
    ports: Ports, caller: Caller, filters: RequestFilters, span: Span
) -> Page[AccessRequest]:
    """Read the first `limit` requests of the list, and return those that the filters select and the
    caller may see. They can be fewer than `limit`, or none. The cursor only shows that the list is
    longer. No caller asks for a next page, because `_REQUESTS` is not listed by ID (`has_ids`)."""
    limit: int = span["limit"]
    listed = list(islice(_list_part(ports, caller.member.id, filters.part), limit + 1))
    requests = [each for each in listed[:limit] if filters.engagement in ("", each.engagement)]
    if filters.part is not RequestPart.OWN:
        requests = _select_visible(ports, caller, filters.part, requests)
    return Page(tuple(requests), listed[limit - 1].id if len(listed) > limit else "")


def _list_part(ports: Ports, member: str, part: RequestPart) -> Iterable[AccessRequest]:
    """Return the requests from which `_select_visible` and `_belongs` select the part: the member's
    own, or everyone's in the stored list that the part belongs to. They have the part's order."""
    now, oldest = ports.now(), ports.now() - LOOK_BACK
    if part in _OF_CALLER:
        return list_own(ports, member, oldest)[::-1]  # the latest first
    if part is RequestPart.DECIDED:
        return list_decided(ports, oldest)
    # The other list has the undecided requests, the first to expire first.
    if part is RequestPart.EXPIRED:
        first = format_sortable(oldest)
        listed = iterate_list(ports.state, AccessRequest, PAGE_SIZE, first)
        return takewhile(lambda each: each.expires_at <= now, listed)
    return iterate_list(ports.state, AccessRequest, PAGE_SIZE, format_sortable(now))


def _build_rows(
    ports: Ports, caller: Caller, filters: RequestFilters, listed: Sequence[AccessRequest]
) -> list[RequestRow]:
    """Return the requests as they are stored now, because a list may lag behind. Leave out those
    that no longer belong to the part that the filters choose, such as the undecided ones."""

    def build(requests: Sequence[AccessRequest]) -> list[RequestRow]:
        stored = read_again(ports.state, AccessRequest, (each.key for each in requests))
        return [build_row(each, caller) for each in read_contexts(ports, stored)]

    rows = build_in_parts(ports, listed, _PER_READ, build)
    return [row for row in rows if _belongs(row, filters.part)]


def _select_visible(
    ports: Ports, caller: Caller, part: RequestPart, requests: Sequence[AccessRequest]
) -> list[AccessRequest]:
    """For the part WAITING, return the requests that the caller could approve now. For the other
    parts, return those that they may see."""
    if part is not RequestPart.WAITING and caller.member.kind in READERS:
        return list(requests)
    keys: list[MixedKey] = [
        (ApprovalPolicy, key) for request in requests for key in list_policy_keys(request)
    ]
    policies = ports.state.get_together(dict.fromkeys(keys))

    def may_be_shown(request: AccessRequest) -> bool:
        stored = (pick(policies, ApprovalPolicy, *key) for key in list_policy_keys(request))
        default = ApprovalPolicy(engagement=request.engagement, role=request.role)
        # The keys begin with the role's own policy. Unlike `build_effective_policy`, leave out a
        # required approval by the client: the rules below concern only members of the firm.
        policy = next((each for each in stored if each is not None), default)
        if part is not RequestPart.WAITING:
            return may_see(request, policy, caller.member)
        kind, now = CallerKind.PERSON, ports.now()
        return find_approval_problem(request, policy, caller, kind, now) is None

    return [request for request in requests if may_be_shown(request)]


def _belongs(row: RequestRow, part: RequestPart) -> bool:
    """Return whether the request, as it is stored now, still belongs to the part."""
    if part is RequestPart.WAITING:
        return row.waits_for_you
    if part is RequestPart.UNDECIDED:
        return bool(row.waiting_for)
    if part is RequestPart.OPEN:
        return not {RequestStep.WITHDRAW, RequestStep.END}.isdisjoint(row.you_may)
    return part is not RequestPart.EXPIRED or row.status is RequestStatus.EXPIRED


_COLUMNS = (
    Column("id", "Request"),
    Column("member", "Member"),
    Column("target", "Engagement/role"),
    Column("span", "Access", 3),
    Column("reason", "Reason", 2),
    Column("status", "Status"),
    Column("message", ""),
)
_REQUESTS: WholeList[RequestRow, RequestFilters] = WholeList(
    list_items=_list_items,
    build_rows=_build_rows,
    has_ids=False,
    key="id",
    searched=("id", "member", "target", "client", "account_id", "reason"),
    chips=(
        Chip("for-you", "Waiting for you", "waits_for_you", frozenset({"yes"})),
        *(
            Chip(each.value, each.value.capitalize(), "status", frozenset({each}))
            for each in RequestStatus
        ),
    ),
)
REQUESTS: Question[RequestRow, RequestFilters] = Question(
    name="requests",
    title="Requests",
    kinds=EVERYONE,
    columns=_COLUMNS,
    empty="There are no requests in this list.",
    rows=_REQUESTS,
)
