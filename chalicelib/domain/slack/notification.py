"""The channel for notifications, and a notification as a message to it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import field

from chalicelib.domain.notifications.notification import AGAIN, Notification
from chalicelib.domain.slack.messages import (
    LONGEST_TEXT,
    Message,
    context,
    mention,
    plain,
    section,
)
from chalicelib.domain.values import Secret, Value


class ChannelWebhook(Value, frozen=True, kw_only=True):
    """The channel for notifications. It is stored apart from the signing secrets: the function that
    posts there must not be able to sign."""

    team: str
    """The ID of the channel's workspace."""
    url: Secret[str] = field(name="webhook", default="")
    """The address that takes messages. Empty if there is no channel."""


def for_slack(
    notification: Notification, *, user: str, again: bool, leads: Sequence[str] = ()
) -> Message:
    """Return the message. It mentions the `user` concerned, and the `leads` if all must know of it,
    each by their Slack user's ID."""
    lines = [f"*{_all(notification.title)}*", _all(notification.text)]
    if user:
        lines.append(f"{mention(user)}, this concerns you.")
    if leads:
        lines.append(f"For every lead: {' '.join(mention(lead) for lead in leads)}")
    if again:
        lines.append(AGAIN)
    blocks = [section("\n".join(lines))]
    if notification.why:
        blocks.append(section(f"> {plain(notification.why)}"))
    blocks.append(context(_all(notification.source)))
    return {
        # Slack shows it in notifications. It contains nothing that people typed.
        "text": f"{_all(notification.title)}. {_all(notification.text)}",
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _all(text: str) -> str:
    """Return Daypass's own text without markup. Its values are truncated already."""
    return plain(text, LONGEST_TEXT)
