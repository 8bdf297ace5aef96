"""The README shows the client's page as it is: not as it was when somebody took its picture.

No two machines have the same fonts, so the pictures are not compared by their pixels. Beside them
stands the digest of the page that they are of, style included, and that page is made again here.
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
    kept,
    taken,
)
from tests.running import ROOT

LARGEST = 150_000  # bytes: a README is read on the train as well


def size(picture: bytes) -> tuple[int, int]:
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_the_pictures_are_of_the_page_as_it_is() -> None:
    assert DIGESTS.read_text(encoding="utf-8") == digests(html(), kept()), "run: make picture"


@pytest.mark.parametrize("name", DARK)
def test_a_picture_is_small(name: str) -> None:
    assert (PICTURES / name).stat().st_size < LARGEST


def test_the_readme_shows_them() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    shown = re.findall(r'(?:src|srcset)="docs/pictures/([^"]+)"', readme)
    assert sorted(shown) == sorted(DARK)
    assert "(prefers-color-scheme: dark)" in readme


def test_they_can_be_taken_again(browser: Browser) -> None:
    again = taken(browser, html())
    assert set(again) == set(DARK)
    assert {size(picture) for picture in (*again.values(), *kept().values())} == {(WIDTH, HEIGHT)}
    assert len(set(again.values())) == len(DARK)
    # Full of text, and no empty sheet.
    assert min(map(len, again.values())) > LARGEST / 10
