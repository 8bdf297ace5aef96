"""The ends that are near, of engagements and of clients' trust policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.notifications.near_ends import (
    notification_of_end,
    notification_of_policy_end,
)
from chalicelib.domain.notifications.notification import Notification
from chalicelib.usecases.lists import every
from chalicelib.usecases.ports import Ports


def near_ends(ports: Ports, now: datetime, check: Callable[[], None]) -> Iterator[Notification]:
    """Yield a notification for each end that is near, the earliest first. No entry says so.

    The lists may lag, so each is read again before its notification. `check` is called before
    each read, and raises if there is no time for it.
    """
    check()
    engagements = {listed.id: listed for listed in every(ports.state, Engagement)}
    ends = [
        (engagement.ends_at, engagement.id, "")
        for engagement in engagements.values()
        if notification_of_end(engagement, now)
    ]
    check()
    for role in every(ports.state, Role):
        engagement = engagements.get(role.engagement)
        notification = notification_of_policy_end(engagement, role, now) if engagement else None
        if notification is not None:
            ends.append((notification.until, role.engagement, role.name))
    for _, engagement_id, role_name in sorted(ends):
        check()
        notification = _read_again(ports, engagement_id, role_name, now)
        if notification is not None:
            yield notification


def _read_again(ports: Ports, engagement: str, role: str, now: datetime) -> Notification | None:
    """Return the notification of the engagement's end, or of this role's trust policy's end."""
    place = ports.state.get(Engagement, engagement)
    if place is None or not role:
        return notification_of_end(place, now) if place else None
    found = ports.state.get(Role, engagement, role)
    return notification_of_policy_end(place, found, now) if found else None
