"""Nothing in a value means more than itself, and no message outgrows what Slack takes."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.slack.messages import (
    LONGEST_TEXT,
    LONGEST_VALUE,
    Block,
    code,
    context,
    listed,
    mention,
    message,
    plain,
    section,
)
from tests.fakes.slack import validated

HOSTILE = ["<!channel>", "<@ULENA>", "<https://x.example|y>", "*b*", "_i_", "~s~", "`c`", "&lt;"]


@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=9), max_size=8).map("".join))
def test_a_value_makes_no_mention_no_link_and_no_style(value: str) -> None:
    for shown in (plain(value), code(value)[1:-1]):
        assert not re.search("[<>`]", shown)
        assert not re.search("&(?!amp;|lt;|gt;)", shown)
    assert not re.search("[*_~]", plain(value))
    assert not re.search("[<>]", mention(value)[2:-1])


@given(st.text(max_size=600))
def test_a_long_value_is_truncated_with_an_ellipsis(value: str) -> None:
    if len(value) <= LONGEST_VALUE:
        assert "…" not in plain(value).replace("…", "", value.count("…"))
    else:
        assert plain(value).endswith("…")
    assert len(plain(value)) <= 5 * LONGEST_VALUE


@pytest.mark.parametrize("count", [1, 5, 40, 41, 500])
@pytest.mark.parametrize("length", [1, 300, 1500])
def test_a_list_says_how_many_lines_it_left_out(count: int, length: int) -> None:
    lines = [f"{number}:{'x' * length}" for number in range(count)]

    shown = listed(lines)

    assert len(shown) <= LONGEST_TEXT
    *kept, last = shown.splitlines()
    hidden = re.fullmatch("… and ([0-9]+) more", last)
    assert (len(kept) + int(hidden[1]) if hidden else len(kept) + 1) == count


@pytest.mark.parametrize("made", [section, context])
def test_slack_makes_no_link_of_a_name_that_is_an_address(made: Callable[[str], Block]) -> None:
    block = made(plain("https://daypass-login.example"))

    (text,) = block.get("elements") or [block["text"]]
    assert text == {"type": "mrkdwn", "text": "https://daypass-login.example", "verbatim": True}
    assert validated(message("Names.", block))["blocks"] == [block]


def test_a_text_alone_is_a_section_of_its_own() -> None:
    assert validated(message("Done."))["blocks"] == [section("Done.")]
