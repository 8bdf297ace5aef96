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
from chalicelib.domain.notifications.near_ends import (
    build_end_notification,
    build_policy_end_notification,
)
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
    ends = [
        (engagement.ends_at, engagement.id, "")
        for engagement in engagements.values()
        if build_end_notification(engagement, now)
    ]
    require_time()
    for role in list_all(ports.state, Role):
        engagement, policy = engagements.get(role.engagement), role.trust_policy
        if engagement and policy and build_policy_end_notification(engagement, role, now):
            ends.append((policy.ends_at, role.engagement, role.name))
    for _, engagement_id, role_name in sorted(ends):
        require_time()
        notification = _reread_near_end(ports, engagement_id, role_name, now)
        if notification is not None:
            yield notification


def _reread_near_end(
    ports: Ports, engagement_id: str, role_name: str, now: datetime
) -> Notification | None:
    """Read the items again, and return the notification of the end if it is still near, or None.

    The end is that of the role's trust policy, or of the engagement if `role_name` is empty.
    """
    engagement = ports.state.get(Engagement, engagement_id)
    if engagement is None or not role_name:
        return build_end_notification(engagement, now) if engagement else None
    role = ports.state.get(Role, engagement_id, role_name)
    return build_policy_end_notification(engagement, role, now) if role else None
