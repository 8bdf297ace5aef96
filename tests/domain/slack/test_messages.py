"""Values in Slack messages stay plain text, and every message fits Slack's limits."""

import re

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.slack.messages import (
    LONGEST_TEXT,
    LONGEST_VALUE,
    code,
    context,
    escape,
    escape_to_fit,
    join_fitting_lines,
    mention,
    message,
    section,
)
from tests.fakes.slack import validated
from tests.rows import every

HOSTILE = ["<!channel>", "<@ULENA>", "<https://x.example|y>", "*b*", "_i_", "~s~", "`c`", "&lt;"]


@given(st.lists(st.sampled_from(HOSTILE) | st.text(max_size=9), max_size=8).map("".join))
def test_a_value_makes_no_mention_no_link_and_no_style(value):
    for escaped in (escape(value), code(value)[1:-1]):
        assert not re.search("[<>`]", escaped)
        assert not re.search("&(?!amp;|lt;|gt;)", escaped)
    assert not re.search("[*_~]", escape(value))
    assert not re.search("[<>]", mention(value)[2:-1])


@given(st.text(max_size=600))
def test_a_long_value_is_truncated_with_an_ellipsis(value):
    if len(value) <= LONGEST_VALUE:
        assert "…" not in escape(value).replace("…", "", value.count("…"))
    else:
        assert escape(value).endswith("…")
    assert len(escape(value)) <= 5 * LONGEST_VALUE


@every("count", [1, 5, 40, 41, 500])
@every("length", [1, 300, 1500])
def test_a_list_that_is_too_long_ends_with_the_number_of_hidden_lines(count, length):
    lines = [f"{number}:{'x' * length}" for number in range(count)]

    text = join_fitting_lines(lines)

    assert len(text) <= LONGEST_TEXT
    *shown, last = text.splitlines()
    hidden = re.fullmatch("… and ([0-9]+) more", last)
    assert (len(shown) + int(hidden[1]) if hidden else len(shown) + 1) == count


@every("new_block", [section, context])
def test_slack_does_not_link_a_name_that_is_a_url(new_block):
    block = new_block(escape("https://daypass-login.example"))

    (text,) = block.get("elements") or [block["text"]]
    assert text == {"type": "mrkdwn", "text": "https://daypass-login.example", "verbatim": True}
    assert validated(message("Names.", block))["blocks"] == [block]


def test_a_message_without_blocks_gets_one_section():
    assert validated(message("Done."))["blocks"] == [section("Done.")]


@every(
    "value, longest, shown",
    [
        ("a & b", 20, "a &amp; b"),
        ("&&&", 15, "&amp;&amp;&amp;"),
        ("&&&", 14, "&amp;&amp;…"),
        ("&&&", 3, "…"),
        ("abcdef", 4, "abc…"),
    ],
)
def test_a_text_is_cut_so_that_its_escapes_fit(value, longest, shown):
    assert escape_to_fit(value, longest) == shown
