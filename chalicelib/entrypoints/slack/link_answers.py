"""Answers in Slack about a link to a session: the link, its end, or the line to paste instead."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from chalicelib.domain.moments import in_words, rfc3339
from chalicelib.domain.slack.messages import (
    Message,
    button,
    buttons,
    code,
    context,
    link_button,
    message,
    plain,
    replacing,
    section,
)
from chalicelib.domain.vending.access import Wish
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.vending.access_links import NewAccessLink

# What its buttons are called, when Slack tells of one.
OPEN, REVOKE_LINK = "open", "revoke-link"


def access(made: NewAccessLink, base_url: str, now: datetime) -> Message:
    """A link to where the session is vended, for whoever asked alone."""
    link = made.link
    minutes = max(1, round((link.expires_at - now).total_seconds() / 60))
    says = (
        f"You can get a session of {code(link.role)} in {code(link.engagement)} once, within"
        f" {minutes} minutes. Nothing has been issued yet."
    )
    return message(
        plain(f"A link to a session of {link.role} in {link.engagement}"),
        section(says),
        buttons(
            link_button("Get the session", OPEN, f"{base_url}/access/{made.text}"),
            button("Revoke the link", REVOKE_LINK, link.hash),
        ),
        context("Whoever has this link until then is you. Do not pass it on."),
    )


def link_revoked(came_of_it: Revocation) -> Message:
    """In place of the link. Of other sessions nothing is said: its member may get more of them."""
    says = "This link is revoked: it opens nothing any more."
    if came_of_it.last_moment is None:
        return replacing(f"{says} No session that came by it is alive.")
    return replacing(
        f"{says} The session that came by it may be alive until {in_words(came_of_it.last_moment)}."
        " If it was not you who got it, tell your lead: AWS takes no session back, and only the"
        " client can end it sooner, by denying what was issued at or before"
        f" {rfc3339(came_of_it.cut_off_at)}."
    )


# What a shell, or Slack, would take for its own: JSON has another way to write each of them.
_IN_JSON = {c: f"\\u{ord(c):04x}" for c in "'`<>&!"}
ON_YOUR_MACHINE = "a terminal on the machine where you set up Daypass"


def call_as_member(route: str, body: Mapping[str, Any]) -> str:
    """Return a shell command that calls the API as the member who pastes it.

    It reads the token and the address from the files that docs/using.md makes. So the token is on
    no command line, and goes to no address that a message in Slack could name.
    """
    text = "".join(_IN_JSON.get(c, c) for c in json.dumps(body))
    return (
        'curl -sS -H @"$HOME/.daypass/authorization" -H "Content-Type: application/json"'
        f" \"$(cat ~/.daypass/address){route}\" -d '{text}'"
    )


def to_paste(engagement: str, wish: Wish) -> Message:
    """Return the line that gets a session of a role that gives none by a link."""
    wanted = {"role": wish.role, "duration": wish.duration, "reason": wish.reason or None}
    sent = {name: value for name, value in wanted.items() if value is not None}
    call = call_as_member(f"/v1/engagements/{engagement}/sessions", sent | {"format": "env"})
    says = (
        f"{code(wish.role)} in {code(engagement)} gives no session by a link. Paste this into"
        f" {ON_YOUR_MACHINE}:"
    )
    line = f'eval "$({call} || echo false)"'
    return message("Paste a line", section(says), section(f"```{line}```"))
