"""The buttons with which approvers decide an access request in Slack.

A button's value is the request's ID, which is no secret. It proves nothing: Daypass decides by the
binding of the person who presses the button.
"""

from __future__ import annotations

from chalicelib.domain.slack.messages import (
    Block,
    button,
    buttons,
    confirmation_dialog,
    escape,
    text_input,
)

APPROVE, DENY, WORDS = "approve-request", "deny-request", "words"
"""The IDs of the two buttons, and of the field for the words of a denial."""
MAX_WORDS = 200
"""Characters: as many as any reason can have."""


def build_approve_button(request: str, effect: str) -> Block:
    """Return the button that approves the request. Slack first shows the effect, and asks."""
    dialog = confirmation_dialog("Approve the request?", escape(effect, 300), "Approve")
    return button("Approve", APPROVE, value=request, style="primary", confirm=dialog)


def build_decision_blocks(request: str, effect: str) -> list[Block]:
    """Return a field for the words of a denial, and the buttons that approve or deny the
    request."""
    return [
        text_input("Why not? A denial needs words.", WORDS, MAX_WORDS),
        buttons(build_approve_button(request, effect), button("Deny", DENY, value=request)),
    ]
