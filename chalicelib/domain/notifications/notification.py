"""Define a notification: the message about one event, as channels send it, and what a channel has
sent so far."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, field
from msgspec.structs import replace

from chalicelib.domain.moments import Moment, rfc3339
from chalicelib.domain.values import JobState, Value

LONGEST_SUBJECT = 99
"""The most characters of an e-mail's subject. Amazon SNS accepts fewer than 100 ASCII characters
("Publish", Amazon SNS API Reference)."""
GRAVE, OTHER = "grave", "other"
"""The severity of an alert, as a metric's dimension. Each has alarms and a mailbox of its own."""
GRAVE_ALERTS = frozenset(
    {
        "code-used-twice",
        "emergency",
        "frozen",
        "further-token",
        "grant-to-oneself",
        "lead-ended",
        "lead-made",
        "lead-recovered",
        "many-sessions",
        "role-overridden",
        "unexplained-events",
    }
)
"""The alerts that a lead must look into at once, because someone may be using access that they
should not have, or no one has access. The others can wait until the next working day."""
POSSIBLY_SENT_BEFORE = "(possibly sent before)"

NotificationKey = Annotated[str, Meta(pattern=r"^[a-z0-9:-]{1,100}$(?!\n)", max_length=100)]
"""A key that identifies a notification, so that it is not sent twice: its trail entry's ID, or a
key that several events share."""
_not_in_a_key = re.compile(r"[^a-z0-9:-]", re.ASCII)


def build_notification_key(*parts: str) -> str:
    """Return a valid key made of these parts."""
    return _not_in_a_key.sub("-", ":".join(parts))[:100]


class Notification(Value):
    """The message about one event. `why` holds text that someone typed, and no other field does."""

    key: NotificationKey
    at: Moment
    """When the event happened."""
    until: Moment
    """Until then no other notification with this key is sent."""
    title: str
    text: str = field(name="says")
    why: str = field(name="said", default="")
    """The reason that the actor gave."""
    member: str = field(name="about", default="")
    """The member to mention. Empty for none."""
    entry: str = ""
    """The ID of the trail entry. Empty if the notification is about no entry."""
    alerts: tuple[str, ...] = ()
    """The names of the alerts that the entry raises. If any, the channel mentions every lead."""
    engagement: str = ""
    """The engagement whose channel gets it, if the engagement has one. Empty: the general
    channel."""
    request: str = ""
    """The ID of the request that waits for a decision. Empty for any other notification."""
    effect: str = ""
    """The effect of an approval of the request, as a sentence."""
    origin: str = ""
    """The actor and the address of their request, such as `alice from 203.0.113.7`. Empty without
    an alert."""

    @property
    def severity(self) -> str:
        """Return GRAVE if any of its alerts is grave, and OTHER if not."""
        return max_severity(self.alerts)

    @property
    def text_with_origin(self) -> str:
        """Return the text with the origin, for an alert's log line."""
        return f"{self.text} The request was sent as {self.origin}." if self.origin else self.text

    @property
    def source(self) -> str:
        """Return when the event happened, who caused it, and its trail entry's ID, as one line."""
        origin = f"by {self.origin}" if self.origin else ""
        entry = f"trail entry {self.entry}" if self.entry else ""
        return ", ".join(filter(None, (rfc3339(self.at), origin, entry)))


def max_severity(alerts: Iterable[str]) -> str:
    """Return GRAVE if any of these alerts is grave, and OTHER if not."""
    return OTHER if GRAVE_ALERTS.isdisjoint(alerts) else GRAVE


def format_mail(notification: Notification, *, may_have_arrived: bool) -> tuple[str, str]:
    """Return the e-mail's subject and text. Leave out `why`, because mail programs would turn typed
    text into links. `may_have_arrived` adds a note that the e-mail may be a repetition."""
    # Amazon SNS accepts only printable ASCII characters in a subject.
    subject = "".join(c if " " <= c <= "~" else "?" for c in f"Daypass: {notification.title}")
    lines = [
        notification.text,
        "The trail has the reason." if notification.why else "",
        POSSIBLY_SENT_BEFORE if may_have_arrived else "",
        notification.source,
        f"Alert: {', '.join(notification.alerts)} (docs/runbooks.md)"
        if notification.alerts
        else "",
    ]
    return subject[:LONGEST_SUBJECT], "\n\n".join(filter(None, lines)) + "\n"


