"""Probes of a role, and the results that follow."""

# ruff: noqa: FBT003 (in a table the answer has its column)

from chalicelib.domain.verification.proof import (
    Check,
    ProbeOutcome,
    ProbeResult,
    Result,
    Results,
    complete_results,
    find_worst_outcome,
    grade_results,
    is_role_safe,
    judge_probes,
)
from tests.builders import results
from tests.domain.rows import Row

DECLARED, ELSEWHERE = "987654321098", "876543210987"
IN, NO, TOO_LONG, REGION_OFF, UNKNOWN = ProbeOutcome

RIGHT, ACCOUNT, NONE, WRONG, CASE, NEAR, RETIRED, *OPTIONAL = Check
SOURCE_IDENTITY, TAGS, AGENT, HOUR, PREVIOUS = OPTIONAL


def results_with(*passed: Check, failed: tuple[Check, ...] = ()) -> Results:
    return dict.fromkeys(passed, Result.PASSED) | dict.fromkeys(failed, Result.FAILED)


def judge_row(
    right_id: ProbeOutcome,
    no_id: ProbeOutcome,
    wrong_id: ProbeOutcome,
    expected: Results | None,
    *,
    other_case: ProbeOutcome | None = NO,
    near_miss: ProbeOutcome | None = None,
    account_id: str | None = DECLARED,
) -> Row:
    """Return the row for these answers to the right external ID, none, a wrong one, another letter
    case and a near miss. None: not tried."""
    name = f"right {right_id}, none {no_id}, wrong {wrong_id}, other case {other_case}"
    if right_id is IN and account_id != DECLARED:
        name += f", in {account_id}"
    right_result = ProbeResult(right_id, account_id if right_id is IN else None)
    if near_miss is not None:
        name += f", near miss {near_miss}"
    outcomes = {NONE: no_id, WRONG: wrong_id, CASE: other_case, NEAR: near_miss}
    negative = {check: outcome for check, outcome in outcomes.items() if outcome is not None}
    return Row(
        name,
        expected,
        DECLARED,
        right_id_result=right_result,
        negative_outcomes=negative,
    )


SAFE = results_with(RIGHT, ACCOUNT, NONE, WRONG, CASE)
REFUSES_US = results_with(failed=(RIGHT,))
JUDGED = [
    # Safe: only the right ID is accepted, and the account is the declared one.
    judge_row(IN, NO, NO, SAFE),
    # An external ID of digits has no other letter case.
    judge_row(IN, NO, NO, results_with(RIGHT, NONE, WRONG, failed=(ACCOUNT,)), other_case=None,
           account_id=ELSEWHERE),
    judge_row(IN, UNKNOWN, NO, None, other_case=None),
    judge_row(NO, NO, NO, REFUSES_US, other_case=None),
    # Accepted, in another account or an unknown one.
    judge_row(IN, NO, NO, results_with(RIGHT, NONE, WRONG, CASE, failed=(ACCOUNT,)),
              account_id=ELSEWHERE),
    judge_row(IN, NO, NO, None, account_id=None),
    judge_row(IN, IN, NO, results_with(RIGHT, WRONG, CASE, failed=(NONE,)), account_id=None),
    # An accepted wrong ID is final, whatever the other answers. Refusals beside it count as well.
    judge_row(IN, IN, NO, results_with(RIGHT, WRONG, CASE, failed=(NONE,))),
    judge_row(IN, IN, UNKNOWN, results_with(RIGHT, CASE, failed=(NONE,))),
    # If the right ID is refused, refusals of the others prove nothing.
    judge_row(NO, IN, NO, results_with(failed=(RIGHT, NONE))),
    judge_row(REGION_OFF, IN, NO, results_with(failed=(RIGHT, NONE))),
    # No clear answer to the right ID.
    judge_row(UNKNOWN, IN, NO, results_with(failed=(NONE,))),
    # Letter case is part of the ID.
    judge_row(IN, NO, NO, results_with(RIGHT, NONE, WRONG, failed=(CASE,)), other_case=IN),
    judge_row(IN, NO, NO, None, other_case=TOO_LONG),
    # The right ID is refused: Daypass cannot vend, whatever the other answers.
    judge_row(NO, NO, NO, REFUSES_US),
    # Near misses.
    judge_row(IN, NO, NO, results_with(RIGHT, ACCOUNT, NONE, WRONG, CASE, NEAR), near_miss=NO),
    judge_row(IN, NO, NO, results_with(RIGHT, NONE, WRONG, CASE, failed=(NEAR,)), near_miss=IN),
    judge_row(IN, NO, NO, None, near_miss=UNKNOWN),
    # An account without an accepted probe counts for nothing.
    Row("unanswered, with an account", None, DECLARED,
        right_id_result=ProbeResult(UNKNOWN, DECLARED),
        negative_outcomes=dict.fromkeys((NONE, WRONG), NO)),
]  # fmt: skip


