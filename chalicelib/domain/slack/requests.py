"""Describe access requests in Slack's messages, with the buttons that decide them.

A button's value is the request's ID, which is not a secret. It proves nothing: Daypass decides by
the binding of the person who presses the button.
"""

from __future__ import annotations

from chalicelib.domain.requests.effects import describe_opening
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.requests.view import RequestView
from chalicelib.domain.slack.messages import (
    Block,
    Message,
    button,
    buttons,
    code,
    confirmation_dialog,
    context,
    escape,
    section,
    text_input,
)
from chalicelib.domain.vending.access import CallerKind

APPROVE, DENY, WORDS = "approve-request", "deny-request", "words"
"""The IDs of the two buttons, and of the field for the words of a denial."""
MAX_WORDS = 200
"""Characters: as many as any reason can have."""


_CLIENT_ONLY = ("the client",)


def describe_access(request: RequestView) -> str:
    """Return what the request is for, as a text: role, engagement and span."""
    return f"{code(request.role)} in {code(request.engagement)} {escape(request.span)}"


def describe_request(request: RequestView) -> list[str]:
    """Return lines on a request: who asks for what, its state, the reason and the ticket, and the
    ID."""
    by_program = " through a program" if request.caller is CallerKind.AGENT else ""
    ticket = f" Ticket: {_describe_ticket(request)}" if request.ticket else ""
    return [
        f"*{escape(request.member)}*{by_program} asks for {describe_access(request)}.",
        escape(request.message, 600),
        f"> {escape(request.reason)}{ticket}",
        f"ID: {code(request.id)}",
    ]


def build_decided_message(request: RequestView) -> Message:
    """Return the message that replaces a request's message in a channel after a press: the state of
    the request, and who decided it. If it still waits for someone, the buttons stay.

    It has no `response_type`: the message stays visible to those who saw it.
    """
    return {
        "text": f"{escape(request.member)}: {escape(request.message, 600)}",
        "blocks": [
            section("\n".join(describe_request(request))),
            *_build_buttons(request),
            context("Daypass tells the member the result in a message of its own."),
        ],
        "replace_original": True,
    }


def _build_buttons(request: RequestView) -> list[Block]:
    """Return the buttons of a request that someone at the firm can still decide, or none."""
    if request.status is not RequestStatus.WAITING or request.waiting_for == _CLIENT_ONLY:
        return []
    return build_decision_blocks(request.id, describe_opening(request))


def _describe_ticket(request: RequestView) -> str:
    """Return the ticket, as a link if the policy has a URL for it. Neither can hold markup."""
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
        text_input("Say why. A denial needs a reason.", WORDS, MAX_WORDS),
        buttons(build_approve_button(request, effect), button("Deny", DENY, value=request)),
    ]