MAX_REMEMBERED = 1000
"""How many notifications a channel's stored progress lists as done. One DynamoDB item holds them,
so the list is limited."""


class ChannelKind(StrEnum):
    """The kind of a notification channel."""

    SLACK = "slack"
    MAIL = "mail"
    ALARM = "alarm"
    """E-mails to the alarms' mailboxes, for alerts only."""
    CLIENT_MAIL = "client-mail"
    """E-mails to the approvers and contacts at a client."""


class DeliveryStatus(StrEnum):
    """The result of sending a notification."""

    DELIVERED = "delivered"
    NOT_DELIVERED = "not-delivered"
    """Not delivered. A retry may succeed."""
    UNKNOWN = "unknown"
    """No answer. It may have been delivered."""
    REFUSED = "refused"
    """Not delivered. A retry cannot succeed."""


class Delivery(Value, kw_only=False):
    """A channel's answer."""

    status: DeliveryStatus
    why: str = ""
    """Why the channel did not deliver it, in Daypass's words."""
    wait: int = 0
    """For how many seconds the channel asks Daypass to wait."""


class Attempt(Value):
    """The notification that is being sent or could not be sent."""

    notification: Notification = field(name="notice")
    began_at: Moment
    is_underway: bool = True
    """True until the result is stored. It stays true if the run was killed."""
    may_have_arrived: bool = True
    """False if the channel answered each attempt so far with a failure."""
    is_recorded: bool = False
    """True if the trail has an entry of the failure."""
    not_before: Moment | None = None
    """The channel asked Daypass to wait until then."""


class Reading(Value):
    """A pass over the trail that one run did not finish, so that the next run continues it."""

    began_at: Moment
    at: Moment
    """This pass has read every entry before this moment."""


class ChannelProgress(JobState):
    """The progress of a channel: the notifications that are done, and the one that is being
    sent."""

    STORED_AS = "notified"
    KEY_FIELDS = ("channel",)

    channel: ChannelKind = field(name="via")
    look_from: Moment
    """Every trail entry before this moment is done: sent, given up, or routine."""
    sent: Mapping[NotificationKey, Moment] = field(name="told")
    """The key of each notification that is done, and until when a later one with this key is not
    sent."""
    attempt: Attempt | None = None
    looked_ahead_at: Moment | None = None
    """When Daypass last checked for ends that are near."""
    requests_read_until: Moment | None = None
    """Every request that expired before this moment, undecided, is done."""
    reading: Reading | None = None
    """The point at which the last run stopped, if it ran out of time."""

    @property
    def position(self) -> datetime:
        """Return the moment from which the next run reads the trail."""
        return max(self.look_from, self.reading.at) if self.reading else self.look_from

    def is_done(self, notification: Notification) -> bool:
        """Return whether this notification, or one with its key that covers its time, is done."""
        until = self.sent.get(notification.key)
        return until is not None and notification.at <= until

    def with_done(self, notification: Notification) -> ChannelProgress:
        """Return a copy in which this notification is done and no attempt is left."""
        return replace(self, sent={**self.sent, notification.key: notification.until}, attempt=None)

    def without_old_notifications(self) -> ChannelProgress:
        """Return a copy that lists at most MAX_REMEMBERED notifications as done.

        Drop each notification whose time (`until`) is before `look_from`, because no later run
        finds it again. If too many are left, drop the earliest and move `look_from` after them, so
        that no run reads and sends them a second time.
        """
        remembered = [(key, until) for key, until in self.sent.items() if until >= self.look_from]
        remembered.sort(key=lambda key_and_until: key_and_until[1])
        dropped, kept = remembered[:-MAX_REMEMBERED], remembered[-MAX_REMEMBERED:]
        after_dropped = [until + timedelta(microseconds=1) for _, until in dropped]
        return replace(self, sent=dict(kept), look_from=max([self.look_from, *after_dropped]))
