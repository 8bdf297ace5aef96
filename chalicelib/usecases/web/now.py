"""Read the page Now: the live sessions, the requests that wait, and the last overview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.lists import Page
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Member
from chalicelib.domain.requests.decisions import (
    find_approval_problem,
    find_missing,
    has_approved,
)
from chalicelib.domain.requests.requests import AccessRequest
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.values import Item, Value
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole, find_shut_role, show_shut_role
from chalicelib.domain.vending.session_states import (
    SessionCount,
    SessionState,
    count_sessions,
    describe_sessions,
)
from chalicelib.domain.vending.sessions import Session
from chalicelib.domain.web.overview.overview import Ending, Overview
from chalicelib.domain.web.overview.unused import UnusedGrants
from chalicelib.usecases.lists import pick, pick_block, read_part
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.reading import build_context, list_related_keys, show
from chalicelib.usecases.vending.sessions import list_sessions
from chalicelib.usecases.web.role_cut_offs import list_cut_off_keys, pick_cut_offs

SESSIONS_SHOWN = 10
SESSIONS_PER_PAGE = 25
SESSIONS_COUNTED = 50
"""Now says "50 or more" beyond this number."""
CUT_OFFS_READ = 100
"""The roles with a cut-off, or shut, that Now reads. Those of the sessions shown are read in any
case."""
SHUT_SHOWN = 5
REQUESTS_READ = 13
"""The requests that Now reads: those that expire first. With the sessions shown, their items are at
most 300 keys, which are three calls."""

_Items = Mapping[MixedKey, Item]


class RequestRow(Value, frozen=True, kw_only=True):
    """An undecided request."""

    request: AccessRequest
    view: RequestView | None
    """The request as people see it. None if its engagement does not exist."""
    waits_for_me: bool


class NowPage(Value, frozen=True, kw_only=True):
    """Everything that the page Now shows. A part is None if it could not be read."""

    freeze: Block | None
    """The freeze in force."""
    pauses: tuple[Block, ...]
    """The clients' pauses in force, of the engagements on this page."""
    has_blocks: bool
    """False if the freeze and the pauses could not be read."""
    sessions: tuple[Session, ...] | None
    """The sessions that may be alive, latest first."""
    states: Mapping[str, SessionState]
    """The state of each session shown, by its ID."""
    count: SessionCount
    """The number of all sessions that were read, by state."""
    has_cut_offs: bool
    """False if the cut-offs could not be read, so that a session shown as live may be cut off."""
    shut: tuple[ShutRole, ...]
    """The roles that Daypass shut last and that the client has to release."""
    more_shut: int
    """The number of roles shut earlier. The client may have removed Daypass's access since."""
    has_more_sessions: bool
    """True if there may be more sessions than were counted."""
    requests: tuple[RequestRow, ...] | None
    """The undecided requests that expire first. Those that wait for the caller come first."""
    has_more_requests: bool
    overview: Overview | None
    """The last hourly overview. None also if there was none yet."""
    unused: UnusedGrants | None
    """The unused grants as of the last overview. None also if there was none yet."""
    names: Mapping[str, str]
    """The members' names by their IDs."""
    clients: Mapping[str, str]
    """The clients' names by the engagements' IDs."""

    @property
    def my_request_count(self) -> int:
        """Return the number of the requests shown that wait for the caller."""
        return sum(row.waits_for_me for row in self.requests or ())

    @property
    def endings(self) -> list[Ending]:
        """Return what the overview says ends soon, the earliest first."""
        overview = self.overview
        if overview is None:
            return []
        rows = (
            *overview.ending_engagements,
            *overview.ending_grants,
            *overview.ending_policies,
        )
        return sorted(rows, key=lambda row: row.ends_at)


def read_now(ports: Ports, caller: Caller) -> NowPage:
    """Return the page Now as this lead or auditor sees it, with at most seven calls to AWS."""
    listed_cut_offs = read_part(lambda: ports.state.list(RoleCutOffs, limit=CUT_OFFS_READ).items)
    shut = _find_shut(listed_cut_offs or ())
    latest = shut[:SHUT_SHOWN]
    sessions = read_part(lambda: _list_sessions(ports))
    requests = read_part(lambda: _list_requests(ports))
    shown = () if sessions is None else sessions.items[:SESSIONS_SHOWN]
    listed = () if requests is None else requests.items
    items = read_part(lambda: ports.state.get_together(_list_keys(shown, listed, latest)))
    stored = items or {}
    cut_offs = (*(listed_cut_offs or ()), *pick_cut_offs(stored))
    states = describe_sessions(() if sessions is None else sessions.items, cut_offs)
    return NowPage(
        freeze=pick_block(stored, EVERYTHING),
        pauses=tuple(
            block
            for block in stored.values()
            if isinstance(block, Block) and block.scope != EVERYTHING and block.is_in_force
        ),
        has_blocks=items is not None,
        sessions=None if sessions is None else shown,
        states=states,
        count=count_sessions(states),
        has_cut_offs=items is not None and listed_cut_offs is not None,
        shut=_show_shut_roles(latest, stored, ports.now()),
        more_shut=len(shut) - len(latest),
        has_more_sessions=sessions is not None and bool(sessions.cursor),
        requests=None
        if requests is None or items is None
        else _build_rows(ports, caller, listed, items),
        has_more_requests=requests is not None and bool(requests.cursor),
        overview=pick(stored, Overview),
        unused=pick(stored, UnusedGrants),
        names=_find_names(stored),
        clients=_find_clients(stored),
    )


