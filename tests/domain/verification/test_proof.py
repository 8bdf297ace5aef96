"""Conclusions from the probes of a role, for every combination of AWS's answers."""

import itertools

from chalicelib.domain.verification.proof import (
    Check,
    ProbeOutcome,
    ProbeResult,
    complete_results,
    is_role_safe,
    judge_probes,
)
from tests.builders import results
from tests.domain.verification.proof_table import (
    DECLARED,
    ELSEWHERE,
    IN,
    NO,
    REGION_OFF,
    SAFE,
    TOO_LONG,
    UNKNOWN,
)
from tests.rows import every

NEGATIVE = (Check.NO_ID, Check.WRONG_ID, Check.OTHER_CASE)


def judged():
    """Yield every combination of answers to the probes with an external ID, and the results."""
    right_results = [
        ProbeResult(*pair) for pair in itertools.product(ProbeOutcome, (DECLARED, ELSEWHERE, None))
    ]
    for right, *outcomes in itertools.product(
        right_results, ProbeOutcome, ProbeOutcome, [*ProbeOutcome, None]
    ):
        # A role without a near-miss check is never safe. The table tests the other answers to it,
        # which count like those of the other checks.
        negative = {Check.NEAR_MISS: NO, **dict(zip(NEGATIVE, outcomes, strict=True))}
        tried = {check: answer for check, answer in negative.items() if answer is not None}
        yield (
            right,
            negative,
            judge_probes(DECLARED, right_id_result=right, negative_outcomes=tried),
        )


def completed():
    """Yield every combination of answers to the last probes of a safe role, and the results."""
    maybe = [*ProbeOutcome, None]
    for hour, same, former, agent in itertools.product(ProbeOutcome, (True, False), maybe, maybe):
        found_results = complete_results(
            SAFE, full_hour=hour, is_unchanged=same, previous_id=former, agent_name=agent
        )
        answers = {Check.FULL_HOUR: hour, Check.PREVIOUS_ID: former, Check.AGENT_NAME: agent}
        yield answers, same, found_results


def test_a_role_is_safe_only_if_it_accepts_only_the_right_id_in_the_right_account():
    for right, negative, found_results in judged():
        expected = right == ProbeResult(IN, DECLARED) and set(negative.values()) <= {NO, None}
        assert (found_results is not None and is_role_safe(found_results)) == expected, (
            right,
            negative,
        )


def test_an_accepted_wrong_id_is_final_and_fails_its_check():
    for right, negative, found_results in judged():
        holes = {check for check, answer in negative.items() if answer is IN}
        failed = {check for check in NEGATIVE if (found_results or {}).get(check) == "failed"}
        assert failed == holes, (right, negative)
        assert not holes or not is_role_safe(found_results)


def test_a_check_passes_only_with_a_refusal_and_an_accepted_right_id():
    for right, negative, found_results in judged():
        for check, result in (found_results or {}).items():
            if result == "passed":
                answers = (right.outcome, negative.get(check, NO))
                assert answers == (IN, NO), (right, negative)


def test_without_an_accepted_wrong_id_unclear_answers_prove_nothing():
    for right, negative, found_results in judged():
        answers = set(negative.values())
        if right.outcome in (UNKNOWN, TOO_LONG) and IN not in answers:
            assert found_results is None, (right, negative)
        elif right.outcome in (NO, REGION_OFF) and IN not in answers:
            assert found_results == {"right-external-id": "failed"}, (right, negative)
        elif answers & {UNKNOWN, TOO_LONG, REGION_OFF} and IN not in answers:
            assert found_results is None, (right, negative)
        else:
            assert (found_results is None) == (right == ProbeResult(IN, None) and IN not in answers)


def test_each_last_probe_has_one_good_and_one_bad_answer():
    by_answer = {
        Check.FULL_HOUR: {IN: "passed", TOO_LONG: "failed"},
        Check.PREVIOUS_ID: {NO: "passed", IN: "failed"},
        Check.AGENT_NAME: {IN: "passed", NO: "failed"},
    }
    for answers, is_unchanged, found_results in completed():
        made = {check: answer for check, answer in answers.items() if answer is not None}
        if is_unchanged and all(answer in by_answer[check] for check, answer in made.items()):
            meaning = {check: by_answer[check][answer] for check, answer in made.items()}
            assert found_results == {**SAFE, **meaning}, answers
        else:
            assert found_results is None, answers


@every("failed", [*NEGATIVE, Check.NEAR_MISS, Check.RIGHT_ID, Check.ACCOUNT])
def test_the_last_probes_never_make_a_failed_role_safe(failed):
    found_results = complete_results(
        results(failed), full_hour=IN, is_unchanged=True, previous_id=NO, agent_name=IN
    )
    assert found_results[failed] == "failed"
    assert not is_role_safe(found_results)
