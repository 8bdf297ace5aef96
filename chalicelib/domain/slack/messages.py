"""Build messages of Slack's Block Kit. No value in them can act as markup.

The limits come from "Block Kit" (docs.slack.dev) and Slack's SDK.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.reasons import Surface
from chalicelib.domain.text import truncate

Message = dict[str, Any]
"""A message's JSON: `blocks`, and `text` for notifications and clients that do not show blocks."""
Block = dict[str, Any]

LONGEST_TEXT = 3000
"""The most characters in a section. Each value is truncated, so texts stay well below this."""
LONGEST_VALUE = 200
MOST_LINES = 40

# Mentions, links and escapes need these three characters ("Formatting message text",
# docs.slack.dev).
_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
# Slack has no escapes for the marks of bold, italics and code. Characters that look the same
# replace them.
_MARKS = str.maketrans({"*": "\u2217", "_": "\uff3f", "~": "\u223c", "`": "\u02cb"})


def escape(value: str, longest: int = LONGEST_VALUE) -> str:
    """Return the value as plain text, truncated if it is long. It can make no mention, link or
    style."""
    return truncate(value, longest).translate(_ESCAPES | _MARKS)


def escape_to_fit(value: str, longest: int) -> str:
    """Return the value as plain text of at most `longest` characters. Its escapes count."""
    escaped = escape(value, longest)
    if len(escaped) <= longest:
        return escaped
    fitting = ""
    for character in map(escape, value):
        if len(fitting) + len(character) >= longest:  # leave room for the ellipsis
            break
        fitting += character
    return f"{fitting}…"


def code(value: str, longest: int = LONGEST_VALUE) -> str:
    """Return the value in a code style, truncated if it is long."""
    return f"`{truncate(value, longest).replace('`', 'ˋ').translate(_ESCAPES)}`"


def mention(user: str) -> str:
    """Return a mention of the Slack user with this ID. Slack notifies them."""
    return f"<@{escape(user)}>"


def section(text: str) -> Block:
    return {"type": "section", "text": _markup(text)}


def context(text: str) -> Block:
    return {"type": "context", "elements": [_markup(text)]}


def _markup(text: str) -> Block:
    """Return a text object of Block Kit.

    With `verbatim`, Slack does not turn a text that looks like a link or a mention, such as a name
    with a dot, into one. Daypass's own links are buttons.
    """
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def buttons(*elements: Block) -> Block:
    return {"type": "actions", "elements": list(elements)}


def button(label: str, action: str, *, confirm: Block | None = None, **attributes: str) -> Block:
    """Return a button. `attributes` are its `value` or its `url`, and optionally its `style`.

    When someone presses the button, Slack sends the value back to Daypass, or opens the URL. The
    value is not secret from people who see the message. With `confirm`, Slack asks first.
    """
    asks = {} if confirm is None else {"confirm": confirm}
    return {"type": "button", "text": _plain(label), "action_id": action, **attributes, **asks}


def confirmation_dialog(title: str, text: str, label: str) -> Block:
    """Return the question that Slack asks after a press. `label` is on the button that
    continues."""
    return {
        "title": _plain(truncate(title, 100)),
        "text": _plain(truncate(text, 300)),
        "confirm": _plain(truncate(label, 30)),
        "deny": _plain("Cancel"),
    }


def text_input(label: str, name: str, longest: int) -> Block:
    """Return a field for typed text. Slack sends its text with the press of any button of the
    message, under `name`. The message needs no dialog and no bot user for it."""
    field = {"type": "plain_text_input", "action_id": name, "max_length": longest}
    return {
        "type": "input",
        "block_id": name,
        "label": _plain(label),
        "element": field,
        "optional": True,
    }


def _plain(text: str) -> Block:
    """Return a text object in which Slack interprets no markup."""
    return {"type": "plain_text", "text": text}


def message(text: str, *blocks: Block) -> Message:
    """Return a message that only the sender of the request sees. Without blocks, show `text`."""
    return {"response_type": "ephemeral", "text": text, "blocks": list(blocks or [section(text)])}


def build_refusal_message(error: DaypassError, request_id: str) -> Message:
    """Return a message with the sentence and the code of the refusal's reason, and the request's
    ID."""
    text = escape(error.text(Surface.SLACK), 1000)
    return message(text, section(text), context(f"{error.reason}, request {request_id}"))


def build_replacement_message(title: str, text: str = "") -> Message:
    """Return a message that replaces the one whose button was pressed."""
    return message(title, *map(section, filter(None, (title, text)))) | {"replace_original": True}


def join_fitting_lines(lines: Sequence[str]) -> str:
    """Return a text of as many lines as fit into a section, and the number of omitted lines."""
    shown: list[str] = []
    characters_left = LONGEST_TEXT - 40  # the rest is for the number of omitted lines
    for line in lines:
        characters_left -= len(line) + 1
        if characters_left < 0 or len(shown) == MOST_LINES:
            break
        shown.append(line)
    omitted_count = len(lines) - len(shown)
    return "\n".join([*shown, f"… and {omitted_count} more"] if omitted_count else shown)


def command_block(*words: str) -> str:
    """Return a command for a member's terminal, as a block of code. Neither the shell nor Slack
    interprets anything in its words."""
    line = shlex.join(words).replace("`", "ˋ")
    return f"```{line.translate(_ESCAPES)}```"