class SessionsPage(Value, frozen=True, kw_only=True):
    """A page of the sessions that may be alive."""

    sessions: tuple[Session, ...] | None
    """Latest first. None if the trail could not be read."""
    states: Mapping[str, SessionState]
    """The state of each session, by its ID."""
    has_cut_offs: bool
    """False if the cut-offs could not be read."""
    cursor: str
    names: Mapping[str, str]
    """The members' names by their IDs, as far as they could be read."""
    clients: Mapping[str, str]
    """The clients' names by the engagements' IDs, as far as they could be read."""

    @property
    def count(self) -> SessionCount:
        return count_sessions(self.states)


def read_sessions(ports: Ports, cursor: str) -> SessionsPage:
    """Return a page of the sessions that may be alive, with at most five calls to AWS."""
    page = read_part(
        lambda: list_sessions(
            ports,
            limit=SESSIONS_PER_PAGE,
            cursor=cursor,
            with_given_back=True,
        )
    )
    sessions = page.items if page is not None else ()
    keys: list[MixedKey] = [(Member, (each.member,)) for each in sessions]
    keys += [(Engagement, (each.engagement,)) for each in sessions]
    keys += list_cut_off_keys(sessions, SESSIONS_PER_PAGE)
    read = read_part(lambda: ports.state.get_together(keys))
    items = read or {}
    return SessionsPage(
        sessions=None if page is None else sessions,
        states=describe_sessions(sessions, pick_cut_offs(items)),
        has_cut_offs=read is not None,
        cursor="" if page is None else page.cursor,
        names=_find_names(items),
        clients=_find_clients(items),
    )


def _find_names(items: _Items) -> dict[str, str]:
    return {each.id: each.name for each in items.values() if isinstance(each, Member)}


def _find_clients(items: _Items) -> dict[str, str]:
    return {each.id: each.client for each in items.values() if isinstance(each, Engagement)}


def _list_sessions(ports: Ports) -> Page[Session]:
    return list_sessions(
        ports,
        limit=SESSIONS_COUNTED,
        with_given_back=True,
    )


def _list_requests(ports: Ports) -> Page[AccessRequest]:
    """Return the undecided requests that expire first. Those that have expired are never read."""
    cursor = format_sortable(ports.now())
    return ports.state.list(AccessRequest, limit=REQUESTS_READ, cursor=cursor)


def _find_shut(stored: Sequence[RoleCutOffs]) -> list[ShutRole]:
    """Return the roles that Daypass shut, the last one first."""
    shut = [each for each in map(find_shut_role, stored) if each is not None]
    return sorted(shut, key=lambda each: each.shut_at, reverse=True)


def _show_shut_roles(
    shut: Sequence[ShutRole], items: _Items, now: datetime
) -> tuple[ShutRole, ...]:
    """Return those that the page shows. Their roles are not read."""
    shown = (show_shut_role(f, pick(items, Engagement, f.engagement), None, now) for f in shut)
    return tuple(filter(None, shown))


def _list_keys(
    sessions: Sequence[Session],
    requests: Sequence[AccessRequest],
    shut: Sequence[ShutRole],
) -> list[MixedKey]:
    """Return the keys of all items that the page needs besides the two lists. The requests are read
    again, because their list may lag behind."""
    engagements = {each.engagement for each in sessions} | {each.engagement for each in requests}
    engagements |= {each.engagement for each in shut}
    members = {each.member for each in sessions} | {each.member for each in requests}
    keys: list[MixedKey] = [(Overview, ()), (UnusedGrants, ()), (Block, (EVERYTHING,))]
    keys += [(kind, (each,)) for kind in (Engagement, Block) for each in sorted(engagements)]
    keys += [(Member, (each,)) for each in sorted(members)]
    keys += list_cut_off_keys(sessions, SESSIONS_SHOWN)
    keys += [(AccessRequest, each.key) for each in requests]
    return [*keys, *list_related_keys(requests)]


def _build_rows(
    ports: Ports, caller: Caller, requests: Sequence[AccessRequest], items: _Items
) -> tuple[RequestRow, ...]:
    """Return the requests that are still undecided, first those that wait for the caller."""
    fresh = [pick(items, AccessRequest, *each.key) for each in requests]
    rows = [_build_row(ports, caller, each, items) for each in fresh if each is not None]
    shown = [row for row in rows if row is not None]
    return tuple(sorted(shown, key=lambda row: not row.waits_for_me))


def _build_row(
    ports: Ports, caller: Caller, request: AccessRequest, items: _Items
) -> RequestRow | None:
    """Return the request's row, or None if it can no longer be approved."""
    now = ports.now()
    context = build_context(items, request, now)
    if not request.list_key or request.expires_at <= now:
        return None
    if context is None:
        return RequestRow(request=request, view=None, waits_for_me=False)
    if context.has_ended:
        return None
    policy = context.policy
    counting = context.counting
    problem = find_approval_problem(request, policy, caller, CallerKind.PERSON, now)
    has_decided = has_approved(counting, caller.member.id, is_client=False)
    is_missing = not find_missing(counting, policy).is_only_client
    return RequestRow(
        request=request,
        view=show(context, now),
        waits_for_me=problem is None and is_missing and not has_decided,
    )
