"""Build the markup of pictures and of their tables. Every text is escaped."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from markupsafe import Markup, escape

# The characters that XML 1.0 does not allow, not even escaped.
_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# Isolate a name's direction from that of the text around it (Unicode Standard Annex 9).
_ISOLATE_BEGIN, _ISOLATE_END = "\u2068", "\u2069"

Content = str | Markup | int
"""The text of an element or a table's cell."""


def element(tag: str, content: Iterable[Markup] | Content = "", **attributes: object) -> Markup:
    """Return an element with this content and these attributes.

    In an attribute's name, `_` stands for `-`, and one at the end is left out, as in `class_`. A
    number has two decimals at most. Attributes that are None are left out.
    """
    texts = (
        Markup(' {}="{}"').format(name.rstrip("_").replace("_", "-"), _format(value))
        for name, value in attributes.items()
        if value is not None
    )
    if not isinstance(content, str | int):
        content = Markup("").join(content)
    return Markup("<{0}{1}>{2}</{0}>").format(tag, Markup("").join(texts), clean(content))


def clean(text: Content) -> Markup:
    """Return the text, escaped, without characters that XML does not allow."""
    if isinstance(text, Markup):
        return text
    return escape(_NOT_IN_XML.sub("\ufffd", str(text)))


def _format(value: object) -> Markup:
    """Return an attribute's value, escaped. Round a number to two decimals."""
    if isinstance(value, float):
        return Markup(f"{value:.2f}".rstrip("0").rstrip("."))  # noqa: S704 - a number
    return clean(str(value))


def label(text: str, width: int, **attributes: object) -> Markup:
    """Return a `<text>` element with the text shortened to about this many narrow characters."""
    shown = f"{_ISOLATE_BEGIN}{shorten(text, width)}{_ISOLATE_END}"
    return element("text", shown, **attributes)


def shorten(text: str, width: int) -> str:
    """Return the text. If it is wider than this many narrow characters, cut it, with an ellipsis at
    the end. East Asian wide characters count twice, and combining marks do not count."""
    used = 0
    for position, character in enumerate(text):
        used += _measure(character)
        if used > width:
            kept = text[: max(position - 1, 0)]
            return f"{kept}…"
    return text


def _measure(character: str) -> int:
    """Return the character's width, in narrow characters."""
    if unicodedata.combining(character):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def chart(
    name: str,
    title: str,
    description: str,
    size: tuple[float, float],
    parts: Iterable[Markup],
    *,
    begins_right: bool = False,
) -> Markup:
    """Return the `<svg>` element of a picture. `name` makes the IDs of its title and description
    unique on a page. On a narrow screen, the picture scrolls in its own box, from the left or from
    the right."""
    title_id, description_id = f"{name}-title", f"{name}-description"
    drawing = element(
        "svg",
        (
            element("title", title, id=title_id),
            element("desc", description, id=description_id),
            *parts,
        ),
        class_="chart",
        viewBox=f"0 0 {size[0]:g} {size[1]:g}",
        role="img",
        aria_labelledby=f"{title_id} {description_id}",
    )
    css_class = "scroller latest" if begins_right else "scroller"
    return element("div", drawing, class_=css_class, role="group", tabindex=0, aria_label=title)


def key(entries: Iterable[tuple[str, str, str]]) -> Markup:
    """Return the list that explains the colours of a picture: for each a class, a text, and the URL
    of its link, which can be empty."""
    items = (
        element(
            "li",
            (
                element(
                    "svg",
                    element("rect", class_=css_class, width=12, height=12, rx=2),
                    viewBox="0 0 12 12",
                    aria_hidden="true",
                    focusable="false",
                ),
                name_cell(text, url),
            ),
        )
        for css_class, text, url in entries
    )
    return element("ul", items, class_="key")


def table(
    caption: str, headings: Sequence[str], rows: Iterable[Sequence[Content]], *, note: str = ""
) -> Markup:
    """Return the numbers of a picture as a table that the reader can open. The first cell of a row
    is its heading. Cells that are numbers are aligned to the right."""
    number_columns: set[int] = set()
    body = []
    for row in rows:
        first, *others = row
        cells = [element("th", first, scope="row")]
        for position, content in enumerate(others, 1):
            is_number = isinstance(content, int)
            number_columns |= {position} if is_number else set()
            cells.append(
                element(
                    "td",
                    content,
                    class_="number" if is_number else None,
                    data_label=headings[position],
                )
            )
        body.append(element("tr", cells))
    head = (
        element("th", text, scope="col", class_="number" if position in number_columns else None)
        for position, text in enumerate(headings)
    )
    content = element(
        "table",
        (
            element("caption", caption, class_="unseen"),
            element("thead", element("tr", head)),
            element("tbody", body),
        ),
    )
    wrapper = element("div", content, class_="table", role="group", tabindex=0, aria_label=caption)
    notes = (element("p", note, class_="aside"),) if note else ()
    return element("details", (element("summary", caption), *notes, wrapper), class_="numbers")


def figure(*parts: Markup) -> Markup:
    """Return the picture with its key and its table."""
    return element("figure", parts, class_="picture")


def moment_cell(moment: datetime | None) -> Markup:
    """Return a time in UTC for a cell; a dash if there is none."""
    if moment is None:
        return Markup("–")
    utc = moment.astimezone(UTC)
    text = f"{utc:%-d %b %Y, %H:%M} UTC"
    return element("time", text, datetime=f"{utc:%Y-%m-%dT%H:%M:%SZ}", data_local="")


def name_cell(name: str, url: str = "") -> Markup:
    """Return a name for a cell, with a link if there is a URL."""
    shown = element("bdi", name)
    return element("a", shown, href=url) if url else shown
