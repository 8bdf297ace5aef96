"""Render Daypass's Slack messages for a terminal, with numbered buttons."""

from __future__ import annotations

import itertools
import re
import textwrap
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

WIDTH = 96
_BAR = "│ "

# "Formatting message text" (docs.slack.dev).
_MENTION = re.compile(r"<@([^<>|]*)(?:\|[^<>]*)?>")
_CODE = re.compile(r"`([^`\n]+)`")
_BLOCK_OF_CODE = re.compile(r"```\n?(.*?)\n?```", re.DOTALL)
_PLACEHOLDER = re.compile("\x00([0-9]+)\x00")
_BOLD = re.compile(r"(?<![\w*])\*(?! )([^*\n]+)(?<! )\*(?![\w*])")


@dataclass(frozen=True, slots=True)
class Style:
    """The terminal's escape sequences for text styles. They are empty for a file."""

    bold: str = ""
    faint: str = ""
    code: str = ""
    end: str = ""


PLAIN = Style()
COLOURED = Style(bold="\x1b[1m", faint="\x1b[2m", code="\x1b[36m", end="\x1b[0m")


@dataclass(slots=True)
class Rendering:
    """Renders messages one after another.

    The numbers of buttons continue from message to message, so that buttons of earlier messages can
    still be pressed.
    """

    names: Mapping[str, str]
    """Names by Slack user IDs."""
    style: Style = PLAIN
    buttons: list[dict[str, Any]] = field(default_factory=list)
    fields: list[list[str]] = field(default_factory=list)
    """For each button, the names of the text fields in its message."""

    def render(self, message: dict[str, Any]) -> str:
        """Return the message's text for the terminal, and remember its buttons."""
        blocks = message.get("blocks") or [
            {"type": "section", "text": {"type": "mrkdwn", "text": message.get("text", "")}}
        ]
        names = [block["block_id"] for block in blocks if block["type"] == "input"]
        lines: list[str] = []
        for block in blocks:
            shown = [*self._render_block(block)]
            lines += [*([""] if lines and shown else []), *shown]
        self.fields += [names] * (len(self.buttons) - len(self.fields))
        return "\n".join(f"{self._make_faint(_BAR)}{line}".rstrip() for line in lines)

    def _render_block(self, block: dict[str, Any]) -> Iterator[str]:
        """Yield the lines of one block."""
        match block.get("type"):
            case "section":
                yield from self._render_text(block["text"])
            case "context":
                for element in block["elements"]:
                    yield from map(self._make_faint, self._render_text(element))
            case "actions":
                yield from self._render_buttons(block["elements"])
            case "input":
                yield self._make_faint(f"(a field: {block['label']['text']})")
            case other:
                yield f"(this terminal cannot show a block of the type {other!r})"

    def _render_text(self, text: dict[str, Any]) -> Iterator[str]:
        """Yield the lines of a text, wrapped. Leave blocks of code unchanged."""
        # A block of code is for copying, and stays as it is.
        for position, part in enumerate(_BLOCK_OF_CODE.split(text["text"])):
            if position % 2:
                yield from _unescape(part).split("\n")
            elif part.strip():
                yield from _wrap(self._apply_markup(part.strip("\n")))

    def _render_buttons(self, elements: Iterable[dict[str, Any]]) -> Iterator[str]:
        """Yield a numbered line for each button, and remember the buttons."""
        for element in elements:
            self.buttons.append(element)
            label = element["text"]["text"]
            target = f"  {self._make_faint(element['url'])}" if element.get("url") else ""
            number = f"{self.style.bold}[{len(self.buttons)}]{self.style.end}"
            yield f"{number} {label}{target}"

    def _apply_markup(self, text: str) -> str:
        """Return the text with the terminal's styles in place of Slack's marks."""
        code, bold, end = self.style.code, self.style.bold, self.style.end
        # Code contains no other marks. Placeholders stand for it meanwhile.
        snippets = _CODE.findall(text)
        numbers = itertools.count()
        marked = _CODE.sub(lambda _: f"\x00{next(numbers)}\x00", text)
        marked = _BOLD.sub(rf"{bold}\1{end}", marked)
        marked = _MENTION.sub(lambda match: f"@{self.names.get(match[1], match[1])}", marked)
        quote = "" if code else "`"
        shown = _PLACEHOLDER.sub(
            lambda match: f"{quote}{code}{snippets[int(match[1])]}{end}{quote}", marked
        )
        return _unescape(shown)

    def _make_faint(self, text: str) -> str:
        return f"{self.style.faint}{text}{self.style.end}"


_ANSI = re.compile(r"\x1b\[[0-9]+m")


def _count_visible_characters(text: str) -> int:
    """Return the number of characters that the text takes on the terminal."""
    return len(_ANSI.sub("", text))


def _unescape(text: str) -> str:
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def _wrap(text: str) -> Iterator[str]:
    """Yield the text's lines, broken at WIDTH."""
    for line in text.split("\n"):
        if _count_visible_characters(line) <= WIDTH:
            yield line
            continue
        # Colours take no space, and words are not broken, so that they can be copied.
        width = WIDTH + len(line) - _count_visible_characters(line)
        yield from textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)
