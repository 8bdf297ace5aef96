"""Free text: every reader of the trail sees it, so it must contain no secret."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.text import ClientName, PersonName, ReasonText, TokenLabel
from chalicelib.domain.values import meta_annotations
from tests.builders import EXTERNAL_ID
from tests.domain.test_properties import usual

# "Default_Ignorable_Code_Point" (DerivedCoreProperties.txt, Unicode 15.1): invisible.
INVISIBLE_RANGES = (
    (0xAD, 0xAD),
    (0x34F, 0x34F),
    (0x61C, 0x61C),
    (0x115F, 0x1160),
    (0x17B4, 0x17B5),
    (0x180B, 0x180F),
    (0x200B, 0x200F),
    (0x202A, 0x202E),
    (0x2060, 0x206F),
    (0x3164, 0x3164),
    (0xFE00, 0xFE0F),
    (0xFEFF, 0xFEFF),
    (0xFFA0, 0xFFA0),
    (0xFFF0, 0xFFF8),
    (0x1BCA0, 0x1BCA3),
    (0x1D173, 0x1D17A),
    (0xE0000, 0xE0FFF),
)
# Invisible characters of other categories: blanks, fillers and a null notehead.
BLANK = "\u2800\U0001d159\U00013441\U00013442\ufffc\U00016fe4"
INVISIBLE = [chr(code) for first, last in INVISIBLE_RANGES for code in range(first, last + 1)]
INVISIBLE += BLANK

WITHOUT_VISIBLE_TEXT = {
    "a variation selector": "\ufe0f",
    "a variation selector of the supplement": "\U000e0100",
    "a Mongolian variation selector": "\u180b",
    "a combining accent": "\u0301",
    "a combining enclosure": "\u20dd",
    "a null notehead": "\U0001d159",
    "a Braille blank": "\u2800",
    "an object replacement character": "\ufffc",
    "a full blank in hieroglyphs": "\U00013441",
    "a Khitan filler": "\U00016fe4",
    "several invisible characters": "\u0301\ufe0f\U000e0100",
    "invisible characters and white space": " \u3000\ufe0f\u00a0\u0301 ",
    "dots": "...",
    "dashes": "\u2014",
    "empty": "",
    "white space": " \u3000",
}


def read(text: str, kind: Any = ReasonText) -> str:
    """Return the text as a request would hold it. Raise ValueError for a refused text."""
    (field_meta,) = [
        meta for meta in meta_annotations(kind) if meta.extra and "parser" in meta.extra
    ]
    value: str = field_meta.extra["parser"](text)
    return value


def refusal_of(text: str, kind: Any = ReasonText) -> str:
    with pytest.raises(ValueError, match=r"must") as raised:
        read(text, kind)
    return str(raised.value)


@pytest.mark.parametrize("name", WITHOUT_VISIBLE_TEXT)
def test_a_text_without_a_visible_letter_digit_or_symbol_is_refused(name: str) -> None:
    for kind in (ReasonText, PersonName, ClientName, TokenLabel):
        assert refusal_of(WITHOUT_VISIBLE_TEXT[name], kind) in (
            "This must be text with a letter, a digit or a symbol in it.",
            "This must be one line, without control or invisible characters.",
        )


@pytest.mark.parametrize(
    "text", ["7", "x", "€", "🙂", "❤\ufe0f", "葛\U000e0100", "e\u0301", "नि", "?!a"]
)
def test_one_letter_digit_or_symbol_is_enough(text: str) -> None:
    assert read(f" {text} ") == unicodedata.normalize("NFC", text)


# Characters that are no letter, digit or symbol, and invisible characters that count as one.
characters_without_content = st.characters(categories=("M", "Z", "C", "P")) | st.sampled_from(
    INVISIBLE
)


@usual
@given(st.text(characters_without_content, max_size=200))
def test_random_text_without_a_letter_digit_or_visible_symbol_is_refused(text: str) -> None:
    assert refusal_of(text)


def test_each_invisible_character_alone_is_refused() -> None:
    for character in INVISIBLE:
        assert refusal_of(character)


LINE_BREAKS = [chr(code) for code in range(0x110000) if len(f"a{chr(code)}b".splitlines()) > 1]


@pytest.mark.parametrize("line_break", LINE_BREAKS, ids=lambda line_break: f"{ord(line_break):x}")
def test_every_line_break_of_unicode_is_refused_within_a_text(line_break: str) -> None:
    assert (
        refusal_of(f"a{line_break}b")
        == "This must be one line, without control or invisible characters."
    )
    assert read(f"{line_break}a b{line_break}") == "a b"


def test_a_tab_becomes_a_space() -> None:
    assert read("\ta\tb\t") == "a b"


LINK = "a2b3c4d5e6f7" * 4 + "wxyz"
PAGE = f"https://abc123.execute-api.eu-central-1.amazonaws.com/api/setup/{LINK}"


@pytest.mark.parametrize(
    "text",
    [
        PAGE,
        f"sent {PAGE} to Zoë",
        PAGE.upper(),
        f"{PAGE}/roles/readonly/launch",
        PAGE.replace("/", "%2F"),
        LINK,
        LINK[:40],
        LINK[12:],
    ],
)
def test_most_of_a_clients_link_is_refused(text: str) -> None:
    """The trail would keep the link, and any reader of the trail could open the client's page."""
    assert refusal_of(text) == (
        "This text contains part of a Daypass link, which must not be recorded. Remove it."
    )


@pytest.mark.parametrize(
    "text",
    [
        f"as https://wiki.example.com/setup/{'instructions' * 2} explains",
        f"the trust policy has {EXTERNAL_ID}",
        "link a2b3c4d5e6f7 was revoked",  # a link's ID
        "commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ],
)
def test_texts_that_only_resemble_a_link_are_allowed(text: str) -> None:
    assert read(text) == text


def test_the_sample_link_has_the_format_of_a_link() -> None:
    assert re.fullmatch(IN_URL.pattern, LINK)
