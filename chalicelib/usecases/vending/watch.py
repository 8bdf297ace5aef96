"""Record that a member has more live sessions than one person works with: it may be a stolen
token."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator

from chalicelib.domain.errors import Conflict, FactsChanged
from chalicelib.domain.lists import Page
from chalicelib.domain.trail import SCHEDULE, Action, Operation
from chalicelib.domain.values import Value, next_version
from chalicelib.domain.vending.sessions import ManySessions, Session, members_over_limit
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, write_operation
from chalicelib.usecases.vending.sessions import list_sessions

BY = SystemActor(SCHEDULE)
_PAGE = 200
MAX_REMEMBERED = 1000
"""Members: they are one item. Any beyond these are recorded again with every run."""


class WatchSummary(Value, frozen=True, kw_only=True):
    """How many sessions may be alive, how many members have too many of them, and how many of these
    were recorded just now."""

    alive: int
    too_many: int
    told: int


def watch_sessions(ports: Ports) -> WatchSummary:
    """Count everyone's sessions, and record each rise above the limit once. Of two runs at once the
    slower one stops."""
    memory = ports.state.get(ManySessions) or ManySessions(members=frozenset(), version=0)
    alive = Counter(session.member for session in _all_sessions(ports))
    counts, told = members_over_limit(alive), 0
    try:
        for member in sorted(counts.keys() - memory.members):
            details = {"sessions": str(counts[member])}
            operation = Operation(action=Action.MANY_SESSIONS, subject=member, details=details)
            memory = _remembering(memory, {*memory.members, member})
            write_operation(ports, BY, operation, [memory])
            told += 1
        if not memory.members <= counts.keys():
            ports.state.save(_remembering(memory, counts.keys()))
    except (Conflict, FactsChanged):  # another run was quicker, and has done the same
        pass
    return WatchSummary(alive=alive.total(), too_many=len(counts), told=told)


def _remembering(memory: ManySessions, members: Iterable[str]) -> ManySessions:
    return next_version(memory, members=frozenset(sorted(members)[:MAX_REMEMBERED]))


def _all_sessions(ports: Ports) -> Iterator[Session]:
    page: Page[Session] = list_sessions(ports, limit=_PAGE)
    yield from page.items
    while page.cursor:
        page = list_sessions(ports, limit=_PAGE, cursor=page.cursor)
        yield from page.items
