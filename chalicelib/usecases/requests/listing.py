"""List requests as the caller sees them: those that wait, one's own, and those that have ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta
from enum import StrEnum

from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.lists import Page, RequestCursor
from chalicelib.domain.moments import format_latest_first, format_sortable
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.requests.decisions import (
    find_approval_problem,
)
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import (
    DECIDED,
    AccessRequest,
    RequestStatus,
    earliest_id_since,
)
from chalicelib.domain.requests.view import RequestRow
from chalicelib.domain.vending.access import CallerKind
from chalicelib.usecases.admission import EVERYONE, READERS
from chalicelib.usecases.lists import (
    PAGE_SIZE,
    iterate_list,
    pick,
    read_again,
)
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.questions import ROWS, ListFilters, Question
from chalicelib.usecases.requests.reading import (
    list_policy_keys,
    may_see,
    read_contexts,
)
from chalicelib.usecases.requests.steps import build_row

LOOK_BACK = timedelta(days=30)
"""For how long Daypass lists a request after its decision or its expiry, and a member's own."""
_READ = 100
"""How many listed requests are judged for a page."""
_MAX_ENTRIES = 600
"""How many entries of the member's vends in the engagement are read. A session has two or three."""


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


class OwnRequestFilters(ListFilters, frozen=True, kw_only=True):
    """A page of requests."""

    cursor: RequestCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page."""


class RequestFilters(OwnRequestFilters, frozen=True, kw_only=True):
    """The requests to list."""

    part: RequestPart = RequestPart.UNDECIDED
    engagement: EngagementId = ""
    """List only the requests of this engagement."""


def list_requests(
    ports: Ports,
    caller: Caller,
    part: RequestPart = RequestPart.UNDECIDED,
    *,
    engagement: str = "",
    limit: int = ROWS,
    cursor: str = "",
) -> Page[RequestRow]:
    """Return a page of the requests that the caller may see: their own, those that they may decide
    or have decided, and all for leads and auditors. With `engagement`, only this one's.

    A page has 25 rows at most. It may have fewer, or none, even if more follow.
    """
    limit = min(limit, ROWS)
    listed = _list(ports, caller.member.id, part, cursor)
    requests = [each for each in listed.items if engagement in ("", each.engagement)]
    if part is not RequestPart.OWN:
        requests = _select(ports, caller, part, requests)
    shown, next_cursor = requests[:limit], listed.cursor
    if len(requests) > limit:
        next_cursor = shown[-1].id if part is RequestPart.OWN else shown[-1].list_key
    # A list may lag behind.
    stored = read_again(ports.state, AccessRequest, (each.key for each in shown))
    rows = [build_row(each, caller, ports.now()) for each in read_contexts(ports, stored)]
    return Page(tuple(row for row in rows if _belongs(row, part)), next_cursor)


def _list(ports: Ports, member: str, part: RequestPart, cursor: str) -> Page[AccessRequest]:
    """Return a page of the stored list that has the part's requests."""
    now = ports.now()
    if part is RequestPart.OWN:
        since = earliest_id_since(member, now - LOOK_BACK)
        own = list(iterate_list(ports.state, AccessRequest, PAGE_SIZE, since, member=member))
        return Page(tuple(each for each in own[::-1] if not cursor or each.id < cursor), "")
    if part is RequestPart.DECIDED:
        oldest = format_latest_first(now - LOOK_BACK)
        page = ports.state.list(AccessRequest, listed_as=DECIDED, limit=_READ, cursor=cursor)
        return _cut(page, (each for each in page.items if each.list_key < oldest))
    is_expired = part is RequestPart.EXPIRED
    first = format_sortable(now - LOOK_BACK if is_expired else now)
    page = ports.state.list(AccessRequest, limit=_READ, cursor=max(cursor, first))
    if is_expired:
        return _cut(page, (each for each in page.items if each.expires_at <= now))
    return page


def _cut(page: Page[AccessRequest], kept: Iterable[AccessRequest]) -> Page[AccessRequest]:
    """Return the page with the requests to keep, which stand at its beginning. If it has others,
    none to keep follow."""
    items = tuple(kept)
    return Page(items, page.cursor if len(items) == len(page.items) else "")


def _select(
    ports: Ports, caller: Caller, part: RequestPart, requests: Sequence[AccessRequest]
) -> list[AccessRequest]:
    """Return the requests that the caller may see, or that can wait for them, by the policies."""
    if part is not RequestPart.WAITING and caller.member.kind in READERS:
        return list(requests)
    keys: list[MixedKey] = [
        (ApprovalPolicy, key) for request in requests for key in list_policy_keys(request)
    ]
    policies = ports.state.get_together(dict.fromkeys(keys))

    def may_be_shown(request: AccessRequest) -> bool:
        stored = (pick(policies, ApprovalPolicy, *key) for key in list_policy_keys(request))
        default = ApprovalPolicy(engagement=request.engagement, role=request.role)
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
    return part is not RequestPart.EXPIRED or row.status is RequestStatus.EXPIRED


def _list_as_asked(ports: Ports, caller: Caller, filters: RequestFilters) -> Page[RequestRow]:
    return list_requests(
        ports,
        caller,
        filters.part,
        engagement=filters.engagement,
        limit=filters.limit,
        cursor=filters.cursor,
    )


REQUESTS = Question(
    name="requests",
    title="Requests",
    kinds=EVERYONE,
    columns=(
        ("id", "Request"),
        ("member", "Member"),
        ("target", "Engagement/role"),
        ("span", "Access"),
        ("reason", "Reason"),
        ("message", ""),
    ),
    empty="There is no such request.",
    ask=_list_as_asked,
)
