"""Properties of the block in ~/.aws/config, for any text around it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daypass.aws import config

BROKER, OTHER = "https://daypass.example/api", "https://other.example"
_LINES = st.sampled_from(
    ["[default]", "[profile x]", "region = a", "", "#", "garbage", "\u2028", "\x0b", "\udcff", "]"]
)
_BREAKS = st.sampled_from(["\n", "\r\n", "\n\n", "\r", ""])
TEXTS = st.lists(st.tuples(_LINES, _BREAKS)).map(
    lambda pairs: "".join(line + line_break for line, line_break in pairs)
) | st.text(st.characters(exclude_characters="\0"))
PROFILES = st.lists(
    st.sampled_from(["a/b", "a/c", "acme-prod/readonly", "x/y"]), min_size=1, unique=True
)
REGIONS = st.sampled_from(["", "eu-west-1"])


def parsed(text, broker=BROKER):
    """Return the text as `read_config` reads it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(config, "_read", lambda _path: text)
        return config.read_config(broker)


def with_block(text, targets, region="", broker=BROKER):
    profiles = config.name_profiles(targets)
    return config.with_profiles(parsed(text, broker), broker, profiles, region).text


def without_block(text, broker=BROKER):
    return config.with_profiles(parsed(text, broker), broker, [], "").text


@given(TEXTS, PROFILES, PROFILES, REGIONS)
def test_a_block_is_written_once_replaced_and_removed_without_a_trace(text, first, last, region):
    once = with_block(text, first, region)
    assert without_block(once) == text
    assert with_block(once, first, region) == once
    assert with_block(once, first) == once
    assert with_block(once, last, region) == with_block(text, last, region)
    assert config._encode(once).decode("utf-8", "surrogateescape") == once


@given(TEXTS, PROFILES, PROFILES, TEXTS)
def test_text_before_and_after_stays(before, first, last, after):
    written = with_block(before, first) + after
    changed = with_block(written, last)
    assert changed.startswith(before)
    assert changed.endswith(after)
    removed = without_block(written)
    line_break = removed[len(before) : len(removed) - len(after)]
    assert removed == before + line_break + after
    assert line_break in ("", "\n", "\r\n")


@given(TEXTS, PROFILES)
def test_two_brokers_leave_each_other_alone(text, targets):
    both = with_block(with_block(text, targets), targets, broker=OTHER)
    assert parsed(both).block == parsed(with_block(text, targets)).block
    assert without_block(both, OTHER) == with_block(text, targets)


@given(st.lists(st.sampled_from(["a/b-c", "a-b/c", "a/b", "a-b-c/d", "a/b-c-d"]), unique=True))
def test_no_two_targets_get_one_profile(targets):
    names = [profile.name for profile in config.name_profiles(targets)]
    assert len(set(names)) == len(names)
