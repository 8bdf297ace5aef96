"""Build the notifications that an engagement or a client's trust policy ends soon."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.notifications.notification import Notification, build_notification_key
from chalicelib.domain.values import Value

WARNING_DAYS = (1, 3, 14)
"""How many days before an end Daypass warns people, each time once."""


class EndWarning(Value, frozen=True, kw_only=True):
    """A warning before an end."""

    days: int
    """The warning is due when this many days are left."""
    until: datetime
    """When the next warning becomes due, or the end."""

    @property
    def time_left(self) -> str:
        """Return the days as text that follows "ends"."""
        return "within a day" if self.days == 1 else f"within {self.days} days"


def find_warning(end: datetime, now: datetime) -> EndWarning | None:
    """Return the warning that is due before this end, or None if none is due.

    If a run is late, only the last of the missed warnings is due.
    """
    remaining = end - now
    if remaining <= timedelta(0):
        return None
    for days, next_days in zip(WARNING_DAYS, (0, *WARNING_DAYS), strict=False):
        if remaining <= timedelta(days=days):
            return EndWarning(days=days, until=end - timedelta(days=next_days))
    return None


def build_end_notification(engagement: Engagement, now: datetime) -> Notification | None:
    """Return the notification that the engagement ends soon. Return None if its end is not near or
    has passed. The key contains the end, so that a new end leads to new notifications."""
    warning = find_warning(engagement.ends_at, now)
    if warning is None or engagement.is_over(now):
        return None
    seconds = str(int(engagement.ends_at.timestamp()))
    return Notification(
        key=build_notification_key("ends", str(warning.days), seconds, engagement.id),
        at=now,
        until=warning.until,
        title=f"{engagement.id} ends {warning.time_left}",
        text=f"The engagement {engagement.id} ends at {rfc3339(engagement.ends_at)}. After that,"
        " Daypass gives no sessions for it. If the work continues, renew the engagement. Otherwise"
        " you need to do nothing.",
    )


def build_policy_end_notification(
    engagement: Engagement, role: Role, now: datetime
) -> Notification | None:
    """Return the notification that the client's trust policy ends soon, and before the engagement.

    Return None if the policy needs no update, if its end is not near, or if the policy or the
    engagement has ended.
    """
    policy = role.trust_policy
    if policy is None or not policy.needs_update or engagement.is_over(now):
        return None
    warning = find_warning(policy.ends_at, now)
    if warning is None:
        return None
    policy_end, role_name = str(int(policy.ends_at.timestamp())), f"{engagement.id}/{role.name}"
    return Notification(
        key=build_notification_key(
            "policy", str(warning.days), policy_end, engagement.id, role.name
        ),
        at=now,
        until=warning.until,
        title=f"The trust policy of the role {role_name} ends {warning.time_left}",
        text=f"Daypass asked the client to end the trust policy of the role {role_name} at"
        f" {rfc3339(policy.ends_at)}. The engagement ends at {rfc3339(engagement.ends_at)}. Ask the"
        " client to update the policy, because AWS refuses every new session after the policy's"
        " end. The client's page explains how.",
    )
