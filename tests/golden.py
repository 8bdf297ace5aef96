"""Whole texts of pages, mails and messages, held against files that a reviewer reads.

`make golden` writes the files anew. Read their differences before you commit them.
"""

import difflib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import ClassVar

FILES = Path(__file__).parent / "golden"
RENEW = "RENEW_GOLDEN"
UNREAD = ("script", "style", "head")
NEW_LINE = (
    "address",
    "caption",
    "dd",
    "details",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figure",
    "footer",
)
NEW_LINE += ("form", "h1", "h2", "h3", "h4", "header", "label", "legend", "li", "main", "nav", "ol")
NEW_LINE += ("option", "p", "pre", "section", "summary", "table", "textarea", "title", "tr", "ul")
SPACED = {"td": " | ", "th": " | ", "small": " ", "span": " "}
MARKS = {"h1": "# ", "h2": "## ", "h3": "### ", "h4": "#### ", "li": "- ", "option": "- "}


def hold_against_file(name: str, text: str) -> None:
    """Fail if the text is not that of `tests/golden/{name}`, or write it, with RENEW_GOLDEN=1."""
    path = FILES / name
    text = "\n".join(line.rstrip() for line in text.splitlines()) + "\n"
    if os.environ.get(RENEW):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    held = path.read_text() if path.exists() else ""
    if held != text:
        lines = difflib.unified_diff(
            held.splitlines(), text.splitlines(), f"tests/golden/{name}", "now", lineterm="", n=1
        )
        shown = "\n".join(lines)
        raise AssertionError(f"The text has changed. Is it meant? Then run make golden.\n{shown}")


def changed_lines(before: list[str], now: list[str]) -> list[str]:
    """Return the lines that were removed and added; all lines, if that is shorter."""
    changes = difflib.unified_diff(before, now, lineterm="", n=0)
    shown = [line for line in changes if not line.startswith(("---", "+++", "@@"))]
    return now if len(shown) > len(now) else shown or ["(as before)"]


@dataclass(slots=True)
class WholeText:
    """Steps one after another and what they show, as one text that is held against a file."""

    FOLDER: ClassVar[str] = ""
    MASKS: ClassVar[dict[str, str]] = {}
    """The texts that differ in each run or are secret, and the text in their place."""
    _parts: list[str] = field(default_factory=list, kw_only=True)
    _shown: dict[object, list[str]] = field(default_factory=dict, kw_only=True)

    def write(self, lines: Sequence[str], text: str = "", key: object = None) -> None:
        """Add these lines, and the text that they lead to. What has a key is shown as the lines
        that differ from the last text of the same key."""
        now = shown = self.masked(text).splitlines()
        if key is not None:
            before, self._shown[key] = self._shown.get(key), now
            shown = now if before is None else changed_lines(before, now)
        self._parts.append("\n".join([*map(self.masked, lines), *shown]))

    def masked(self, text: str) -> str:
        for pattern, instead in self.MASKS.items():
            text = re.sub(pattern, instead, text)
        return text

    def hold(self, name: str) -> None:
        hold_against_file(f"{self.FOLDER}{name}.txt", "\n\n".join(self._parts))


def as_text(page: str) -> str:
    """Return what a person reads in `<main>` of an HTML page, a line for each block or row.

    It has the targets of links, and each form's fields with their values.
    """
    reader = _Reader()
    start, end = page.find("<main"), page.find("</main>")
    reader.feed(page[start:end] if 0 <= start < end else page)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{2,}", "\n", "\n".join(lines)).strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unread = 0
        self._target: list[str] = []
        self._in_row = False
        self._in_pre = 0
        self._in_datalist = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self._unread += tag in UNREAD
        self._in_pre += tag in ("pre", "textarea")
        self._in_datalist += tag == "datalist"
        self._break_line(tag, MARKS.get(tag, ""))
        if tag in SPACED:
            self.parts.append(SPACED[tag])
        if tag == "details" and "open" in values:
            self.parts.append("[unfolded] ")
        if tag == "form":
            self.parts.append(f"{values.get('method', 'get').upper()} {values.get('action', '')}\n")
        if tag in ("input", "select", "textarea", "button"):
            self.parts.append(_control(tag, values))
        if tag == "option":
            self.parts.append("* " if "selected" in values else "")
            self.parts.append(f"{values.get('value', '')}: " if self._in_datalist else "")
        if tag == "a":
            self.parts.append("[")
            self._target.append(values.get("href", ""))

    def handle_endtag(self, tag: str) -> None:
        self._unread -= tag in UNREAD
        self._in_pre -= tag in ("pre", "textarea")
        self._in_datalist -= tag == "datalist"
        self._break_line(tag)
        if tag == "a":
            self.parts.append(f"]({self._target.pop()})")
        if tag == "button":
            self.parts.append(" >")

    def _break_line(self, tag: str, mark: str = "") -> None:
        """Begin a new line at a block, but not within a row of a table."""
        if tag == "tr":
            self._in_row = not self._in_row
        if tag in NEW_LINE:
            self.parts.append(" " if self._in_row and tag != "tr" else "\n" + mark)

    def handle_data(self, data: str) -> None:
        if not self._unread:
            self.parts.append(data if self._in_pre else re.sub(r"\s+", " ", data))


def _control(tag: str, values: dict[str, str]) -> str:
    """Return the control as `<name=value>`. A token of a form is different in each run."""
    value = "…" if values.get("name") == "csrf" else values.get("value", "")
    kind = values.get("type", "")
    field = f"{values.get('name', '')}={value}".strip("=")
    values |= {"required": ""} if "aria-required" in values else {}
    flags = [flag for flag in ("checked", "required", "disabled", "readonly") if flag in values]
    if tag == "button":
        return " ".join(["< button", field, *flags, ""])
    return " <" + " ".join([kind or tag, field, *flags]) + "> "
