"""What is tried instead of the right external ID: every pattern that takes it takes a wrong one."""

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
    calls_per_check,
    variants_to_try,
    wrong_ids,
)
from tests.builders import EXTERNAL_ID

FRESH = "daypass-" + "z7" * 16
usual = settings(max_examples=300)
external_ids = st.from_regex(re.compile(STS_EXTERNAL_ID, re.ASCII), fullmatch=True)


def taken(pattern: str, *, daily: bool = False) -> set[Check]:
    """The checks in which a trust policy with this pattern lets us in."""
    return {
        one.check
        for one in wrong_ids(EXTERNAL_ID, FRESH)
        if one.external_id is not None and (one.daily or not daily)
        if fnmatchcase(one.external_id, pattern)
    }


@usual
@given(st.sets(st.integers(0, len(EXTERNAL_ID)), min_size=1), st.integers(0, 3))
def test_every_pattern_with_an_asterisk_that_takes_the_right_one_takes_another(
    cuts: set[int], lost: int
) -> None:
    """The right one with asterisks at any places, and characters lost to the first of them."""
    first, *rest = sorted(cuts)
    pattern = EXTERNAL_ID[:first] + "*"
    at = min(first + lost, *(rest or [len(EXTERNAL_ID)]))
    for cut in rest:
        pattern += EXTERNAL_ID[at:cut] + "*"
        at = cut
    pattern += EXTERNAL_ID[at:]
    assume(fnmatchcase(EXTERNAL_ID, pattern))
    assert Check.NEAR_MISS in taken(pattern)
    assert Check.NEAR_MISS in taken(pattern, daily=True)


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
def test_so_does_a_question_mark_at_an_end_in_the_middle_or_for_a_half(
    pattern: str, *, is_daily: bool
) -> None:
    assert taken(pattern) == {Check.NEAR_MISS}
    assert bool(taken(pattern, daily=True)) is is_daily


def test_as_many_question_marks_as_it_has_characters_take_a_wrong_one() -> None:
    assert taken("?" * len(EXTERNAL_ID)) >= {Check.WRONG_ID, Check.OTHER_CASE, Check.NEAR_MISS}
    assert taken("??") == {Check.WRONG_ID}


@usual
@given(external_ids)
def test_nothing_that_is_tried_instead_is_the_right_one_or_one_that_sts_does_not_take(
    right: str,
) -> None:
    tried = [one.external_id for one in wrong_ids(right, FRESH)]
    assert right not in tried
    assert all(re.fullmatch(STS_EXTERNAL_ID, one, re.ASCII) for one in tried if one is not None)
    assert {one.check for one in wrong_ids(right, FRESH) if one.daily} >= {
        Check.NO_ID,
        Check.WRONG_ID,
        Check.NEAR_MISS,
    }


def test_what_a_check_costs_the_client_in_events_is_counted_and_not_guessed() -> None:
    asked = [
        one
        for one in wrong_ids(EXTERNAL_ID, FRESH)
        for _ in variants_to_try(one, FULL, is_full=True)
    ]
    # The right one in four dresses at first, and in four at last.
    assert len(asked) + 8 == CALLS_PER_FULL_CHECK == 44
    daily = [
        one
        for one in wrong_ids(EXTERNAL_ID, FRESH)
        for _ in variants_to_try(one, FULL, is_full=False)
    ]
    assert len(daily) + 2 == CALLS_PER_DAILY_CHECK == 8


@pytest.mark.parametrize(("retired", "full", "daily"), [(0, 44, 8), (1, 46, 9), (20, 84, 28)])
def test_each_retired_external_id_costs_two_calls_in_full_and_one_a_day(
    retired: int, full: int, daily: int
) -> None:
    assert calls_per_check(is_full=True, retired=retired) == full
    assert calls_per_check(is_full=False, retired=retired) == daily
