"""Probe variants, the made-up identity of a check, and the wrong external IDs that it tries: one of
them matches every pattern for the right ID."""

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.domain.identifiers import EXTERNAL_ID as STS_EXTERNAL_ID
from chalicelib.domain.identifiers import (
    MEMBER_ID_MAX,
    RECORD_ID_BYTES,
    SLUG,
    build_session_name,
    list_session_names,
)
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
from chalicelib.domain.verification.proof import Check
from chalicelib.domain.verification.wrong_ids import (
    CALLS_PER_DAILY_CHECK,
    CALLS_PER_FULL_CHECK,
    count_accepted_calls,
    count_calls_per_check,
    list_forms_to_try,
    list_wrong_ids,
)
from tests.builders import EXTERNAL_ID, ROLE_ARN
from tests.domain.verification.variants_table import (
    ONLY_SOURCE_IDENTITY,
    ONLY_TAGS,
)
from tests.rows import every

FRESH = "daypass-" + "z7" * 16
usual = settings(max_examples=100)
external_ids = st.from_regex(re.compile(STS_EXTERNAL_ID, re.ASCII), fullmatch=True)


def checks_matching(pattern, *, daily=False):
    """Return the checks that a trust policy with this pattern fails."""
    return {
        wrong_id.check
        for wrong_id in list_wrong_ids(EXTERNAL_ID, FRESH)
        if wrong_id.external_id is not None and (wrong_id.is_daily or not daily)
        if fnmatchcase(wrong_id.external_id, pattern)
    }


@usual
@given(st.sets(st.integers(0, len(EXTERNAL_ID)), min_size=1), st.integers(0, 3))
def test_every_matching_pattern_with_an_asterisk_matches_a_near_miss(cuts, lost):
    """The right ID with asterisks at any positions; the first replaces some characters."""
    first, *rest = sorted(cuts)
    pattern = EXTERNAL_ID[:first] + "*"
    at = min(first + lost, *(rest or [len(EXTERNAL_ID)]))
    for cut in rest:
        pattern += EXTERNAL_ID[at:cut] + "*"
        at = cut
    pattern += EXTERNAL_ID[at:]
    assume(fnmatchcase(EXTERNAL_ID, pattern))
    assert "near-miss" in checks_matching(pattern)
    assert "near-miss" in checks_matching(pattern, daily=True)


@every(
    "pattern, is_daily",
    [
        (EXTERNAL_ID[:-1] + "?", True),
        ("?" + EXTERNAL_ID[1:], False),
        (EXTERNAL_ID[:20] + "?" + EXTERNAL_ID[21:], False),
        (EXTERNAL_ID[:20] + "?" * 20, True),
        (EXTERNAL_ID[:8] + "?" * 12 + EXTERNAL_ID[20:], False),
        (EXTERNAL_ID[:-3] + "???", True),
    ],
)
def test_question_marks_at_an_end_in_the_middle_or_for_half_match_a_near_miss(pattern, *, is_daily):
    assert checks_matching(pattern) == {"near-miss"}
    assert bool(checks_matching(pattern, daily=True)) is is_daily


def test_question_marks_for_all_characters_match_a_wrong_id():
    long_as_the_right_one = {Check.WRONG_ID, Check.OTHER_CASE, Check.NEAR_MISS}
    assert checks_matching("?" * len(EXTERNAL_ID)) >= long_as_the_right_one
    assert checks_matching("??") == {"wrong-external-id"}


@usual
@given(external_ids)
def test_wrong_ids_are_valid_for_sts_and_never_the_right_one(right):
    wrong_ids = list_wrong_ids(right, FRESH)
    tried = {each.external_id for each in wrong_ids} - {None}
    assert right not in tried
    assert all(re.fullmatch(STS_EXTERNAL_ID, each, re.ASCII) for each in tried)
    daily = {each.check for each in wrong_ids if each.is_daily}
    assert daily >= {"no-external-id", "wrong-external-id", "near-miss"}


@every(
    "is_full, accepted, documented",
    [
        # The right ID in four variants and as an agent, at the start and at the end.
        (True, 10, CALLS_PER_FULL_CHECK),
        (False, 3, CALLS_PER_DAILY_CHECK),
    ],
)
def test_the_documented_numbers_of_calls_are_right(*, is_full, accepted, documented):
    wrong_ids = list_wrong_ids(EXTERNAL_ID, FRESH)
    forms = [form for each in wrong_ids for form in list_forms_to_try(each, FULL, is_full=is_full)]
    assert count_accepted_calls(is_full=is_full) == accepted
    assert len(forms) + accepted == documented == (58 if is_full else 11)


@every("retired, full, daily", [(0, 58, 11), (1, 62, 12), (20, 138, 31)])
def test_each_retired_id_adds_four_calls_to_a_full_check_and_one_to_a_daily_one(
    retired, full, daily
):
    assert count_calls_per_check(is_full=True, retired_count=retired) == full
    assert count_calls_per_check(is_full=False, retired_count=retired) == daily


def test_each_form_is_listed_once_and_the_names_are_those_of_vends():
    assert len(FORMS) == len(set(FORMS)) == 8
    identity = build_member_identity("alice", bytes(8), "acme-prod")
    of_forms = [identity.build_probe(ROLE_ARN, None, form).session_name for form in FORMS]
    of_vends = [build_session_name("alice", "0" * 16, is_agent=each) for each in (False, True)]
    assert list(dict.fromkeys(of_forms)) == of_vends == list(identity.session_names)


@given(st.binary(min_size=IDENTITY_BYTES, max_size=IDENTITY_BYTES))
def test_a_made_up_identity_has_the_form_of_a_members(random):
    identity = build_made_up_identity(random, "acme-prod")
    assert re.fullmatch(SLUG, identity.member, re.ASCII)
    assert len(identity.member) <= MEMBER_ID_MAX
    names = list_session_names(identity.member, random[-RECORD_ID_BYTES:].hex())
    assert identity.session_names == names
    tags = (("DaypassMember", identity.member), ("DaypassEngagement", "acme-prod"))
    attributes = {
        FULL: (identity.member, tags),
        ONLY_SOURCE_IDENTITY: (identity.member, ()),
        ONLY_TAGS: (None, tags),
        PLAIN: (None, ()),
    }
    assert attributes.keys() == {*VARIANTS}
    for variant, sent in attributes.items():
        probe = identity.build_probe(ROLE_ARN, "daypass-x", ProbeForm(variant))
        assert (probe.session_name, probe.duration) == (names[0], 900)
        assert (probe.source_identity, probe.tags) == sent


@every("count", [0, 19, 21])
def test_a_made_up_identity_needs_exactly_20_bytes(count):
    with pytest.raises(ValueError, match="must have 20 bytes"):
        build_made_up_identity(bytes(count), "acme-prod")


@every("count", [0, 7, 9])
def test_a_session_name_needs_exactly_8_bytes(count):
    with pytest.raises(ValueError, match="must have 8 bytes"):
        build_member_identity("alice", bytes(count), "acme-prod")
