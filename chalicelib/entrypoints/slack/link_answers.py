"""What is answered in Slack of a link to a session: the link, its end, or how to do without."""

from __future__ import annotations

import json
from datetime import datetime

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
_IN_JSON = {c: f"\\u{ord(c):04x}" for c in "'`<>&"}


def to_paste(engagement: str, wish: Wish, base_url: str) -> Message:
    """Where a role gives no session by a link: the line to paste, which needs one's own token."""
    wanted = {"role": wish.role, "duration": wish.duration, "reason": wish.reason or None}
    sent = {name: value for name, value in wanted.items() if value is not None}
    body = "".join(_IN_JSON.get(c, c) for c in json.dumps(sent | {"format": "env"}))
    line = (
        f'eval "$(curl -s -H "Authorization: Bearer $DAYPASS_TOKEN" -H'
        f" 'Content-Type: application/json' {base_url}/v1/engagements/{engagement}/sessions"
        f" -d '{body}')\""
    )
    says = (
        f"{code(wish.role)} in {code(engagement)} gives no session by a link. Paste this where you"
        " have your own token:"
    )
    return message("Paste a line", section(says), section(f"```{line}```"))
