"""Read the page of requests: those that wait for the caller, those that wait for others, and how
the others ended.

The page takes seven calls at most, however many requests there are.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum
from functools import partial

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import format_latest_first, format_sortable
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.requests.outcomes import RequestOutcome
from chalicelib.domain.requests.requests import (
    DECIDED,
    MAX_OPEN_REQUESTS,
    AccessRequest,
    RequestStatus,
    earliest_id_since,
)
from chalicelib.domain.values import Value
from chalicelib.domain.web.requests.history import (
    HistorySummary,
    count_seconds_to_decision,
    find_outcome,
    summarise,
)
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.web.parts import read_part
from chalicelib.usecases.web.requests.pending_requests import (
    ROWS,
    Candidates,
    PendingRow,
    find_candidates,
    read_rows,
    select_pending,
)

HISTORY_ROWS = 20
"""The most rows of the history on a page. Each has five keys, so one call reads all."""
SHOWN_FOR = timedelta(days=30)
"""For how long the history shows a request."""
_OWN_LIMIT = 400
"""No member has so many in 30 days, except by a program."""
_LIMIT_OF_OTHERS = 200
"""How many decided requests are searched for those that a member decided."""


class RequestsPart(StrEnum):
    """A part of the page, which can be shown alone to go on in its list."""

    ALL = "all"
    WAITING = "waiting"
    """Requests that wait for the caller."""
    OTHERS = "others"
    """Requests that wait for someone else."""
    OWN = "own"
    """The member's own requests that were decided or have expired."""
    DECIDED = "decided"
    EXPIRED = "expired"
    """Requests that no one decided in time."""


class HistoryRow(Value, frozen=True, kw_only=True):
    """A request that has ended."""

    request: AccessRequest
    engagement: Engagement | None
    opened: ApprovedGrant | None
    """The access that it opened. None if it opened none, or that access is over for long."""
    outcome: RequestOutcome
    seconds: float | None
    """How long others took to decide it. None if no one else decided it."""


class History(Value, frozen=True, kw_only=True):
    """A page of requests that have ended, with the sums of the page."""

    rows: tuple[HistoryRow, ...]
    summary: HistorySummary
    cursor: str


class RequestsPage(Value, frozen=True, kw_only=True):
    """The content of the page. A part is None if it could not be read, or was not asked for."""

    part: RequestsPart
    waiting: Page[PendingRow] | None
    others: Page[PendingRow] | None
    history: History | None
    history_part: RequestsPart
    """The part that the history shows: OWN, DECIDED or EXPIRED."""


def read_requests_page(
    ports: Ports, caller: Caller, part: RequestsPart = RequestsPart.ALL, cursor: str = ""
) -> RequestsPage:
    """Return the page, or one part of it from the cursor on.

    Leads and auditors see every request. Others see their own, those that they may approve, and
    those that they decided. A request with something unknown is shown all the same.
    """
    is_reader = caller.member.kind in READERS
    if part is RequestsPart.EXPIRED and not is_reader:
        part = RequestsPart.OWN  # has those of the member that expired
    history_part = _choose_history(part, is_reader=is_reader)
    own = None
    if not is_reader and part in (RequestsPart.ALL, RequestsPart.OTHERS, RequestsPart.OWN):
        own = read_part(partial(_list_own, ports, caller, part, cursor))
    pages: tuple[Page[PendingRow], Page[PendingRow]] | None = None
    if part in (RequestsPart.ALL, RequestsPart.WAITING, RequestsPart.OTHERS):
        pages = read_part(partial(_read_pending, ports, caller, part, cursor, own))
    history = None
    if part not in (RequestsPart.WAITING, RequestsPart.OTHERS):
        history_cursor = "" if part is RequestsPart.ALL else cursor
        read = partial(_read_history, ports, caller, history_part, history_cursor, own)
        history = read_part(read)
    return RequestsPage(
        part=part,
        waiting=pages[0] if pages is not None else None,
        others=pages[1] if pages is not None and (is_reader or own is not None) else None,
        history=history,
        history_part=history_part,
    )


def _choose_history(part: RequestsPart, *, is_reader: bool) -> RequestsPart:
    """Return the part that the history shows. Only leads and auditors see the requests of others
    that expired, and have no list of their own ones."""
    if is_reader:
        return RequestsPart.EXPIRED if part is RequestsPart.EXPIRED else RequestsPart.DECIDED
    return RequestsPart.DECIDED if part is RequestsPart.DECIDED else RequestsPart.OWN


def _list_own(ports: Ports, caller: Caller, part: RequestsPart, cursor: str) -> Page[AccessRequest]:
    """Return the member's own requests of the last 30 days, the oldest first: all, or a page of the
    part OWN."""
    member = caller.member.id
    start = earliest_id_since(member, ports.now() - SHOWN_FOR)
    if part is not RequestsPart.OWN:
        return ports.state.list(AccessRequest, member=member, limit=_OWN_LIMIT, cursor=start)
    cursor = max(cursor, start)
    return ports.state.list(AccessRequest, member=member, limit=HISTORY_ROWS, cursor=cursor)


