"""`make picture`: draw the lead's terminal in docs/leading.md, from the page's own blocks.

tests/e2e/test_leading.py types the same blocks, and requires that the command prints what they
show. So the picture shows real output, and is the same on every machine.
"""

import re
import textwrap
from collections.abc import Iterator
from html import escape

from tests.e2e.stories import blocks
from tests.running import ROOT

PICTURE = ROOT / "docs" / "pictures" / "lead-terminal.svg"
COLUMNS = 116
CHARACTER, LINE, MARGIN = 8.4, 20, 18
"""Pixels: the width of a character of 14 px, the height of a line, and the space around."""

_STYLE = """\
text { font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre;
  fill: #24292f }
rect { fill: #f6f8fa; stroke: #d0d7de }
.typed { fill: #0550ae; font-weight: 600 } .heading { fill: #57606a } .bad { fill: #a40e26 }
@media (prefers-color-scheme: dark) {
  text { fill: #e6edf3 } rect { fill: #0d1117; stroke: #30363d }
  .typed { fill: #79c0ff } .heading { fill: #9198a1 } .bad { fill: #ffa198 }
}"""


def draw() -> str:
    """Return the picture as SVG. It follows the reader's choice of light or dark."""
    lines = list(_lines())[:-1]
    width = round(COLUMNS * CHARACTER + 2 * MARGIN)
    height = len(lines) * LINE + 2 * MARGIN
    texts = (
        f'<text class="{kind}" x="{MARGIN}" y="{MARGIN + number * LINE + 14}"'
        f' textLength="{len(text) * CHARACTER:.1f}" lengthAdjust="spacingAndGlyphs">'
        f"{escape(text)}</text>"
        for number, (kind, text) in enumerate(lines)
        if text
    )
    return "\n".join(
        (
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
                f' width="{width}" height="{height}">'
            ),
            f"<style>{_STYLE}</style>",
            f'<rect x="0.5" y="0.5" width="{width - 1}" height="{height - 1}" rx="8"/>',
            *texts,
            "</svg>\n",
        )
    )


def _lines() -> Iterator[tuple[str, str]]:
    """Yield the class and the text of each line, wrapped as a terminal wraps it."""
    fenced = blocks("docs/leading.md")
    first = next(number for number, block in enumerate(fenced) if block[1] == "daypass who\n")
    for kind, block in fenced[first : first + 10]:  # five questions and their answers
        if kind == "sh":
            yield "typed", f"$ {block.strip()}"
            continue
        for line in block.rstrip().splitlines():
            css_class = "heading" if re.match(r"[A-Z]{2,}\b", line) else ""
            if "grade F" in line:
                css_class = "bad"
            for part in textwrap.wrap(line, COLUMNS, drop_whitespace=False) or [""]:
                yield css_class, part
        yield "", ""


if __name__ == "__main__":
    PICTURE.write_text(draw(), encoding="utf-8")
