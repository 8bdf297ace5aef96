"""Record each member with too many live sessions: someone may have stolen the member's token.

The records are entries on the trail. Daypass notifies the leads of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import partial

from chalicelib.domain.errors import Conflict, FactsChanged
from chalicelib.domain.trail import Action, Operation
from chalicelib.domain.values import Value, next_version
from chalicelib.domain.vending.sessions import ManySessions, find_members_over_limit
from chalicelib.usecases.lists import iterate_items
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SCHEDULE_ACTOR, write_operation
from chalicelib.usecases.vending.sessions import list_sessions

_PAGE_SIZE = 200
MAX_REMEMBERED = 1000
"""The most members over the limit that one stored item can hold. Members beyond that number are
recorded in every run."""


class WatchSummary(Value):
    """The numbers of live sessions, of members over the limit, and of members newly recorded."""

    alive: int
    too_many: int
    recorded: int


def watch_sessions(ports: Ports) -> WatchSummary:
    """Count every member's live sessions, and record each member who newly exceeds the limit.

    A live session is one that may be active. If two runs overlap, the slower one stops, because the
    faster one records the same members. Return the numbers of this run.
    """
    stored = ports.state.get(ManySessions) or ManySessions(members=frozenset(), version=0)
    read = partial(list_sessions, ports, limit=_PAGE_SIZE, with_given_back=True)
    live_counts = Counter(session.member for session in iterate_items(read))
    counts_over_limit, recorded_count = find_members_over_limit(live_counts), 0
    try:
        for member in sorted(counts_over_limit.keys() - stored.members):
            details = {"sessions": str(counts_over_limit[member])}
            operation = Operation(action=Action.MANY_SESSIONS, subject=member, details=details)
            stored = _replace_members(stored, {*stored.members, member})
            write_operation(ports, SCHEDULE_ACTOR, operation, [stored])
            recorded_count += 1
        # Forget members who are below the limit again, so that their next excess is recorded.
        if not stored.members <= counts_over_limit.keys():
            ports.state.save(_replace_members(stored, counts_over_limit.keys()))
    except (Conflict, FactsChanged):  # another run was faster, and records the same members
        pass
    return WatchSummary(
        alive=live_counts.total(), too_many=len(counts_over_limit), recorded=recorded_count
    )


def _replace_members(stored: ManySessions, members: Iterable[str]) -> ManySessions:
    """Return the next version of the stored item, with these members (at most MAX_REMEMBERED)."""
    return next_version(stored, members=frozenset(sorted(members)[:MAX_REMEMBERED]))
