"""Tell the leads of whoever has more sessions alive than one person works with.

A loop that vends without end is in nobody else's way, but it may be a stolen token, and every
session of it can be used until it ends.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.events import News
from chalicelib.domain.lists import Page
from chalicelib.domain.things import Thing
from chalicelib.domain.vending.many_sessions import MOST_SESSIONS, ManySessions, too_many
from chalicelib.domain.vending.sessions import Session
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.telling import tell_leads
from chalicelib.usecases.vending.sessions import list_sessions

_PAGE = 200
MOST_REMEMBERED = 1000
"""Members: they are one item. Of any beyond these the leads are told with every run."""


class Watched(Thing, frozen=True, kw_only=True):
    """How many sessions may be alive, how many members have too many of them, and of how many of
    these the leads were told just now."""

    alive: int
    too_many: int
    told: int


def watch_sessions(ports: Ports) -> Watched:
    """Count everybody's sessions, and tell of those who have too many and had not the last time.

    Whoever falls below and rises again is told of again. Where two run at once, or one is killed,
    it may be told twice, and not never.
    """
    memory = ports.state.many_sessions() or ManySessions(members=frozenset(), version=0)
    alive = Counter(session.member for session in _all_sessions(ports))
    counts = too_many(alive)
    fresh = sorted(counts.keys() - memory.members)
    for member in fresh:
        says = (
            f"{member} has {counts[member]} sessions that may be alive; more than {MOST_SESSIONS}"
            f" are hardly one person's work. Ask {member}, or suspend them."
        )
        tell_leads(ports, News.MANY_SESSIONS, says, member=member)
    if counts.keys() != memory.members:
        remembered = frozenset(sorted(counts)[:MOST_REMEMBERED])
        known, began_at = memory.since, ports.now()
        # Of a member whom an older version remembered, the leads have been told.
        since = {one: known.get(one, began_at) for one in remembered & {*known, *fresh}}
        now = ManySessions(members=remembered, since=since, version=memory.version + 1)
        with suppress(FactsChanged):  # another run was quicker, and remembers the same
            ports.state.remember(now)
    return Watched(alive=alive.total(), too_many=len(counts), told=len(fresh))


def _all_sessions(ports: Ports) -> Iterator[Session]:
    page: Page[Session] = list_sessions(ports, limit=_PAGE)
    yield from page.items
    while page.cursor:
        page = list_sessions(ports, limit=_PAGE, cursor=page.cursor)
        yield from page.items
