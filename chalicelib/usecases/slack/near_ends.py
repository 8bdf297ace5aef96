"""The ends that are near, of engagements and of clients' trust policies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.slack.telling.notices import notice_of_end, notice_of_policy_end
from chalicelib.domain.slack.telling.notified import Notice
from chalicelib.usecases.lists import every
from chalicelib.usecases.ports import Ports

Look = Callable[[], Notice | None]


def near_ends(ports: Ports, now: datetime, check: Callable[[], None]) -> Iterator[Notice]:
    """Yield a notice for each end that is near, the earliest first. None of them is on the trail.

    The lists may lag, so each is read again before its notice is given. `check` is called before
    each read, and raises if there is no time for it.
    """
    check()
    engagements = {listed.id: listed for listed in every(ports.state.engagements)}
    ends: list[tuple[datetime, Look]] = [
        (engagement.ends_at, _of_engagement(ports, engagement, now))
        for engagement in engagements.values()
        if notice_of_end(engagement, now)
    ]
    check()
    for role in every(ports.state.all_roles):
        engagement = engagements.get(role.engagement)
        notice = notice_of_policy_end(engagement, role, now) if engagement else None
        if notice is not None:
            ends.append((notice.until, _of_policy(ports, role, now)))
    for _, look in sorted(ends, key=lambda end: end[0]):
        check()
        notice = look()
        if notice is not None:
            yield notice


def _of_engagement(ports: Ports, listed: Engagement, now: datetime) -> Look:
    def look() -> Notice | None:
        engagement = ports.state.engagement(listed.id)
        return notice_of_end(engagement, now) if engagement else None

    return look


def _of_policy(ports: Ports, listed: Role, now: datetime) -> Look:
    def look() -> Notice | None:
        engagement = ports.state.engagement(listed.engagement)
        role = ports.state.role(listed.engagement, listed.name)
        if engagement is None or role is None:
            return None
        return notice_of_policy_end(engagement, role, now)

    return look
