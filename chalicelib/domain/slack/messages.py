"""Messages in Slack's Block Kit, in which no value can become markup.

The limits come from "Block Kit" (docs.slack.dev) and Slack's SDK.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.domain.people.members import Member
from chalicelib.domain.text import truncate

Message = dict[str, Any]
"""A dictionary with `blocks`, and `text` for notifications and where blocks are not shown."""
Block = dict[str, Any]

LONGEST_TEXT = 3000
"""Characters of a section. Values are truncated one by one, so that no text comes near it."""
LONGEST_VALUE = 200
MOST_LINES = 40

# "Formatting message text" (docs.slack.dev): these three make mentions, links and escapes.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# Slack has no escapes for the marks of bold, italics and code. These characters look the same.
_MARKS = {"*": "\u2217", "_": "\uff3f", "~": "\u223c", "`": "\u02cb"}


def plain(value: str, longest: int = LONGEST_VALUE) -> str:
    """Return a value without mentions, links and styles, truncated if it is long."""
    return "".join(_ESCAPES.get(c) or _MARKS.get(c) or c for c in truncate(value, longest))


def code(value: str, longest: int = LONGEST_VALUE) -> str:
    """Return a value set as code, truncated if it is long."""
    return f"`{''.join(_ESCAPES.get(c, c) for c in truncate(value, longest).replace('`', 'ˋ'))}`"


def a_member(member: Member) -> str:
    """Return a member's name, ID and kind for a sentence."""
    return f"{plain(member.name, 80)} ({code(member.id)}, {member.kind})"


def mention(user: str) -> str:
    """Return a mention of the Slack user with this ID. Slack notifies them."""
    return f"<@{plain(user)}>"


def section(text: str) -> Block:
    return {"type": "section", "text": _markup(text)}


def context(text: str) -> Block:
    return {"type": "context", "elements": [_markup(text)]}


def _markup(text: str) -> Block:
    """Return a text object. With `verbatim`, Slack makes no link or mention of a text that looks
    like one, such as a name with a dot. Daypass's links are buttons."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def buttons(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def button(label: str, action: str, **more: str) -> Block:
    """Return a button. `more` has its `value`, which Slack sends back and the reader can see, or
    its `url`, which Slack opens; and optionally its `style`."""
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "text": text, "action_id": action, **more}


def message(text: str, *blocks: Block) -> Message:
    """Return a message that only the sender of the request sees. By default, `text` is its body."""
    return {"response_type": "ephemeral", "text": text, "blocks": list(blocks or [section(text)])}


def replacing(title: str, text: str = "") -> Message:
    """Return a message that replaces the one whose button was pressed."""
    return message(title, *map(section, filter(None, (title, text)))) | {"replace_original": True}


def listed(lines: Sequence[str]) -> str:
    """Return as many lines as fit into a section, and how many were left out."""
    shown: list[str] = []
    room = LONGEST_TEXT - 40
    for line in lines:
        room -= len(line) + 1
        if room < 0 or len(shown) == MOST_LINES:
            break
        shown.append(line)
    more = len(lines) - len(shown)
    return "\n".join([*shown, f"… and {more} more"] if more else shown)


# Characters that a shell or Slack would interpret. JSON can escape each of them.
_IN_JSON = {c: f"\\u{ord(c):04x}" for c in "'`<>&!"}
ON_YOUR_MACHINE = "a terminal on the machine where you set up Daypass"


def call_as_member(route: str, body: Mapping[str, Any]) -> str:
    """Return a shell command that calls the API as the member who pastes it.

    It reads the token and the address from the files that docs/using.md creates, so that no message
    in Slack contains them.
    """
    text = "".join(_IN_JSON.get(c, c) for c in json.dumps(body))
    return (
        'curl -sS -H @"$HOME/.daypass/authorization" -H "Content-Type: application/json"'
        f" \"$(cat ~/.daypass/address){route}\" -d '{text}'"
    )
