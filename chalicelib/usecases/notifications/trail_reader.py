"""Read trail entries and near ends in small pieces, as long as a run has time.

A near end is the end of an engagement or of a client's trust policy within the next days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import cache

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.notifications.client import ClientEvent, build_client_event
from chalicelib.domain.notifications.near_ends import build_end_notification, find_end
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.notifications.recorded import build_notification
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports

SECONDS_FOR_ONE_NOTIFICATION = 20.0
"""How many seconds it may take to store an attempt, send it and record its failure. With less time
left, a run begins nothing more."""
WINDOW = timedelta(minutes=1)
"""The trail is read in pieces of this length, oldest first, so that a run can stop after each. A
piece fits into a run even at 1,000 entries a second, the most that a partition of the index
accepts."""
_PAGE = 500

TimeCheck = Callable[[], None]
"""Raises NoTimeLeft if the run has no time for another step."""
ReportedEvent = Notification | ClientEvent
"""An event that people hear of: at the firm, or at a client."""
TrailReader = Callable[[datetime, datetime], list[ReportedEvent]]
"""Returns the events of the entries between two moments, in the trail's order. Raises
NoTimeLeft."""


class NoTimeLeft(Exception):
    """The run must stop here."""


def build_trail_reader(ports: Ports, require_time: TimeCheck) -> TrailReader:
    """Return a reader for all channels of a run. It remembers what it has read."""

    @cache
    def read_events(since: datetime, until: datetime) -> list[ReportedEvent]:
        """Read the entries of this span page by page, and return their events."""
        query = TrailQuery(since=since, until=until, limit=_PAGE)
        entries: list[Entry] = []
        while True:
            require_time()
            page = ports.trail.page(query)
            entries += page.items
            if not page.cursor:
                entries.sort(key=lambda entry: entry.position)
                return [each for entry in entries for each in _build_events(entry)]
            query = query.after(page.cursor)

    return read_events


def _build_events(entry: Entry) -> Iterator[ReportedEvent]:
    """Yield the notification for people at the firm, and the event for people at the client."""
    yield from filter(None, (build_notification(entry), build_client_event(entry)))


def find_near_ends(ports: Ports, now: datetime, require_time: TimeCheck) -> Iterator[Notification]:
    """Yield a notification for each near end, the earliest end first.

    The lists of engagements and roles may lag, so read each item again before its notification.
    Before each read, `require_time` raises NoTimeLeft if the run has no time for it.
    """
    require_time()
    engagements = {listed.id: listed for listed in list_all(ports.state, Engagement)}
    require_time()
    roles = (role for role in list_all(ports.state, Role) if role.engagement in engagements)
    listed: list[tuple[Engagement, Role | None]] = [
        *((engagement, None) for engagement in engagements.values()),
        *((engagements[role.engagement], role) for role in roles),
    ]
    ends = [
        (find_end(engagement, role), engagement.id, role.name if role else "")
        for engagement, role in listed
        if build_end_notification(engagement, role, now)
    ]
    for _, engagement_id, role_name in sorted(ends):
        require_time()
        stored = ports.state.get(Engagement, engagement_id)
        role = ports.state.get(Role, engagement_id, role_name) if role_name else None
        if stored is None or (role_name and role is None):
            continue
        notification = build_end_notification(stored, role, now)
        if notification is not None:
            yield notification
