"""The life of an engagement: its state, and how long it may last.

The state follows from the engagement, its roles and its grants at a given time. Daypass does not
store it, so it cannot be out of date.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role

LONGEST_ENGAGEMENT = timedelta(days=731)
"""How far ahead an engagement can end: two years, with a leap day."""
ENDS_SOON = timedelta(days=14)
"""How long before its end an engagement is `ending`."""


class EngagementState(StrEnum):
    """The state of an engagement."""

    INVITED = "invited"
    """No role in use has a passed check."""
    PROVEN = "proven"
    """A role has passed its last check. The engagement has not begun, or no one has a current
    grant."""
    ACTIVE = "active"
    """A role has passed its last check, and a member has a current grant."""
    ENDING = "ending"
    """The engagement is proven or active, and ends within 14 days."""
    OVER = "over"
    """The engagement is closed, revoked or past its end."""
    LEFT = "left"
    """The engagement is over, and a check found that every role refuses Daypass."""


def ends_soon(engagement: Engagement, now: datetime) -> bool:
    """Return whether the engagement is not over, and ends within 14 days."""
    return not engagement.is_over(now) and engagement.ends_at <= now + ENDS_SOON


def find_state(
    engagement: Engagement, roles: Iterable[Role], grants: Iterable[Grant], now: datetime
) -> EngagementState:
    """Return the engagement's state at `now`.

    `roles` and `grants` are the engagement's. They are read one by one, and only if the state
    depends on them.
    """
    if engagement.is_over(now):
        has_left = engagement.access_removed_at is not None
        return EngagementState.LEFT if has_left else EngagementState.OVER
    if not any(role.passed_verification(engagement) for role in roles):
        return EngagementState.INVITED
    if ends_soon(engagement, now):
        return EngagementState.ENDING
    if engagement.starts_at <= now and any(grant.is_current(now) for grant in grants):
        return EngagementState.ACTIVE
    return EngagementState.PROVEN


def lasts_too_long(engagement: Engagement, now: datetime) -> bool:
    """Return whether the engagement ends more than two years after its start, or after now if it
    has begun."""
    return engagement.ends_at > max(engagement.starts_at, now) + LONGEST_ENGAGEMENT
