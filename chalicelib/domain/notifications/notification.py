"""A notification: what people are told of one event."""

from __future__ import annotations

import re
from typing import Annotated

from msgspec import Meta, field

from chalicelib.domain.moments import Moment, rfc3339
from chalicelib.domain.notifications.message import Alert
from chalicelib.domain.values import Value

LONGEST_SUBJECT = 99
"""Characters of a mail's subject. "Publish" (Amazon SNS API Reference): fewer than 100, ASCII."""
AGAIN = "(perhaps for the second time)"

NotificationKey = Annotated[str, Meta(pattern=r"^[a-z0-9:-]{1,100}$(?!\n)", max_length=100)]
"""What Daypass remembers a sent notification by: its entry's ID, unless it has a key of its own."""
_not_in_a_key = re.compile(r"[^a-z0-9:-]", re.ASCII)


def notification_key(*parts: str) -> str:
    """Return the key that these parts make, whatever they hold."""
    return _not_in_a_key.sub("-", ":".join(parts))[:100]


class Notification(Value, frozen=True, kw_only=True):
    """What people are told of one event. Nobody typed any of it but `why`."""

    key: NotificationKey
    at: Moment
    """When it happened."""
    until: Moment
    """Until when no other notification with this key is sent."""
    title: str
    text: str = field(name="says")
    why: str = field(name="said", default="")
    """The reason that the actor gave."""
    member: str = field(name="about", default="")
    """The member to mention. Empty for none."""
    entry: str = ""
    """The ID of the entry on the trail. Empty if there is none."""
    alerts: tuple[Alert, ...] = ()
    """The alerts that the entry raises. Not empty: every lead has to hear of it."""
    origin: str = ""
    """Who did it and from which address, for an alert."""

    @property
    def text_with_origin(self) -> str:
        """The text of the alerts, which stand alone in the log."""
        return f"{self.text} It was done by {self.origin}." if self.origin else self.text

    @property
    def source(self) -> str:
        """When it happened, by whom, and the entry that says so."""
        origin = f"by {self.origin}" if self.origin else ""
        entry = f"on the trail as {self.entry}" if self.entry else ""
        return ", ".join(filter(None, (rfc3339(self.at), origin, entry)))


def by_mail(notification: Notification, *, again: bool) -> tuple[str, str]:
    """Return subject and text of the mail, without what somebody typed: a mail program makes links
    of what looks like one."""
    subject = "".join(c if " " <= c <= "~" else "?" for c in f"Daypass: {notification.title}")
    lines = [
        notification.text,
        "Why is on the trail." if notification.why else "",
        AGAIN if again else "",
        notification.source,
    ]
    return subject[:LONGEST_SUBJECT], "\n\n".join(filter(None, lines)) + "\n"
