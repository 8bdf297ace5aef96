"""Build the notifications that an engagement or a client's trust policy ends soon."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.notifications.notification import Notification, build_notification_key

WARNING_DAYS = (1, 3, 14)
"""How many days before an end Daypass warns people, each time once. They are ascending."""


def find_end(engagement: Engagement, role: Role | None) -> datetime | None:
    """Return when the engagement ends or, with a role, when its trust policy ends if the client has
    to update that first. None if there is no such end."""
    if role is None:
        return engagement.ends_at
    policy = role.trust_policy
    return policy.ends_at if policy is not None and policy.needs_update else None


def build_end_notification(
    engagement: Engagement, role: Role | None, now: datetime
) -> Notification | None:
    """Return the notification that the end is near. Return None if there is no end, or if the end
    is not near or has passed. The notification's key contains the end, so that a new end leads to
    new notifications.

    If a run is late and has missed several warnings, return only the last one.
    """
    end = find_end(engagement, role)
    if end is None or end <= now or engagement.is_over(now):
        return None
    due = [days for days in WARNING_DAYS if end - now <= timedelta(days=days)]
    if not due:
        return None
    warning = min(due)
    # The days before the end at which the next warning replaces this one, or 0 for the end itself.
    next_warning = max((days for days in WARNING_DAYS if days < warning), default=0)
    time_left = "a day" if warning == 1 else f"{warning} days"
    seconds = str(int(end.timestamp()))
    if role is None:
        kind, verb, names = "ends", "ends", [engagement.id]
        subject = engagement.id
        text = (
            f"The engagement {engagement.id} ends on {utc_text(end)}. Daypass then stops issuing"
            " sessions for this engagement. If the work continues, renew the engagement. Otherwise,"
            " no action is needed."
        )
    else:
        kind, verb, names = "policy", "expires", [engagement.id, role.name]
        subject = f"The trust policy of the role {engagement.id}/{role.name}"
        text = (
            "Ask the client to update the trust policy. The engagement ends on"
            f" {utc_text(engagement.ends_at)}, but Daypass asked for a policy that expires on"
            f" {utc_text(end)}. After that date, AWS refuses every new session. The client's page"
            " explains how to update the policy."
        )
    return Notification(
        key=build_notification_key(kind, str(warning), seconds, *names),
        at=now,
        until=end - timedelta(days=next_warning),
        title=f"{subject} {verb} within {time_left}",
        text=text,
    )
