"""Read when a member was last in which engagement, and their live sessions with their states."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from chalicelib.domain.engagements.reviews import REVIEW_PERIOD, find_last_use
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.values import Value
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.session_states import (
    SessionCount,
    SessionState,
    count_sessions,
    describe_sessions,
)
from chalicelib.domain.vending.sessions import Session, find_alive_sessions
from chalicelib.domain.vending.vends import Vend, group_by_vend
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.withholding import LOOK_BACK

ENTRIES_READ = 200
"""How many entries of the member's latest vends are read. A vend has two, or three."""
LATEST_SHOWN = 10


class Uses(Value):
    """A member's latest sessions, as far as the trail was read."""

    alive: tuple[Session, ...]
    """The sessions that may be alive, those that end last first."""
    states: Mapping[str, SessionState]
    """The state of each of them, by its ID."""
    is_complete: bool
    """False if more sessions may be alive than those that were read."""
    last_used: Mapping[str, datetime]
    """When the member last entered, by engagement."""
    tokens_used: Mapping[str, datetime]
    """When the member last got a session, by the ID of the token."""
    latest: tuple[Vend, ...]
    """The latest attempts, ten at most, the latest first."""
    searched_from: datetime
    """The time from which on Daypass has searched."""
    vends_read: int
    """How many vends, issued or not, were read."""
    has_more: bool
    """True if the member has earlier sessions that were not read."""

    @property
    def count(self) -> SessionCount:
        return count_sessions(self.states.values())


def read_uses(ports: Ports, member: str) -> Uses:
    """Return the member's latest sessions of the last 90 days, from one query of the trail, and the
    states of those that may be alive."""
    now = ports.now()
    query = TrailQuery.until_now(
        now - REVIEW_PERIOD, now, member=member, vends_only=True, limit=ENTRIES_READ
    )
    page = ports.trail.page(query)
    # A cursor begins with the time at which the query stopped.
    stopped_at = page.cursor.partition("#")[0]
    searched_from = datetime.fromisoformat(stopped_at) if stopped_at else query.since
    vends = sorted(group_by_vend(page.items), key=lambda vend: vend.intent.at, reverse=True)
    alive = find_alive_sessions(page.items, now)
    roles = dict.fromkeys((each.engagement, each.role) for each in alive)
    cut_offs = ports.state.get_many(RoleCutOffs, roles) if roles else {}
    return Uses(
        alive=alive,
        states=describe_sessions(alive, cut_offs.values()),
        is_complete=not page.cursor or searched_from < now - LOOK_BACK,
        last_used=_find_last_uses(page.items, lambda entry: entry.engagement),
        tokens_used=_find_last_uses(page.items, lambda entry: entry.token),
        latest=tuple(vends[:LATEST_SHOWN]),
        searched_from=searched_from,
        vends_read=len(vends),
        has_more=bool(page.cursor),
    )


def _find_last_uses(
    entries: tuple[Entry, ...], group_of: Callable[[Entry], str]
) -> dict[str, datetime]:
    """Return when each group of these entries, such as an engagement's, last had a session."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        groups.setdefault(group_of(entry), []).append(entry)
    last_uses = {name: find_last_use(listed) for name, listed in groups.items()}
    return {name: at for name, at in last_uses.items() if at is not None}
