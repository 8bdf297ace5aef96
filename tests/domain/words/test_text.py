"""Free text: what people write is seen by whoever reads the trail, and opens nothing."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.one_time_secrets import IN_URL
from chalicelib.domain.text import ClientName, PersonName, ReasonText, TokenLabel
from chalicelib.domain.values import metas
from tests.builders import EXTERNAL_ID
from tests.domain.test_properties import usual

# "Default_Ignorable_Code_Point" (DerivedCoreProperties.txt, Unicode 15.1): nothing is drawn.
NOT_DRAWN = (
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
# Signs that are drawn as nothing, whatever they count as: blanks and a head of no note.
BLANK = "\u2800\U0001d159\U00013441\U00013442\ufffc\U00016fe4"
SEEN_BY_NOBODY = [chr(item) for first, last in NOT_DRAWN for item in range(first, last + 1)]
SEEN_BY_NOBODY += BLANK

ALONE = {
    "a variation selector": "\ufe0f",
    "a variation selector of the supplement": "\U000e0100",
    "a Mongolian variation selector": "\u180b",
    "a combining accent": "\u0301",
    "a combining enclosure": "\u20dd",
    "a null notehead": "\U0001d159",
    "a Braille blank": "\u2800",
    "an object that is not there": "\ufffc",
    "a full blank in hieroglyphs": "\U00013441",
    "a Khitan filler": "\U00016fe4",
    "several of them": "\u0301\ufe0f\U000e0100",
    "white space around them": " \u3000\ufe0f\u00a0\u0301 ",
    "points": "...",
    "dashes": "\u2014",
    "nothing": "",
    "white space": " \u3000",
}


def read(text: str, kind: Any = ReasonText) -> str:
    """The text as requests have it; ValueError with a sentence for one that is refused."""
    (takes,) = [meta for meta in metas(kind) if meta.extra and "parser" in meta.extra]
    value: str = takes.extra["parser"](text)
    return value


def said_of(text: str, kind: Any = ReasonText) -> str:
    with pytest.raises(ValueError, match=r"must") as refused:
        read(text, kind)
    return str(refused.value)


@pytest.mark.parametrize("what", ALONE)
def test_what_nobody_sees_is_no_text(what: str) -> None:
    for kind in (ReasonText, PersonName, ClientName, TokenLabel):
        assert said_of(ALONE[what], kind) in (
            "This must be text with a letter, a digit or a symbol in it.",
            "This must be one line, without control or invisible characters.",
        )


@pytest.mark.parametrize(
    "text", ["7", "x", "€", "🙂", "❤\ufe0f", "葛\U000e0100", "e\u0301", "नि", "?!a"]
)
def test_one_letter_digit_or_symbol_is_enough(text: str) -> None:
    assert read(f" {text} ") == unicodedata.normalize("NFC", text)


# All that is no letter, digit or symbol, and all that is one and is not drawn.
unseen = st.characters(categories=("M", "Z", "C", "P")) | st.sampled_from(SEEN_BY_NOBODY)


@usual
@given(st.text(unseen, max_size=200))
def test_no_text_of_what_nobody_sees_is_taken(text: str) -> None:
    assert said_of(text)


def test_no_sign_that_is_not_drawn_is_taken_alone() -> None:
    for sign in SEEN_BY_NOBODY:
        assert said_of(sign)


SPLITS = [chr(item) for item in range(0x110000) if len(f"a{chr(item)}b".splitlines()) > 1]


@pytest.mark.parametrize("sign", SPLITS, ids=lambda sign: f"{ord(sign):x}")
def test_what_ends_a_line_in_any_script_is_refused_within_a_text(sign: str) -> None:
    assert said_of(f"a{sign}b") == "This must be one line, without control or invisible characters."
    assert read(f"{sign}a b{sign}") == "a b"


def test_a_tab_is_a_space() -> None:
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
def test_the_most_of_a_clients_link_is_found(text: str) -> None:
    """It would stand on the trail for good, and open the page for whoever reads it there."""
    assert said_of(text) == (
        "This text contains part of a Daypass link, which must not be recorded. Remove it."
    )


@pytest.mark.parametrize(
    "text",
    [
        f"as https://wiki.example.com/setup/{'instructions' * 2} says",
        f"the trust policy has {EXTERNAL_ID}",
        "link a2b3c4d5e6f7 was withdrawn",  # a link's id
        "commit da39a3ee5e6b4b0d3255bfef95601890afd80709",
    ],
)
def test_what_opens_nothing_may_be_written(text: str) -> None:
    assert read(text) == text


def test_the_link_is_one() -> None:
    assert re.fullmatch(IN_URL.pattern, LINK)
