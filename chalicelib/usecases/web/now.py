"""Read the page Now: the live sessions, the requests that wait, and the last overview."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.overview import Overview
from chalicelib.domain.engagements.unused import UnusedGrants
from chalicelib.domain.lists import Page
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.requests.view import RequestRow
from chalicelib.domain.values import Item, Value
from chalicelib.domain.vending.blocks import EVERYTHING, Block
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.cut_off.shut_roles import ShutRole, find_shut_role, show_shut_role
from chalicelib.domain.vending.session_states import ListedSession, SessionCount, count_sessions
from chalicelib.usecases.lists import pick, pick_block, read_part, read_parts
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.listing import list_requests
from chalicelib.usecases.vending.sessions import list_sessions_with_states

SESSIONS_SHOWN = 10
SESSIONS_COUNTED = 50
"""Now says "50 or more" beyond this number."""
CUT_OFFS_READ = 100
"""The roles with a cut-off that are read to find those that are shut."""
SHUT_SHOWN = 5

_Items = Mapping[MixedKey, Item]


class NowPage(Value, frozen=True, kw_only=True):
    """Everything that the page Now shows. A part is None if it could not be read."""

    freeze: Block | None
    """The freeze in force."""
    pauses: tuple[Block, ...]
    """The clients' pauses in force, of the engagements on this page."""
    has_blocks: bool
    """False if the freeze, the pauses and the overview could not be read."""
    sessions: Page[ListedSession] | None
    """The sessions that may be alive, latest first. With a cursor, there may be more."""
    shut: tuple[ShutRole, ...] | None
    """The roles that Daypass shut last and that the client has to release."""
    more_shut: int
    """The number of roles shut earlier. The client may have removed Daypass's access since."""
    requests: tuple[RequestRow, ...] | None
    """The undecided requests that expire first. Those that wait for the caller come first."""
    has_more_requests: bool
    overview: Overview | None
    """The last hourly overview. None also if there was none yet."""
    unused: UnusedGrants | None
    """The unused grants as of the last overview. None also if there was none yet."""
    clients: Mapping[str, str]
    """The clients' names by the engagements' IDs."""

    @property
    def count(self) -> SessionCount:
        """Return the number of all sessions that were read, by state."""
        listed = self.sessions.items if self.sessions is not None else ()
        return count_sessions({each.session.vend: each.state for each in listed})

    @property
    def my_request_count(self) -> int:
        """Return the number of the requests shown that wait for the caller."""
        return sum(row.waits_for_you for row in self.requests or ())


def read_now(ports: Ports, caller: Caller) -> NowPage:
    """Return the page Now as this lead or auditor sees it."""
    parts = read_parts(
        ports,
        {
            "sessions": partial(
                list_sessions_with_states, ports, limit=SESSIONS_COUNTED, with_given_back=True
            ),
            "requests": partial(list_requests, ports, caller),
            "shut": partial(_list_shut, ports),
        },
    )
    sessions, requests, shut = parts.values()
    latest = shut[:SHUT_SHOWN] if shut is not None else ()
    engagements = {each.engagement for each in latest}
    if sessions is not None:
        engagements |= {each.session.engagement for each in sessions.items[:SESSIONS_SHOWN]}
    if requests is not None:
        engagements |= {row.engagement for row in requests.items}
    keys: list[MixedKey] = [(Overview, ()), (UnusedGrants, ()), (Block, (EVERYTHING,))]
    keys += [(kind, (each,)) for kind in (Engagement, Block) for each in sorted(engagements)]
    items = read_part(lambda: ports.state.get_together(keys))
    stored = items or {}
    return NowPage(
        freeze=pick_block(stored, EVERYTHING),
        pauses=tuple(filter(None, (pick_block(stored, each) for each in sorted(engagements)))),
        has_blocks=items is not None,
        sessions=sessions,
        shut=_show_shut_roles(latest, stored, ports.now()) if shut is not None else None,
        more_shut=len(shut or ()) - len(latest),
        requests=tuple(sorted(requests.items, key=lambda row: not row.waits_for_you))
        if requests is not None
        else None,
        has_more_requests=requests is not None and bool(requests.cursor),
        overview=pick(stored, Overview),
        unused=pick(stored, UnusedGrants),
        clients={each.id: each.client for each in stored.values() if isinstance(each, Engagement)},
    )


def _list_shut(ports: Ports) -> list[ShutRole]:
    """Return the roles that Daypass shut, the last one first."""
    stored = ports.state.list(RoleCutOffs, limit=CUT_OFFS_READ).items
    shut = [each for each in map(find_shut_role, stored) if each is not None]
    return sorted(shut, key=lambda each: each.shut_at, reverse=True)


def _show_shut_roles(
    shut: Sequence[ShutRole], items: _Items, now: datetime
) -> tuple[ShutRole, ...]:
    """Return those that the page shows. Their roles are not read."""
    shown = (show_shut_role(f, pick(items, Engagement, f.engagement), None, now) for f in shut)
    return tuple(filter(None, shown))
