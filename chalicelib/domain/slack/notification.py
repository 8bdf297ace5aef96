"""Slack messages for notifications, and the webhook of the channel that gets them."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import field

from chalicelib.domain.notifications.notification import POSSIBLY_SENT_BEFORE, Notification
from chalicelib.domain.slack.messages import (
    LONGEST_TEXT,
    Message,
    context,
    escape,
    mention,
    section,
)
from chalicelib.domain.values import Secret, Value


class ChannelWebhook(Value, frozen=True, kw_only=True):
    """The webhook of the channel for notifications.

    It is stored apart from the signing secrets, because the function that posts to the channel must
    not be able to sign requests.
    """

    team: str
    """The ID of the channel's workspace."""
    url: Secret[str] = field(name="webhook", default="")
    """The URL to which messages are posted. Empty if there is no channel."""


def build_slack_message(
    notification: Notification, *, user: str, may_have_arrived: bool, leads: Sequence[str] = ()
) -> Message:
    """Return a Slack message for the notification.

    `user` is the ID of the Slack user that the notification concerns; empty for none. `leads` are
    the IDs of the Slack users to mention if the notification is for every lead. `may_have_arrived`
    adds a note that the message may be a repetition.
    """
    lines = [f"*{_whole_text(notification.title)}*", _whole_text(notification.text)]
    if user:
        lines.append(f"{mention(user)}, this concerns you.")
    if leads:
        lines.append(f"This concerns every lead: {' '.join(mention(lead) for lead in leads)}")
    if may_have_arrived:
        lines.append(POSSIBLY_SENT_BEFORE)
    blocks = [section("\n".join(lines))]
    if notification.why:
        blocks.append(section(f"> {escape(notification.why)}"))
    blocks.append(context(_whole_text(notification.source)))
    return {
        # Slack shows this text in push notifications. It contains nothing that people typed.
        "text": f"{_whole_text(notification.title)}. {_whole_text(notification.text)}",
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _whole_text(text: str) -> str:
    """Return one of Daypass's own texts without markup. Its values are truncated already."""
    return escape(text, LONGEST_TEXT)
