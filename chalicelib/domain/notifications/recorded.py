"""Build the notification about a trail entry, and the alerts that it raises."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.evidence.events import TYPED, Facts, Text, write
from chalicelib.domain.evidence.sentences import TABLE, Sentence, describe_event
from chalicelib.domain.notifications.notification import Notification, build_notification_key
from chalicelib.domain.text import LONGEST_TEXT, clean_text, truncate
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.values import Value

QUIET_PERIOD = timedelta(hours=1)
"""For this time, an event that someone can repeat at will causes no further notification."""
LONGEST_MESSAGE = 1000
"""The most characters of a notification's text."""
CLIENT_ONLY = "the client"
"""The detail `waiting_for` of a request that no one at the firm can approve any more."""


class RaisedAlert(Value):
    """An alert with what it is about, as the log records it."""

    alert: str
    """The alert's name. Its severity is a dimension of the metric that raises an alarm."""
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
    """Return the notification about the entry, or None if it is routine. Its text is the event's
    sentence, and what to do."""
    e = Facts(entry, hidden=TYPED)  # the sentences leave out text that a person typed
    event = TABLE[entry.action](e)
    not_done = event.warning if entry.outcome in (Outcome.REFUSED, Outcome.FAILED) else None
    notice = event.notice if entry.outcome is Outcome.DONE else not_done
    if notice is None:
        return None
    sentence = Sentence(describe_event(e, event)).text
    advice = _write_plain(notice.advice)
    request = clean_text(e.request) if _waits_for_firm(e) else ""
    return Notification(
        key=build_notification_key(*(notice.hourly_key or (entry.id,))),
        at=entry.at,
        # Until then, no other notification with this key is sent. No other entry has this ID.
        until=entry.at + (QUIET_PERIOD if notice.hourly_key else timedelta(0)),
        title=_write_plain(notice.title),
        # Shorten a long sentence, such as one on four failed checks, but never what to do.
        text=f"{truncate(sentence, LONGEST_MESSAGE - len(advice) - 1)} {advice}".strip(),
        why=clean_text(entry.detail("said"), LONGEST_TEXT),
        member=clean_text(e.member) if notice.mentions_member else "",
        entry=entry.id,
        alerts=tuple(notice.alerts.split()),
        # A notification of a request goes to the channel of its engagement. An alert goes to the
        # general channel, which the leads read.
        engagement=clean_text(entry.engagement) if e.request and not notice.alerts else "",
        request=request,
        effect=_write_plain(f"{e.member} can use {e.target}, {e.span}.") if request else "",
        origin=f"{e.actor!s} from {clean_text(entry.address)}"
        if notice.alerts and entry.address
        else "",
    )


def _write_plain(text: Text) -> str:
    """Return the text without the marks around its values."""
    return Sentence(write(text)).text


def _waits_for_firm(e: Facts) -> bool:
    """Return whether the entry is about a request that someone at the firm can still approve."""
    is_open = e.record.action in (Action.REQUEST_CREATE, Action.REQUEST_APPROVE)
    return is_open and e.record.outcome is Outcome.DONE and e.waiting_for not in ("", CLIENT_ONLY)