def _read_pending(
    ports: Ports,
    caller: Caller,
    part: RequestsPart,
    cursor: str,
    own: Page[AccessRequest] | None,
) -> tuple[Page[PendingRow], Page[PendingRow]]:
    """Return the undecided requests that wait for the caller, and those that wait for others."""
    candidates = find_candidates(ports, caller, cursor)
    mine: list[AccessRequest] = []
    if own is not None and not cursor:
        mine = select_pending(own.items, ports.now())[:MAX_OPEN_REQUESTS]
    waiting, others = _choose_rows(candidates, part, mine)
    rows = read_rows(ports, caller, (*waiting.items, *others.items))
    ids = {request.id for request in waiting.items}
    # What the policies let the caller approve may wait for something else.
    is_for_caller = [row.waits_for_caller and row.request.id in ids for row in rows]
    pairs = list(zip(rows, is_for_caller, strict=True))
    return (
        Page(tuple(row for row, is_mine in pairs if is_mine), waiting.cursor),
        Page(tuple(row for row, is_mine in pairs if not is_mine), others.cursor),
    )


def _choose_rows(
    candidates: Candidates, part: RequestsPart, own: Sequence[AccessRequest]
) -> tuple[Page[AccessRequest], Page[AccessRequest]]:
    """Return the requests to show in both parts, within the rows of one page."""
    nothing: Page[AccessRequest] = Page((), "")
    if part is RequestsPart.WAITING:
        return candidates.choose(candidates.waiting, ROWS), nothing
    rows = ROWS - len(own)
    waiting = nothing
    if part is RequestsPart.ALL:
        kept = min(len(candidates.others), max(rows // 3, 1))
        waiting = candidates.choose(candidates.waiting, rows - kept)
    others = candidates.choose(candidates.others, rows - len(waiting.items))
    return waiting, Page((*own, *others.items), others.cursor)


def _read_history(
    ports: Ports,
    caller: Caller,
    part: RequestsPart,
    cursor: str,
    own: Page[AccessRequest] | None,
) -> History | None:
    """Return the part of the history. None if the member's own requests could not be read."""
    now = ports.now()
    if part is RequestsPart.OWN:
        if own is None:
            return None
        page = _choose_own(own, ports)
    elif part is RequestsPart.EXPIRED:
        page = _list_expired(ports, cursor)
    else:
        page = _list_decided(ports, caller, cursor)
    keys: list[MixedKey] = []
    for request in page.items:
        keys += [(AccessRequest, request.key), (Engagement, (request.engagement,))]
        keys += [(ApprovedGrant, request.grant_key)] if request.number else []
    items = ports.state.get_together(keys) if keys else {}
    rows = []
    for listed in page.items:
        request = pick(items, AccessRequest, *listed.key) or listed
        outcome = find_outcome(request, now)
        if outcome is None:
            continue
        opened = pick(items, ApprovedGrant, *request.grant_key)
        rows.append(
            HistoryRow(
                request=request,
                engagement=pick(items, Engagement, request.engagement),
                opened=opened if opened is not None and request.has_opened(opened) else None,
                outcome=outcome,
                seconds=count_seconds_to_decision(request, now),
            )
        )
    summary = summarise((row.request for row in rows), now)
    return History(rows=tuple(rows), summary=summary, cursor=page.cursor)


def _choose_own(own: Page[AccessRequest], ports: Ports) -> Page[AccessRequest]:
    """Return those of the member's own requests that have ended, the latest first."""
    now = ports.now()
    ended = [each for each in own.items if each.status_at(now) is not RequestStatus.PENDING]
    return Page(tuple(ended[::-1][:HISTORY_ROWS]), own.cursor)


def _list_decided(ports: Ports, caller: Caller, cursor: str) -> Page[AccessRequest]:
    """Return the requests that were decided in the last 30 days, the latest first: for leads and
    auditors all, for others those that they decided."""
    is_reader = caller.member.kind in READERS
    limit = HISTORY_ROWS if is_reader else _LIMIT_OF_OTHERS
    page = ports.state.list(AccessRequest, listed_as=DECIDED, limit=limit, cursor=cursor)
    oldest = format_latest_first(ports.now() - SHOWN_FOR)
    recent = [each for each in page.items if each.list_key < oldest]
    shown = [each for each in recent if is_reader or _has_decided(each, caller)]
    next_cursor = page.cursor if len(recent) == len(page.items) else ""
    if len(shown) > HISTORY_ROWS:
        shown = shown[:HISTORY_ROWS]
        next_cursor = shown[-1].list_key
    return Page(tuple(shown), next_cursor)


def _has_decided(request: AccessRequest, caller: Caller) -> bool:
    """Return whether the member decided the request of someone else, or approved it."""
    me = caller.member.id
    approved = any(each.by == me and not each.is_client for each in request.approvals)
    return request.member != me and (request.decided_by == me or approved)


def _list_expired(ports: Ports, cursor: str) -> Page[AccessRequest]:
    """Return the requests that expired in the last 30 days, the earliest first."""
    now = ports.now()
    cursor = max(cursor, format_sortable(now - SHOWN_FOR))
    page = ports.state.list(AccessRequest, limit=HISTORY_ROWS, cursor=cursor)
    expired = tuple(each for each in page.items if each.expires_at <= now)
    return Page(expired, page.cursor if len(expired) == len(page.items) else "")
