"""What the probes of a role prove: every answer that AWS can give to them."""

from __future__ import annotations

import itertools

import pytest

from chalicelib.domain.proof import Answer, Verdict, accepting, judge
from tests.domain.proof_table import ACCEPTED, IN, JUDGED, NO
from tests.domain.rows import Row


@pytest.mark.parametrize("row", JUDGED, ids=str)
def test_what_the_external_ids_prove(row: Row) -> None:
    assert row.told_by(judge) == row.answer


@pytest.mark.parametrize("row", ACCEPTED, ids=str)
def test_what_a_safe_role_accepts(row: Row) -> None:
    assert row.told_by(accepting) == row.answer


def test_the_tables_leave_no_answer_out() -> None:
    judged = {tuple(row.named.values()) for row in JUDGED}
    assert judged >= {(*ids, NO) for ids in itertools.product(Answer, repeat=3)}
    assert {tuple(row.named.values()) for row in ACCEPTED} == set(
        itertools.product(Answer, repeat=2)
    )


@pytest.mark.parametrize("answers", list(itertools.product(Answer, repeat=4)))
def test_only_in_with_the_right_id_and_refused_otherwise_is_safe(
    answers: tuple[Answer, Answer, Answer, Answer],
) -> None:
    right, none, wrong, case = answers
    verdict = judge(right_id=right, no_id=none, wrong_id=wrong, other_case=case)
    assert (verdict.passed is True) == (answers == (IN, NO, NO, NO))


def test_accepting_does_not_turn_a_failed_role_into_a_safe_one() -> None:
    failed = Verdict(passed=False, findings=("a hole",))
    assert accepting(failed, source_identity=IN, tags=IN).passed is False
