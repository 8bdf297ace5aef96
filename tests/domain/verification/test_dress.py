"""What a request tells of who asks, and the stranger for whom a check asks."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.identifiers import MEMBER_ID_MAX, RECORD_ID_BYTES, SLUG, session_name
from chalicelib.domain.verification.probe_variants import (
    FULL,
    IDENTITY_BYTES,
    PLAIN,
    VARIANTS,
    made_up_identity,
    member_identity,
)
from tests.builders import ROLE_ARN
from tests.domain.verification.dress_table import (
    ONLY_TAGS,
    ONLY_WHO,
)


def test_there_is_every_dress_once() -> None:
    assert set(VARIANTS) == {FULL, ONLY_WHO, ONLY_TAGS, PLAIN}
    assert len(VARIANTS) == 4


@given(st.binary(min_size=IDENTITY_BYTES, max_size=IDENTITY_BYTES))
def test_a_stranger_is_in_form_what_a_vend_sends(random: bytes) -> None:
    who = made_up_identity(random, "acme-prod")
    assert re.fullmatch(SLUG, who.member, re.ASCII)
    assert len(who.member) <= MEMBER_ID_MAX
    assert who.session_name == session_name(who.member, random[-RECORD_ID_BYTES:].hex())
    sent = {variant: who.probe(ROLE_ARN, "daypass-x", variant) for variant in VARIANTS}
    assert {(one.session_name, one.duration) for one in sent.values()} == {(who.session_name, 900)}
    tags = (("DaypassMember", who.member), ("DaypassEngagement", "acme-prod"))
    assert {variant: (one.source_identity, one.tags) for variant, one in sent.items()} == {
        FULL: (who.member, tags),
        ONLY_WHO: (who.member, ()),
        ONLY_TAGS: (None, tags),
        PLAIN: (None, ()),
    }


def test_two_strangers_share_neither_name_nor_session() -> None:
    one, other = (
        made_up_identity(bytes(range(n, n + IDENTITY_BYTES)), "acme-prod") for n in (0, 1)
    )
    assert one.member != other.member
    assert one.session_name.split(".")[1] != other.session_name.split(".")[1]


@pytest.mark.parametrize("count", [0, IDENTITY_BYTES - 1, IDENTITY_BYTES + 1])
def test_a_stranger_is_made_of_20_bytes_and_no_other_number(count: int) -> None:
    with pytest.raises(ValueError, match="20 random bytes"):
        made_up_identity(bytes(count), "acme-prod")


@pytest.mark.parametrize("count", [0, RECORD_ID_BYTES - 1, RECORD_ID_BYTES + 1])
def test_a_sessions_name_is_made_of_8_bytes_and_no_other_number(count: int) -> None:
    with pytest.raises(ValueError, match="8 random bytes"):
        member_identity("alice", bytes(count), "acme-prod")
