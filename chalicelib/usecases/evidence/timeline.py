"""Read the audit trail as a timeline, page by page."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.evidence.access_review.changes import ACCESS_CHANGES
from chalicelib.domain.evidence.timeline import Show, TimelineEvent, keep_whole_vends, list_events
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.trail import Outcome, TrailQuery
from chalicelib.domain.values import Value
from chalicelib.usecases.evidence.reading import TrailFilters
from chalicelib.usecases.lists import iterate_trail
from chalicelib.usecases.ports import Ports

LATEST_SINCE = timedelta(days=400)
LATEST_READ = 150
LATEST_SHOWN = 10
MAX_DAYS = 4
"""The days of a read without an engagement or a member. Each day costs a call to AWS."""
MAX_READS = 8
"""The reads of a page that finds nothing to show: 32 days without an engagement or a member."""


class SignIns(StrEnum):
    """The visibility of sign-ins to the web console on a timeline."""

    HIDDEN = "hidden"
    SHOWN = "shown"


class TimelineFilters(TrailFilters):
    """A selection of the trail's events, in the words of a person."""

    show: Show = Show.EVERYTHING
    """Show everything, only sessions, or only entries with one outcome."""
    sign_ins: SignIns = SignIns.HIDDEN
    """Show or hide the sign-ins to the web console."""


class Timeline(Value):
    """A page of the timeline, newest first."""

    events: tuple[TimelineEvent, ...]
    hidden: int = 0
    """How many sign-ins of the page's time it leaves out."""
    since: datetime
    """The page covers the trail from this time on, or from its last event on."""
    cursor: str
    """The cursor of the next page. Empty on the last page."""


def read_timeline(
    ports: Ports,
    query: TrailQuery,
    show: Show = Show.EVERYTHING,
    sign_ins: SignIns = SignIns.SHOWN,
) -> Timeline:
    """Return a page of the events that the query selects, without sign-ins if these are hidden. A
    page may be short, or empty, although more pages follow."""
    hidden = 0
    for _ in range(MAX_READS):
        page = _read_page(ports, query, show)
        shown = tuple(
            event for event in page.events if sign_ins is SignIns.SHOWN or not event.is_sign_in
        )
        hidden += len(page.events) - len(shown)
        if shown or not page.cursor:
            break
        query = query.after(page.cursor)
    return replace(page, events=shown, hidden=hidden)


def _read_page(ports: Ports, query: TrailQuery, show: Show) -> Timeline:
    """Return one page of the events that the query selects. The page can be short, or empty,
    although more pages follow. Without an engagement or a member, it covers MAX_DAYS at most."""
    limited = _limit_days(apply_show(query, show))
    page = ports.trail.page(limited)
    entries, next_cursor = page.items, page.cursor
    # With one outcome selected, each entry is an event of its own, so no vend can be cut in two.
    if next_cursor and show.outcome is None:
        entries = tuple(keep_whole_vends(page.items, query.member))
        if len(entries) < len(page.items):
            # The next page begins with the vend that this one leaves out. `entries` is not empty:
            # a vend that is alone on the page stays.
            next_cursor = entries[-1].position
    if not next_cursor and limited.since > query.since:
        # Older days follow. This cursor sorts before every entry since `limited.since`, and the
        # trail is read backwards, so the next page begins with the day before.
        next_cursor = f"{format_sortable(limited.since)}#0"
    return Timeline(events=list_events(entries, show), since=limited.since, cursor=next_cursor)


def apply_show(query: TrailQuery, show: Show) -> TrailQuery:
    """Return the query for only the entries to show."""
    return replace(query, outcome=show.outcome, vends_only=show is Show.SESSIONS)


def read_latest_events(ports: Ports, engagement: str) -> tuple[TimelineEvent, ...]:
    """Return the engagement's latest events, newest first."""
    now = ports.now()
    query = TrailQuery.until_now(now - LATEST_SINCE, now, engagement=engagement, limit=LATEST_READ)
    return read_timeline(ports, query).events[:LATEST_SHOWN]


def _cursor_time(cursor: str) -> datetime:
    """Return the time of a cursor. A cursor is an entry's sort key, which begins with the time."""
    return datetime.fromisoformat(cursor.partition("#")[0])


def _limit_days(query: TrailQuery) -> TrailQuery:
    """Return the query for the last days of its period, if the trail has to be read day by day."""
    if query.engagement or query.member:
        return query
    until = query.until
    if query.cursor:
        until = min(until, _cursor_time(query.cursor))
    day = until.replace(hour=0, minute=0, second=0, microsecond=0)
    return replace(query, since=max(query.since, day - timedelta(days=MAX_DAYS - 1)))


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
    """Return this period's changes of who has access, the latest first, back to the time at which
    Daypass stopped reading."""
    query = TrailQuery(since=since, until=until, outcome=Outcome.DONE, limit=1000)
    events: list[TimelineEvent] = []
    covered_from = until
    for number, page in enumerate(iterate_trail(ports.trail, query), 1):
        entries = [entry for entry in page.items if entry.action in ACCESS_CHANGES]
        events += list_events(entries, Show.DONE)
        covered_from = _cursor_time(page.cursor) if page.cursor else since
        if not page.cursor or number == PAGES_READ or len(events) > MAX_CHANGES:
            break
    if len(events) > MAX_CHANGES:
        covered_from = events[MAX_CHANGES - 1].at
    return AccessChanges(events=tuple(events[:MAX_CHANGES]), covered_from=covered_from)
