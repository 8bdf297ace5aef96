"""Record members with more live sessions than one person needs. A token may be stolen."""

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
"""The most remembered members, who are stored in one item. More are recorded again in every run."""


class WatchSummary(Value, frozen=True, kw_only=True):
    """The sessions that may be alive, the members over the limit, and the newly recorded ones."""

    alive: int
    too_many: int
    recorded: int


def watch_sessions(ports: Ports) -> WatchSummary:
    """Count the sessions of all members, and record each rise above the limit once. Of two
    simultaneous runs, the slower one stops."""
    memory = ports.state.get(ManySessions) or ManySessions(members=frozenset(), version=0)
    alive = Counter(session.member for session in _all_sessions(ports))
    counts, recorded = members_over_limit(alive), 0
    try:
        for member in sorted(counts.keys() - memory.members):
            details = {"sessions": str(counts[member])}
            operation = Operation(action=Action.MANY_SESSIONS, subject=member, details=details)
            memory = _remembering(memory, {*memory.members, member})
            write_operation(ports, BY, operation, [memory])
            recorded += 1
        if not memory.members <= counts.keys():
            ports.state.save(_remembering(memory, counts.keys()))
    except (Conflict, FactsChanged):  # another run was faster, and did the same
        pass
    return WatchSummary(alive=alive.total(), too_many=len(counts), recorded=recorded)


def _remembering(memory: ManySessions, members: Iterable[str]) -> ManySessions:
    return next_version(memory, members=frozenset(sorted(members)[:MAX_REMEMBERED]))


def _all_sessions(ports: Ports) -> Iterator[Session]:
    page: Page[Session] = list_sessions(ports, limit=_PAGE)
    yield from page.items
    while page.cursor:
        page = list_sessions(ports, limit=_PAGE, cursor=page.cursor)
        yield from page.items
