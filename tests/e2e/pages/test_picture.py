"""The README's pictures show the client's current page.

Fonts differ between machines, so these tests compare no pixels. They render the page again, with
its style, and compare its digest with the one that is stored beside the pictures.
"""

from __future__ import annotations

import re
import struct

import pytest

from tests.e2e.pages.browser import Browser
from tests.e2e.pages.picture import (
    DARK,
    DIGESTS,
    HEIGHT,
    PICTURES,
    WIDTH,
    digests,
    html,
    stored,
    take_pictures,
)
from tests.running import ROOT

LARGEST = 150_000  # bytes, for a slow connection


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_the_pictures_show_the_current_page() -> None:
    assert DIGESTS.read_text(encoding="utf-8") == digests(html(), stored()), "run: make picture"


@pytest.mark.parametrize("name", DARK)
def test_a_picture_is_small(name: str) -> None:
    assert (PICTURES / name).stat().st_size < LARGEST


def test_the_readme_shows_the_pictures() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r'(?:src|srcset)="docs/pictures/([^"]+)"', readme)
    assert sorted(shown) == sorted([*DARK, "lead-terminal.svg"])
    assert "(prefers-color-scheme: dark)" in readme


def test_the_pictures_can_be_taken_again(browser: Browser) -> None:
    again = take_pictures(browser, html())
    assert set(again) == set(DARK)
    assert {size(picture) for picture in (*again.values(), *stored().values())} == {(WIDTH, HEIGHT)}
    assert len(set(again.values())) == len(DARK)
    # An empty page would be smaller.
    assert min(map(len, again.values())) > LARGEST / 10
