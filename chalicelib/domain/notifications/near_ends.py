"""What people are notified of before it happens: engagements and trust policies that end soon."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.notifications.notification import Notification, notification_key

SOON = timedelta(days=7)
"""How long before an engagement's end people are notified."""
DAYS_BEFORE_POLICY_END = (1, 3, 14)
"""Days before the end of a client's trust policy on which Daypass notifies the leads."""


def notification_of_end(engagement: Engagement, now: datetime) -> Notification | None:
    """Return the notification that the engagement ends soon, one for each end; or None."""
    if engagement.is_over(now) or engagement.ends_at > now + SOON:
        return None
    ends_at = rfc3339(engagement.ends_at)
    return Notification(
        key=notification_key("ends", engagement.id, str(int(engagement.ends_at.timestamp()))),
        at=now,
        until=engagement.ends_at,
        title=f"{engagement.id} ends soon",
        text=f"The engagement {engagement.id} ends at {ends_at}. If the work goes on, give it a"
        " later end; if it is done, nothing has to be done here.",
    )


def notification_of_policy_end(
    engagement: Engagement, role: Role, now: datetime
) -> Notification | None:
    """Return the notification that the client's trust policy ends before the engagement, one for
    each of the days before. None if it does not, or it, the engagement or the role is over."""
    end = role.trust_policy
    if end is None or not end.needs_update or engagement.is_over(now) or not now < end.ends_at:
        return None
    left = end.ends_at - now
    days = next((days for days in DAYS_BEFORE_POLICY_END if left <= timedelta(days=days)), None)
    if days is None:
        return None
    moment, named = str(int(end.ends_at.timestamp())), f"{role.name} of {engagement.id}"
    return Notification(
        key=notification_key("policy", str(days), moment, engagement.id, role.name),
        at=now,
        until=end.ends_at,
        title=f"The client's policy for {named} ends soon",
        text=f"The client's trust policy for the role {named} ends at"
        f" {rfc3339(end.ends_at)}, as Daypass asked. The engagement goes on until"
        f" {rfc3339(engagement.ends_at)}. AWS refuses every session after that, until the client"
        " has updated it: their page says how.",
    )
