"""Build Slack's messages about access requests, with the buttons that decide them, and about
notifications. Define the webhook of the channel that gets these.

A button's value is the request's ID, which is not a secret. It proves nothing: Daypass decides by
the binding of the person who presses the button.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import field

from chalicelib.domain.identifiers import EngagementId
from chalicelib.domain.notifications.notification import POSSIBLY_SENT_BEFORE, Notification
from chalicelib.domain.requests.effects import describe_opening
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.slack.messages import (
    LONGEST_TEXT,
    Block,
    Message,
    button,
    buttons,
    code,
    confirmation_dialog,
    context,
    escape,
    escape_to_fit,
    mention,
    section,
    text_input,
)
from chalicelib.domain.values import Secret, Value
from chalicelib.domain.vending.access import CallerKind

APPROVE, DENY, WORDS = "approve-request", "deny-request", "words"
"""The IDs of the two buttons, and of the field for the words of a denial."""
MAX_WORDS = 200
"""Characters: as many as any reason can have."""
LONGEST_MESSAGE = 600
"""Characters of a request's message. Slack limits each part of a message."""

_CLIENT_ONLY = ("the client",)
"""The `waiting_for` of a request that only the client can still decide."""


def describe_access(request: RequestView) -> str:
    """Return what the request is for, as a text: role, engagement and span."""
    return f"{code(request.role)} in {code(request.engagement)} {escape(request.span)}"


def describe_request(request: RequestView) -> list[str]:
    """Return lines on a request: its member and the requested access, its state, the reason and the
    ticket, and its ID."""
    by_program = " (through an agent)" if request.caller is CallerKind.AGENT else ""
    ticket = f" Ticket: {_describe_ticket(request)}" if request.ticket else ""
    return [
        f"*{escape(request.member)}*{by_program} requests {describe_access(request)}.",
        escape(request.message, LONGEST_MESSAGE),
        f"> {escape(request.reason)}{ticket}",
        f"ID: {code(request.id)}",
    ]


def build_decided_message(request: RequestView) -> Message:
    """Return the message that replaces a request's message in a channel after a press: the state of
    the request, and who decided it. If it still waits for someone, the buttons stay.

    It has no `response_type`: the message stays visible to those who saw it.
    """
    return {
        "text": f"{escape(request.member)}: {escape(request.message, LONGEST_MESSAGE)}",
        "blocks": [
            section("\n".join(describe_request(request))),
            *_build_buttons(request),
            context("Daypass sends the result to the member in a separate message."),
        ],
        "replace_original": True,
    }


def _build_buttons(request: RequestView) -> list[Block]:
    """Return the buttons of a request that someone at the firm can still decide, or none."""
    if request.status is not RequestStatus.WAITING or request.waiting_for == _CLIENT_ONLY:
        return []
    return build_decision_blocks(request.id, describe_opening(request))


def _describe_ticket(request: RequestView) -> str:
    """Return the ticket, as a link if the policy has a URL for it. Neither the ticket nor the URL
    can contain Slack's markup."""
    if not request.ticket_url:
        return code(request.ticket)
    # A policy's URL has no character that ends a link in Slack's markup.
    url = request.ticket_url.replace("&", "&amp;")
    return f"<{url}|{escape(request.ticket)}>"


def build_approve_button(request: str, effect: str) -> Block:
    """Return the button that approves the request. Slack first shows the effect, and asks."""
    dialog = confirmation_dialog("Approve the request?", escape(effect, 300), "Approve")
    return button("Approve", APPROVE, value=request, style="primary", confirm=dialog)


def build_decision_blocks(request: str, effect: str) -> list[Block]:
    """Return a field for the words of a denial, and the buttons that approve or deny the
    request."""
    return [
        text_input("Reason (required to deny)", WORDS, MAX_WORDS),
        buttons(build_approve_button(request, effect), button("Deny", DENY, value=request)),
    ]


_LONGEST_TITLE, _LONGEST_NOTIFICATION_TEXT = 500, 1500
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

    `user` is the ID of the Slack user that the notification concerns, or "" for none. `mentions`
    are the IDs of the other Slack users to mention: every lead of an alert, or the approvers of a
    request. `may_have_arrived` adds a note that the message may be a repetition.
    """
    title = escape_to_fit(notification.title, _LONGEST_TITLE)
    text = escape_to_fit(notification.text, _LONGEST_NOTIFICATION_TEXT)
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
