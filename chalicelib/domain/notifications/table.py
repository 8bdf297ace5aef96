"""Combine the rules for all events: which are routine, which notify people, and which alert the
leads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from chalicelib.domain.notifications import engagements, people
from chalicelib.domain.notifications.message import (
    LONGEST_TEXT,
    Alert,
    Rule,
    filled,
    member_of,
    origin_of,
    value,
)
from chalicelib.domain.notifications.notification import Notification, notification_key
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Value

TABLE: Mapping[Action, Rule] = {**people.TABLE, **engagements.TABLE}
"""The rule for each action with the outcome `done`."""
NOT_DONE: Mapping[tuple[Action, Outcome], Rule] = {**people.NOT_DONE, **engagements.NOT_DONE}
"""The rules for other outcomes. An outcome without a rule is routine."""


class RaisedAlert(Value, frozen=True, kw_only=True):
    """An alert as the log records it."""

    alert: Alert
    engagement: str
    role: str
    member: str
    at: datetime
    text: str


def alerts_of(entry: Entry) -> list[RaisedAlert]:
    """Return the alerts that the entry raises."""
    notification = notification_of(entry)
    if notification is None:
        return []
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


def notification_of(entry: Entry) -> Notification | None:
    """Return the notification about the entry, or None if it is routine."""
    is_done = entry.outcome is Outcome.DONE
    rule = TABLE[entry.action] if is_done else NOT_DONE.get((entry.action, entry.outcome))
    message = rule(entry) if callable(rule) else rule
    if message is None:
        return None
    return Notification(
        key=notification_key(message.key or entry.id),
        at=entry.at,
        until=entry.at + message.silent,
        title=filled(message.title, entry, message.values),
        text=filled(message.text, entry, message.values),
        why=value(entry.detail("said"), LONGEST_TEXT),
        member=member_of(entry) if message.mentions_member else "",
        entry=entry.id,
        alerts=message.alerts,
        origin=origin_of(entry) if message.alerts else "",
    )
