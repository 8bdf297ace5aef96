"""Read a picture as a browser does: its elements, its texts and its table."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

from markupsafe import Markup

HOSTILE = [
    "<script>alert(1)</script>",
    "\"'&]]>",
    "-->",
    "\x00\x1b[31m",
    "\ud800",
    "\u202eright to left",
    "שלום",
    "n" * 200,
    "山" * 200,
    "",
]
"""Names that a careless picture would break on."""


class Drawn:
    """A picture, parsed as XML."""

    def __init__(self, picture: Markup) -> None:
        assert isinstance(picture, Markup)
        self.root = ET.fromstring(picture)  # noqa: S314 - our own picture

    def attributes(self, *names: str) -> list[float]:
        """Return the values of these attributes of all elements, as numbers."""
        return [
            float(e.attrib[name]) for e in self.root.iter() for name in names if name in e.attrib
        ]

    def count(self, tag: str, css_class: str = "") -> int:
        """Return the number of elements with this tag and this class."""
        return sum(
            css_class in ("", *element.get("class", "").split()) for element in self.root.iter(tag)
        )

    def texts(self, tag: str) -> list[str]:
        """Return the texts of the elements with this tag."""
        return ["".join(element.itertext()) for element in self.root.iter(tag)]

    @property
    def rows(self) -> list[list[str]]:
        """Return the cells of the table's rows."""
        return [
            ["".join(cell.itertext()) for cell in row]
            for body in self.root.iter("tbody")
            for row in body.iter("tr")
        ]

    def require_sound(self) -> None:
        """Require what every picture has: no negative size, a name, a table, no inline style."""
        assert all(size >= 0 for size in self.attributes("width", "height", "r", "rx"))
        assert all(
            0 <= position <= 5000 for position in self.attributes("x", "y", "cx", "cy", "x1", "x2")
        )
        assert not [element for element in self.root.iter() if "style" in element.attrib]
        assert not {element.tag for element in self.root.iter()} & {
            "script",
            "image",
            "use",
            "style",
        }
        (chart,) = [svg for svg in self.root.iter("svg") if svg.get("role") == "img"]
        ids = [element.get("id") for element in (chart[0], chart[1])]
        assert [element.tag for element in (chart[0], chart[1])] == ["title", "desc"]
        assert chart.get("aria-labelledby") == " ".join(map(str, ids))
        assert self.count("details", "numbers") == self.count("table") == 1


def markup_of(picture: Markup) -> str:
    """Return the picture's markup, a line for each element, after it was found sound."""
    Drawn(picture).require_sound()
    return re.sub(r">\s*<", ">\n<", picture)