def completed(
    full_hour: ProbeOutcome,
    expected: Results | None,
    *,
    is_unchanged: bool = True,
    previous_id: ProbeOutcome | None = None,
    agent_name: ProbeOutcome | None = None,
) -> Row:
    """Return the row for these answers to the last probes."""
    name = f"hour {full_hour}, unchanged {is_unchanged}, previous {previous_id}, agent {agent_name}"
    outcomes = {
        "full_hour": full_hour,
        "is_unchanged": is_unchanged,
        "previous_id": previous_id,
        "agent_name": agent_name,
    }
    return Row(name, expected, SAFE, **outcomes)


def safe(*passed: Check, failed: tuple[Check, ...] = ()) -> Results:
    return {**SAFE, **results_with(*passed, failed=failed)}


COMPLETED = [
    completed(IN, safe(HOUR)),
    # Sessions shorter than an hour fail the check, but are no change.
    completed(TOO_LONG, safe(failed=(HOUR,))),
    # The role should refuse the previous external ID.
    completed(IN, safe(HOUR, PREVIOUS), previous_id=NO),
    completed(IN, safe(HOUR, failed=(PREVIOUS,)), previous_id=IN),
    completed(IN, None, previous_id=UNKNOWN),
    # The role should accept agents.
    completed(IN, safe(AGENT, HOUR), agent_name=IN),
    completed(IN, safe(HOUR, failed=(AGENT,)), agent_name=NO),
    # The role refuses what it accepted at first: it changed, so the check has no result.
    completed(NO, None),
    completed(IN, None, is_unchanged=False),
]

WORST = [
    Row("no probes", NO, ()),
    Row("accepted, the others unanswered", IN, (UNKNOWN, IN)),
    Row("unanswered once", UNKNOWN, (NO, UNKNOWN, NO)),
]


def grade_row(
    name: str, expected: object, role_results: Results, *, external_id_imported: bool = False
) -> Row:
    return Row(name, expected, role_results, external_id_imported=external_id_imported)


EVERYTHING = results(without=())
NEEDED = (RIGHT, ACCOUNT, NONE, WRONG, NEAR)
IS_SAFE = [
    Row("everything passed", True, EVERYTHING),
    *(Row(f"{check} failed", False, results(check)) for check in (*NEEDED, CASE)),
    Row("a retired external ID is accepted", False, results(RETIRED, without=())),
    *(Row(f"{check} not reached", False, results(without=(check,))) for check in NEEDED),
    *(Row(f"{check} failed", True, results(check, without=()))
      for check in OPTIONAL),
]  # fmt: skip
GRADED = [
    grade_row("everything passed", "A", EVERYTHING),
    grade_row("a retired external ID is accepted", "F", results(RETIRED, without=())),
    grade_row("imported external ID", "B", EVERYTHING, external_id_imported=True),
    *(grade_row(f"{check} failed", "B", results(check, without=()))
      for check in OPTIONAL),
    *(grade_row(f"{check} not reached", "B", results(without=(check,)))
      for check in (SOURCE_IDENTITY, TAGS)),
    *(grade_row(f"{check} failed", "F", results(check)) for check in (*NEEDED, CASE)),
    *(grade_row(f"{check} not reached", "F", results(without=(check,))) for check in NEEDED),
]  # fmt: skip

RULES = [
    (judge_probes, JUDGED, 21),
    (complete_results, COMPLETED, 10),
    (find_worst_outcome, WORST, 2),
    (is_role_safe, IS_SAFE, 5),
    (grade_results, GRADED, 9),
]
