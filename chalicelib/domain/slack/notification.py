"""Slack messages for notifications, and the webhook of the channel that gets them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import field

from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.notifications.notification import POSSIBLY_SENT_BEFORE, Notification
from chalicelib.domain.slack.messages import (
    LONGEST_TEXT,
    Message,
    context,
    escape,
    escape_to_fit,
    mention,
    section,
)
from chalicelib.domain.slack.requests import build_decision_blocks
from chalicelib.domain.values import Secret, Value

_LONGEST_TITLE, _LONGEST_TEXT = 500, 1500
"""Characters. The rest of the section is for mentions."""


class ChannelWebhook(Value):
    """The webhook of the channel for notifications.

    It is stored apart from the signing secrets, because the function that posts to the channel must
    not be able to sign requests.
    """

    team: str
    """The ID of the channel's workspace."""
    url: Secret[str] = field(name="webhook", default="")
    """The URL to which messages are posted. Empty if there is no channel."""
    engagements: Mapping[EngagementId, Secret[str]] = field(default_factory=dict)
    """The URLs of engagements that have a channel of their own, for their access requests."""

    def list_urls(self, engagement: str) -> list[str]:
        """Return the URLs for a message to the engagement's channel, the preferred one first."""
        return list(filter(None, (self.engagements.get(engagement), self.url)))


def build_slack_message(
    notification: Notification, *, user: str, may_have_arrived: bool, mentions: Sequence[str] = ()
) -> Message:
    """Return a Slack message for the notification.

    `user` is the ID of the Slack user that the notification concerns; empty for none. `mentions`
    are the IDs of the other Slack users to mention: every lead of an alert, or the approvers of a
    request. `may_have_arrived` adds a note that the message may be a repetition.
    """
    title = escape_to_fit(notification.title, _LONGEST_TITLE)
    text = escape_to_fit(notification.text, _LONGEST_TEXT)
    lines = [f"*{title}*", text]
    if user:
        lines.append(f"{mention(user)}, this concerns you.")
    if mentions:
        users = " ".join(map(mention, mentions))
        is_alert = bool(notification.alerts)
        lines.append(f"{'This concerns every lead' if is_alert else 'Please decide'}: {users}")
    if may_have_arrived:
        lines.append(POSSIBLY_SENT_BEFORE)
    blocks = [section("\n".join(lines))]
    if notification.why:
        blocks.append(section(f"> {escape(notification.why)}"))
    if notification.request:
        blocks += build_decision_blocks(notification.request, notification.effect)
    blocks.append(context(escape(notification.source, LONGEST_TEXT)))
    return {
        # Slack shows this text in push notifications. It contains nothing that people typed.
        "text": f"{title}. {text}",
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }
