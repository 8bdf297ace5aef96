"""What the probes of a role prove: every answer that AWS can give to them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import pytest

from chalicelib.domain.verification.proof import (
    Check,
    ProbeOutcome,
    ProbeResult,
    Result,
    Results,
    complete_results,
    is_safe,
    judge,
)
from tests.builders import results
from tests.domain.verification.proof_table import (
    DECLARED,
    ELSEWHERE,
    IN,
    JUDGED,
    NO,
    REGION_OFF,
    SAFE,
    TOO_LONG,
    UNKNOWN,
)

NEGATIVE = (Check.NO_ID, Check.WRONG_ID, Check.OTHER_CASE)


def judged() -> Iterator[tuple[ProbeResult, dict[Check, ProbeOutcome | None], Results | None]]:
    """Every combination of answers to the probes with an external ID, and what it proves."""
    arrivals = [
        ProbeResult(*one) for one in itertools.product(ProbeOutcome, (DECLARED, ELSEWHERE, None))
    ]
    for right, none, wrong, case in itertools.product(
        arrivals, ProbeOutcome, ProbeOutcome, [*ProbeOutcome, None]
    ):
        asked = {Check.NO_ID: none, Check.WRONG_ID: wrong, Check.OTHER_CASE: case}
        negative = {check: answer for check, answer in asked.items() if answer is not None}
        # No role is safe that was not asked for with a near miss. How it answers to that is for
        # the table: it counts as the others do.
        found = judge(DECLARED, right_id=right, negative={**negative, Check.NEAR_MISS: NO})
        yield right, {**asked, Check.NEAR_MISS: NO}, found


def ended() -> Iterator[tuple[dict[Check, ProbeOutcome | None], bool, Results | None]]:
    """Every combination of answers to the last probes, and what it proves of a safe role."""
    for hour, same, former in itertools.product(ProbeOutcome, (True, False), [*ProbeOutcome, None]):
        found = complete_results(SAFE, full_hour=hour, is_unchanged=same, previous_id=former)
        yield {Check.FULL_HOUR: hour, Check.PREVIOUS_ID: former}, same, found


def test_the_table_has_every_common_answer_with_every_other() -> None:
    rows = {
        (row.keywords["right_id"].outcome, asked[Check.NO_ID], asked[Check.WRONG_ID])
        for row in JUDGED
        if (asked := row.keywords["negative"]).get(Check.OTHER_CASE) is NO
    }
    assert rows >= set(itertools.product((IN, NO, UNKNOWN), repeat=3))


def test_only_in_with_the_right_id_into_the_right_account_and_refused_otherwise_is_safe() -> None:
    for right, negative, found in judged():
        wanted = right == ProbeResult(IN, DECLARED) and set(negative.values()) <= {NO, None}
        assert (found is not None and is_safe(found)) == wanted, (right, negative)


def test_a_hole_is_final_and_is_what_failed() -> None:
    for right, negative, found in judged():
        holes = {check for check, answer in negative.items() if answer is IN}
        failed = {
            check for check in NEGATIVE if found is not None and found.get(check) is Result.FAILED
        }
        assert failed == holes, (right, negative)
        if holes:
            assert found is not None
            assert not is_safe(found)


def test_a_refusal_counts_beside_the_right_id_alone_and_nothing_else_is_ever_a_pass() -> None:
    for right, negative, found in judged():
        for check, result in (found or {}).items():
            if result is Result.PASSED:
                assert right.outcome is IN, (right, negative)
                assert negative.get(check, NO) is NO, (right, negative)


def test_with_no_hole_an_odd_answer_proves_nothing_but_that_the_right_id_is_refused() -> None:
    for right, negative, found in judged():
        answers = set(negative.values())
        if right.outcome in (UNKNOWN, TOO_LONG) and IN not in answers:
            assert found is None, (right, negative)
        elif right.outcome in (NO, REGION_OFF) and IN not in answers:
            assert found == {Check.RIGHT_ID: Result.FAILED}, (right, negative)
        elif answers & {UNKNOWN, TOO_LONG, REGION_OFF} and IN not in answers:
            assert found is None, (right, negative)
        else:
            assert (found is None) == (right == ProbeResult(IN, None) and IN not in answers)


def test_what_comes_last_passes_by_its_one_good_answer_and_fails_by_its_one_bad_one() -> None:
    by_answer = {
        Check.FULL_HOUR: {IN: Result.PASSED, TOO_LONG: Result.FAILED},
        Check.PREVIOUS_ID: {NO: Result.PASSED, IN: Result.FAILED},
    }
    for answers, is_unchanged, found in ended():
        made = {check: answer for check, answer in answers.items() if answer is not None}
        if is_unchanged and all(answer in by_answer[check] for check, answer in made.items()):
            meaning = {check: by_answer[check][answer] for check, answer in made.items()}
            assert found == {**SAFE, **meaning}, answers
        else:
            assert found is None, answers


@pytest.mark.parametrize("failed", [*NEGATIVE, Check.NEAR_MISS, Check.RIGHT_ID, Check.ACCOUNT])
def test_nothing_that_comes_last_turns_a_failed_role_into_a_safe_one(failed: Check) -> None:
    found = complete_results(results(failed), full_hour=IN, is_unchanged=True, previous_id=NO)
    assert found is not None
    assert found[failed] is Result.FAILED
    assert not is_safe(found)
