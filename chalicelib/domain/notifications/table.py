"""Combine the rules for all trail entries: which are routine, which notify people, and which alert
the leads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.domain.notifications import (
    blocks,
    cut_off_checks,
    cut_offs,
    engagements,
    people,
    requests,
)
from chalicelib.domain.notifications.decisions import (
    describe_effect,
    find_request_to_decide,
    is_about_request,
)
from chalicelib.domain.notifications.message import (
    LONGEST_TEXT,
    Alert,
    Rule,
    clean_text,
    fill_template,
    find_member,
    format_origin,
)
from chalicelib.domain.notifications.notification import Notification, build_notification_key
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Value

TABLE: Mapping[Action, Rule] = {
    **people.TABLE,
    **engagements.TABLE,
    **cut_off_checks.TABLE,
    **blocks.TABLE,
    **cut_offs.TABLE,
    **requests.TABLE,
}
"""The rule for each action with the outcome `done`."""
NOT_DONE: Mapping[tuple[Action, Outcome], Rule] = {
    **people.NOT_DONE,
    **engagements.NOT_DONE,
    **blocks.NOT_DONE,
    **cut_offs.NOT_DONE,
    **requests.NOT_DONE,
}
"""The rule for each action with another outcome. An outcome without a rule is routine."""


class RaisedAlert(Value, frozen=True, kw_only=True):
    """An alert with what it is about, as the log records it."""

    alert: Alert
    engagement: str
    role: str
    member: str
    at: datetime
    text: str


def find_alerts(entry: Entry) -> list[RaisedAlert]:
    """Return the alerts that the entry raises, or an empty list."""
    notification = build_notification(entry)
    if notification is None:
        return []
    # An entry without a subject is about its actor, unless it is about an engagement.
    actor_as_member = "" if entry.engagement else entry.actor
    member = notification.member or entry.subject or actor_as_member
    return [
        RaisedAlert(
            alert=alert,
            engagement=entry.engagement,
            role=entry.role,
            member=member,
            at=entry.at,
            text=notification.text_with_origin,
        )
        for alert in notification.alerts
    ]


def build_notification(entry: Entry) -> Notification | None:
    """Return the notification about the entry, or None if it is routine."""
    is_done = entry.outcome is Outcome.DONE
    rule = TABLE[entry.action] if is_done else NOT_DONE.get((entry.action, entry.outcome))
    message = rule(entry) if callable(rule) else rule
    if message is None:
        return None
    has_own_channel = is_about_request(entry) and not message.alerts
    request = find_request_to_decide(entry)
    return Notification(
        key=build_notification_key(message.key or entry.id),
        at=entry.at,
        until=entry.at + message.quiet_period,
        title=fill_template(message.title, entry, message.values),
        text=fill_template(message.text, entry, message.values),
        why=clean_text(entry.detail("said"), LONGEST_TEXT),
        member=find_member(entry) if message.mentions_member else "",
        entry=entry.id,
        alerts=message.alerts,
        # What leads must see stays in the general channel, which they read.
        engagement=clean_text(entry.engagement) if has_own_channel else "",
        request=request,
        effect=describe_effect(entry) if request else "",
        origin=format_origin(entry) if message.alerts else "",
    )
