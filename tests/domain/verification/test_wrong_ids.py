"""The wrong external IDs that a check tries: one of them matches every pattern for the right ID."""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalicelib.domain.identifiers import EXTERNAL_ID as STS_EXTERNAL_ID
from chalicelib.domain.verification.probe_variants import FULL
from chalicelib.domain.verification.proof import Check
from chalicelib.domain.verification.wrong_ids import (
    CALLS_PER_DAILY_CHECK,
    CALLS_PER_FULL_CHECK,
    count_accepted_calls,
    count_calls_per_check,
    list_forms_to_try,
    list_wrong_ids,
)
from tests.builders import EXTERNAL_ID

FRESH = "daypass-" + "z7" * 16
usual = settings(max_examples=100)
external_ids = st.from_regex(re.compile(STS_EXTERNAL_ID, re.ASCII), fullmatch=True)


def checks_matching(pattern: str, *, daily: bool = False) -> set[Check]:
    """Return the checks that a trust policy with this pattern fails."""
    return {
        wrong_id.check
        for wrong_id in list_wrong_ids(EXTERNAL_ID, FRESH)
        if wrong_id.external_id is not None and (wrong_id.is_daily or not daily)
        if fnmatchcase(wrong_id.external_id, pattern)
    }


@usual
@given(st.sets(st.integers(0, len(EXTERNAL_ID)), min_size=1), st.integers(0, 3))
def test_every_matching_pattern_with_an_asterisk_matches_a_near_miss(
    cuts: set[int], lost: int
) -> None:
    """The right ID with asterisks at any positions; the first replaces some characters."""
    first, *rest = sorted(cuts)
    pattern = EXTERNAL_ID[:first] + "*"
    at = min(first + lost, *(rest or [len(EXTERNAL_ID)]))
    for cut in rest:
        pattern += EXTERNAL_ID[at:cut] + "*"
        at = cut
    pattern += EXTERNAL_ID[at:]
    assume(fnmatchcase(EXTERNAL_ID, pattern))
    assert Check.NEAR_MISS in checks_matching(pattern)
    assert Check.NEAR_MISS in checks_matching(pattern, daily=True)


@pytest.mark.parametrize(
    ("pattern", "is_daily"),
    [
        (EXTERNAL_ID[:-1] + "?", True),
        ("?" + EXTERNAL_ID[1:], False),
        (EXTERNAL_ID[:20] + "?" + EXTERNAL_ID[21:], False),
        (EXTERNAL_ID[:20] + "?" * 20, True),
        (EXTERNAL_ID[:8] + "?" * 12 + EXTERNAL_ID[20:], False),
        (EXTERNAL_ID[:-3] + "???", True),
    ],
)
def test_question_marks_at_an_end_in_the_middle_or_for_half_match_a_near_miss(
    pattern: str, *, is_daily: bool
) -> None:
    assert checks_matching(pattern) == {Check.NEAR_MISS}
    assert bool(checks_matching(pattern, daily=True)) is is_daily


def test_question_marks_for_all_characters_match_a_wrong_id() -> None:
    assert checks_matching("?" * len(EXTERNAL_ID)) >= {
        Check.WRONG_ID,
        Check.OTHER_CASE,
        Check.NEAR_MISS,
    }
    assert checks_matching("??") == {Check.WRONG_ID}


@usual
@given(external_ids)
def test_wrong_ids_are_valid_for_sts_and_never_the_right_one(
    right: str,
) -> None:
    tried = [wrong_id.external_id for wrong_id in list_wrong_ids(right, FRESH)]
    assert right not in tried
    assert all(
        re.fullmatch(STS_EXTERNAL_ID, wrong_id, re.ASCII)
        for wrong_id in tried
        if wrong_id is not None
    )
    assert {wrong_id.check for wrong_id in list_wrong_ids(right, FRESH) if wrong_id.is_daily} >= {
        Check.NO_ID,
        Check.WRONG_ID,
        Check.NEAR_MISS,
    }


def test_the_documented_numbers_of_calls_are_right() -> None:
    full = [
        wrong_id
        for wrong_id in list_wrong_ids(EXTERNAL_ID, FRESH)
        for _ in list_forms_to_try(wrong_id, FULL, is_full=True)
    ]
    # The right ID in four variants and as an agent, at the start and at the end.
    assert count_accepted_calls(is_full=True) == 10
    assert len(full) + 10 == CALLS_PER_FULL_CHECK == 58
    daily = [
        wrong_id
        for wrong_id in list_wrong_ids(EXTERNAL_ID, FRESH)
        for _ in list_forms_to_try(wrong_id, FULL, is_full=False)
    ]
    assert count_accepted_calls(is_full=False) == 3
    assert len(daily) + 3 == CALLS_PER_DAILY_CHECK == 11


@pytest.mark.parametrize(("retired", "full", "daily"), [(0, 58, 11), (1, 62, 12), (20, 138, 31)])
def test_each_retired_id_adds_four_calls_to_a_full_check_and_one_to_a_daily_one(
    retired: int, full: int, daily: int
) -> None:
    assert count_calls_per_check(is_full=True, retired_count=retired) == full
    assert count_calls_per_check(is_full=False, retired_count=retired) == daily
