"""Build the notifications that an engagement or a client's trust policy ends soon."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.notifications.notification import Notification, build_notification_key

NOTICE_BEFORE_END = timedelta(days=7)
"""How long before an engagement's end Daypass notifies people."""
NOTICE_DAYS_BEFORE_POLICY_END = (1, 3, 14)
"""How many days before the end of a client's trust policy Daypass notifies people, each time
once."""


def build_end_notification(engagement: Engagement, now: datetime) -> Notification | None:
    """Return the notification that the engagement ends soon. Return None if its end is not near or
    has passed. The key contains the end, so that a new end leads to a new notification."""
    if engagement.is_over(now) or engagement.ends_at > now + NOTICE_BEFORE_END:
        return None
    ends_at = rfc3339(engagement.ends_at)
    return Notification(
        key=build_notification_key("ends", engagement.id, str(int(engagement.ends_at.timestamp()))),
        at=now,
        until=engagement.ends_at,
        title=f"{engagement.id} ends soon",
        text=f"The engagement {engagement.id} ends at {ends_at}. If the work continues,"
        " renew the engagement. Otherwise you need to do nothing.",
    )


def build_policy_end_notification(
    engagement: Engagement, role: Role, now: datetime
) -> Notification | None:
    """Return the notification that the client's trust policy ends soon, and before the engagement.

    Return None if the policy needs no update, if its end is not near, or if the policy or the
    engagement has ended. The key contains the number of days, so that each of
    NOTICE_DAYS_BEFORE_POLICY_END leads to one notification.
    """
    policy = role.trust_policy
    if (
        policy is None
        or not policy.needs_update
        or engagement.is_over(now)
        or not now < policy.ends_at
    ):
        return None
    remaining = policy.ends_at - now
    days = next(
        (days for days in NOTICE_DAYS_BEFORE_POLICY_END if remaining <= timedelta(days=days)), None
    )
    if days is None:
        return None
    policy_end, role_name = str(int(policy.ends_at.timestamp())), f"{role.name} of {engagement.id}"
    return Notification(
        key=build_notification_key("policy", str(days), policy_end, engagement.id, role.name),
        at=now,
        until=policy.ends_at,
        title=f"The trust policy of the role {role_name} ends soon",
        text=f"Daypass asked the client to end the trust policy of the role {role_name} at"
        f" {rfc3339(policy.ends_at)}. The engagement ends at {rfc3339(engagement.ends_at)}. Ask the"
        " client to update the policy, because AWS refuses every new session after the policy's"
        " end. The client's page explains how.",
    )
