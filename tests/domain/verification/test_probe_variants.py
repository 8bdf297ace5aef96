"""Probe variants, and the made-up identity of a check."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.identifiers import (
    MEMBER_ID_MAX,
    RECORD_ID_BYTES,
    SLUG,
    build_session_name,
    list_session_names,
)
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.verification.probe_variants import (
    FORMS,
    FULL,
    IDENTITY_BYTES,
    PLAIN,
    VARIANTS,
    ProbeForm,
    build_made_up_identity,
    build_member_identity,
)
from tests.builders import ROLE_ARN
from tests.domain.verification.variants_table import (
    ONLY_SOURCE_IDENTITY,
    ONLY_TAGS,
)


def test_each_variant_is_listed_once() -> None:
    assert set(VARIANTS) == {FULL, ONLY_SOURCE_IDENTITY, ONLY_TAGS, PLAIN}
    assert len(VARIANTS) == 4


def test_each_form_is_listed_once_and_the_names_are_those_of_vends() -> None:
    assert len(FORMS) == len(set(FORMS)) == 8
    identity = build_member_identity("alice", bytes(8), "acme-prod")
    of_forms = [identity.build_probe(ROLE_ARN, None, form).session_name for form in FORMS]
    of_vends = [
        build_session_name("alice", bytes(8).hex(), is_agent=caller is CallerKind.AGENT)
        for caller in CallerKind
    ]
    assert list(dict.fromkeys(of_forms)) == of_vends == list(identity.session_names)


@given(st.binary(min_size=IDENTITY_BYTES, max_size=IDENTITY_BYTES))
def test_a_made_up_identity_has_the_form_of_a_members(random: bytes) -> None:
    identity = build_made_up_identity(random, "acme-prod")
    assert re.fullmatch(SLUG, identity.member, re.ASCII)
    assert len(identity.member) <= MEMBER_ID_MAX
    names = list_session_names(identity.member, random[-RECORD_ID_BYTES:].hex())
    assert identity.session_names == names
    probes = {
        variant: identity.build_probe(ROLE_ARN, "daypass-x", ProbeForm(variant))
        for variant in VARIANTS
    }
    assert {(first.session_name, first.duration) for first in probes.values()} == {(names[0], 900)}
    tags = (("DaypassMember", identity.member), ("DaypassEngagement", "acme-prod"))
    assert {variant: (first.source_identity, first.tags) for variant, first in probes.items()} == {
        FULL: (identity.member, tags),
        ONLY_SOURCE_IDENTITY: (identity.member, ()),
        ONLY_TAGS: (None, tags),
        PLAIN: (None, ()),
    }


def test_two_made_up_identities_share_neither_name_nor_session() -> None:
    first, second = (
        build_made_up_identity(bytes(range(n, n + IDENTITY_BYTES)), "acme-prod") for n in (0, 1)
    )
    assert first.member != second.member
    assert first.vend != second.vend


@pytest.mark.parametrize("count", [0, IDENTITY_BYTES - 1, IDENTITY_BYTES + 1])
def test_a_made_up_identity_needs_exactly_20_bytes(count: int) -> None:
    with pytest.raises(ValueError, match="must have 20 bytes"):
        build_made_up_identity(bytes(count), "acme-prod")


@pytest.mark.parametrize("count", [0, RECORD_ID_BYTES - 1, RECORD_ID_BYTES + 1])
def test_a_session_name_needs_exactly_8_bytes(count: int) -> None:
    with pytest.raises(ValueError, match="must have 8 bytes"):
        build_member_identity("alice", bytes(count), "acme-prod")
