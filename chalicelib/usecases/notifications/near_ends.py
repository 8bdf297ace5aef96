"""The ends that are near, of engagements and of clients' trust policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.notifications.notifications import (
    notification_of_end,
    notification_of_policy_end,
)
from chalicelib.usecases.lists import every
from chalicelib.usecases.ports import Ports


def near_ends(ports: Ports, now: datetime, check: Callable[[], None]) -> Iterator[Notification]:
    """Yield a notice for each end that is near, the earliest first. None of them is on the trail.

    The lists may lag, so each is read again before its notice is given. `check` is called before
    each read, and raises if there is no time for it.
    """
    check()
    engagements = {listed.id: listed for listed in every(ports.state.engagements)}
    ends = [
        (engagement.ends_at, engagement.id, "")
        for engagement in engagements.values()
        if notification_of_end(engagement, now)
    ]
    check()
    for role in every(ports.state.all_roles):
        engagement = engagements.get(role.engagement)
        notice = notification_of_policy_end(engagement, role, now) if engagement else None
        if notice is not None:
            ends.append((notice.until, role.engagement, role.name))
    for _, engagement_id, role_name in sorted(ends):
        check()
        notice = _read_again(ports, engagement_id, role_name, now)
        if notice is not None:
            yield notice


def _read_again(ports: Ports, engagement: str, role: str, now: datetime) -> Notification | None:
    """Return the notice of the engagement's end, or of the end of this role's trust policy."""
    place = ports.state.engagement(engagement)
    if place is None or not role:
        return notification_of_end(place, now) if place else None
    found = ports.state.role(engagement, role)
    return notification_of_policy_end(place, found, now) if found else None
