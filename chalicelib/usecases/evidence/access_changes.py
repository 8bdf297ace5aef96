"""Read from the trail what changed who has access, between two moments."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.evidence.access_review.changes import ACCESS_CHANGES
from chalicelib.domain.evidence.timeline import Show, TimelineEvent, list_events
from chalicelib.domain.trail import Outcome, TrailQuery
from chalicelib.domain.values import Value
from chalicelib.usecases.lists import iterate_trail
from chalicelib.usecases.ports import Ports

PAGES_READ = 4
"""A page covers ten days at most, or a thousand entries of one day."""
MAX_CHANGES = 50


class AccessChanges(Value):
    """The changes of a period, the latest first."""

    events: tuple[TimelineEvent, ...]
    """50 at most."""
    covered_from: datetime
    """The events are complete from this time on."""


def read_access_changes(ports: Ports, since: datetime, until: datetime) -> AccessChanges:
    """Return what changed who has access in this period, back to where Daypass stopped reading."""
    query = TrailQuery(since=since, until=until, outcome=Outcome.DONE, limit=1000)
    events: list[TimelineEvent] = []
    covered_from = until
    for number, page in enumerate(iterate_trail(ports.trail, query), 1):
        entries = [entry for entry in page.items if entry.action in ACCESS_CHANGES]
        events += list_events(entries, Show.DONE)
        covered_from = (
            datetime.fromisoformat(page.cursor.partition("#")[0]) if page.cursor else since
        )
        if not page.cursor or number == PAGES_READ or len(events) > MAX_CHANGES:
            break
    if len(events) > MAX_CHANGES:
        covered_from = events[MAX_CHANGES - 1].at
    return AccessChanges(events=tuple(events[:MAX_CHANGES]), covered_from=covered_from)
