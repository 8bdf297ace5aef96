"""Read a page of the audit trail as a timeline, in five calls to AWS at most."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.evidence.timeline import Show, TimelineEvent, keep_whole_vends, list_events
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.trail import TrailQuery
from chalicelib.domain.values import Value
from chalicelib.usecases.ports import Ports

MAX_DAYS = 4
"""The days of a page without an engagement or a member. Each day costs a call to AWS."""


class Timeline(Value, frozen=True, kw_only=True):
    """A page of the timeline, newest first."""

    events: tuple[TimelineEvent, ...]
    since: datetime
    """The page covers the trail from this time on, or from its last event on."""
    cursor: str
    """The cursor of the next page. Empty on the last page."""


def read_timeline(ports: Ports, query: TrailQuery, show: Show = Show.EVERYTHING) -> Timeline:
    """Return a page of the events that the query selects, and of those the ones to show. A page may
    be short, or empty, although more pages follow."""
    selected = replace(query, outcome=show.outcome, vends_only=show is Show.SESSIONS)
    limited = _limit_days(selected)
    page = ports.trail.page(limited)
    entries, next_cursor = page.items, page.cursor
    if next_cursor and show.outcome is None:
        entries = tuple(keep_whole_vends(page.items, query.member))
        if len(entries) < len(page.items):
            next_cursor = entries[-1].position
    if not next_cursor and limited.since > query.since:
        next_cursor = f"{format_sortable(limited.since)}#0"  # before every entry of that day
    return Timeline(events=list_events(entries, show), since=limited.since, cursor=next_cursor)


def _limit_days(query: TrailQuery) -> TrailQuery:
    """Return the query for the last days of its period, if the trail has to be read day by day."""
    if query.engagement or query.member:
        return query
    until = query.until
    if query.cursor:
        until = min(until, datetime.fromisoformat(query.cursor.partition("#")[0]))
    day = until.replace(hour=0, minute=0, second=0, microsecond=0)
    return replace(query, since=max(query.since, day - timedelta(days=MAX_DAYS - 1)))
