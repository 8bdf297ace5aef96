"""Define the notifications of ends that are near: of engagements and of clients' trust policies."""

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
    """Return the notification that the engagement ends soon, or None. Each end has one."""
    if engagement.is_over(now) or engagement.ends_at > now + SOON:
        return None
    ends_at = rfc3339(engagement.ends_at)
    return Notification(
        key=notification_key("ends", engagement.id, str(int(engagement.ends_at.timestamp()))),
        at=now,
        until=engagement.ends_at,
        title=f"{engagement.id} ends soon",
        text=f"The engagement {engagement.id} ends at {ends_at}. If the work continues, renew it."
        " Otherwise you need to do nothing.",
    )


def notification_of_policy_end(
    engagement: Engagement, role: Role, now: datetime
) -> Notification | None:
    """Return the notification that the client's trust policy ends before the engagement, or None.
    There is one for each of the days before. None also if the policy, the engagement or the role
    has ended."""
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
        (days for days in DAYS_BEFORE_POLICY_END if remaining <= timedelta(days=days)), None
    )
    if days is None:
        return None
    moment, role_name = str(int(policy.ends_at.timestamp())), f"{role.name} of {engagement.id}"
    return Notification(
        key=notification_key("policy", str(days), moment, engagement.id, role.name),
        at=now,
        until=policy.ends_at,
        title=f"The client's policy for {role_name} ends soon",
        text=f"The client's trust policy for the role {role_name} ends at"
        f" {rfc3339(policy.ends_at)}, as Daypass asked. The engagement ends at"
        f" {rfc3339(engagement.ends_at)}. Ask the client to update the policy, as their page"
        " explains: after its end, AWS refuses every session.",
    )
