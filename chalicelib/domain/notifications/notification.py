"""Define a notification: the message about one event, as channels send it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.moments import Moment, rfc3339
from chalicelib.domain.values import Value

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
        return f"{self.text} It was done by {self.origin}." if self.origin else self.text

    @property
    def source(self) -> str:
        """Return when the event happened, who caused it, and its trail entry's ID, as one line."""
        origin = f"by {self.origin}" if self.origin else ""
        entry = f"on the trail as {self.entry}" if self.entry else ""
        return ", ".join(filter(None, (rfc3339(self.at), origin, entry)))


def max_severity(alerts: Iterable[str]) -> str:
    """Return GRAVE if any of these alerts is grave, and OTHER if not."""
    return OTHER if GRAVE_ALERTS.isdisjoint(alerts) else GRAVE


def format_mail(notification: Notification, *, may_have_arrived: bool) -> tuple[str, str]:
    """Return the e-mail's subject and text. Leave out `why`, because mail programs would turn typed
    text into links. `may_have_arrived` adds a note that the e-mail may be a repetition."""
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
