"""The documents' pictures show the current pages.

Fonts differ between machines, so these tests compare no pixels. They render the pages again, with
their style, and compare their digests with those that are stored beside the pictures.
"""

import re
import struct

import pytest

from tests.e2e.pages.picture import (
    DIGESTS,
    PAGES,
    PICTURES,
    digests,
    list_names,
    render_pages,
    stored,
    take_pictures,
)
from tests.running import read_file

LARGEST = 150_000  # bytes, for a slow connection
SHOWN_IN = {
    "client-page": ("docs/onboarding.md", "pictures/"),
    "console-now": ("docs/console.md", "pictures/"),
    "console-stop": ("docs/console.md", "pictures/"),
}


def size(picture):
    assert picture.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", picture[16:24])
    return width, height


def test_the_pictures_show_the_current_pages():
    current = digests(render_pages() | stored())
    assert DIGESTS.read_text(encoding="utf-8") == current, "run: make picture"


@pytest.mark.parametrize("name", [name for page in PAGES for name in list_names(page)])
def test_a_picture_is_small(name):
    assert (PICTURES / name).stat().st_size < LARGEST


@pytest.mark.parametrize("page", PAGES)
def test_a_document_shows_both_color_schemes(page):
    document, folder = SHOWN_IN[page]
    text = read_file(f"{document}")
    shown = re.findall(rf'(?:src|srcset)="{folder}([^"]+)"', text)
    assert set(list_names(page)) <= set(shown)
    assert "(prefers-color-scheme: dark)" in text


@pytest.mark.parametrize("page", PAGES)
def test_the_pictures_can_be_taken_again(browser, page):
    html = render_pages()[f"{page}.html"].decode()
    again = take_pictures(browser, page, html)
    assert list(again) == list_names(page)
    pictured = PAGES[page]
    pictures = [*again.values(), *(stored()[name] for name in again)]
    assert {size(picture) for picture in pictures} == {(pictured.width, pictured.height)}
    assert len(set(again.values())) == len(again)
    # An empty page would be smaller.
    assert min(map(len, again.values())) > LARGEST / 10
