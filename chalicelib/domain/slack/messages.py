"""Messages as Slack takes them (Block Kit), made so that nothing in a value means more than itself.

Its limits are those of "Block Kit" (docs.slack.dev), as Slack's own SDK holds them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from chalicelib.domain.people.members import Member
from chalicelib.domain.text import truncate

Message = dict[str, Any]
"""`text`, for notifications and where blocks are not shown, and `blocks`."""
Block = dict[str, Any]

LONGEST_TEXT = 3000
"""Characters of a section. Values are truncated one by one, so that no text comes near it."""
LONGEST_VALUE = 200
MOST_LINES = 40

# "Formatting message text" (docs.slack.dev): these three make mentions, links and escapes.
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# What sets text in bold, italics and code. Slack has no escape for it; these look the same.
_MARKS = {"*": "\u2217", "_": "\uff3f", "~": "\u223c", "`": "\u02cb"}


def plain(value: str, longest: int = LONGEST_VALUE) -> str:
    """A value that somebody chose: no mention, no link, no style; cut where it is long."""
    return "".join(_ESCAPES.get(c) or _MARKS.get(c) or c for c in truncate(value, longest))


def code(value: str, longest: int = LONGEST_VALUE) -> str:
    """The same, set as code."""
    return f"`{''.join(_ESCAPES.get(c, c) for c in truncate(value, longest).replace('`', 'ˋ'))}`"


def a_member(member: Member) -> str:
    """A member in a sentence: name, ID and kind."""
    return f"{plain(member.name, 80)} ({code(member.id)}, {member.kind})"


def mention(user: str) -> str:
    """The Slack user of this id, who hears of it."""
    return f"<@{plain(user)}>"


def section(text: str) -> Block:
    return {"type": "section", "text": _markup(text)}


def context(text: str) -> Block:
    return {"type": "context", "elements": [_markup(text)]}


def _markup(text: str) -> Block:
    """`verbatim`: Slack makes no link and no mention of what only looks like one, such as a name
    that is an address. Our own links are buttons, and our own mentions are written as such."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def buttons(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def button(label: str, action: str, **more: str) -> Block:
    """Return a button that Slack tells Daypass of. It has a `value`, which Slack sends back and
    anybody can read, or a `url`, which it opens; and maybe a `style`."""
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "text": text, "action_id": action, **more}


def message(text: str, *blocks: Block) -> Message:
    """One that only whoever asked sees. `text` alone is a section of its own."""
    return {"response_type": "ephemeral", "text": text, "blocks": list(blocks or [section(text)])}


def replacing(title: str, says: str = "") -> Message:
    """One that stands in place of the message whose button was pressed, and its buttons."""
    return message(title, *map(section, filter(None, (title, says)))) | {"replace_original": True}


def listed(lines: Sequence[str]) -> str:
    """Some lines, as many as a section has room for; and how many there are beside them."""
    shown: list[str] = []
    room = LONGEST_TEXT - 40
    for line in lines:
        room -= len(line) + 1
        if room < 0 or len(shown) == MOST_LINES:
            break
        shown.append(line)
    more = len(lines) - len(shown)
    return "\n".join([*shown, f"… and {more} more"] if more else shown)


# What a shell, or Slack, would interpret: JSON has another notation for each of these.
_IN_JSON = {c: f"\\u{ord(c):04x}" for c in "'`<>&!"}
ON_YOUR_MACHINE = "a terminal on the machine where you set up Daypass"


def call_as_member(route: str, body: Mapping[str, Any]) -> str:
    """Return a shell command that calls the API as the member who pastes it. Token and address come
    from the files that docs/using.md makes, so that no message in Slack names them."""
    text = "".join(_IN_JSON.get(c, c) for c in json.dumps(body))
    return (
        'curl -sS -H @"$HOME/.daypass/authorization" -H "Content-Type: application/json"'
        f" \"$(cat ~/.daypass/address){route}\" -d '{text}'"
    )
