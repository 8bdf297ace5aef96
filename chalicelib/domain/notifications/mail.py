"""Write a notification as a mail."""

from __future__ import annotations

from chalicelib.domain.notifications.notification import AGAIN, Notification
from chalicelib.domain.things import Thing

LONGEST_SUBJECT = 99
"""Characters of a mail's subject. "Publish" (Amazon SNS API Reference): fewer than 100, ASCII."""


class Mail(Thing, frozen=True, kw_only=True):
    subject: str
    text: str


def by_mail(notification: Notification, *, again: bool) -> Mail:
    """Return the mail, without what somebody typed: a mail program makes links of what looks like
    one."""
    subject = "".join(c if " " <= c <= "~" else "?" for c in f"Daypass: {notification.title}")
    lines = [
        notification.text,
        "Why is on the trail." if notification.why else "",
        AGAIN if again else "",
    ]
    text = "\n\n".join([*filter(None, lines), notification.source])
    return Mail(subject=subject[:LONGEST_SUBJECT], text=text + "\n")
