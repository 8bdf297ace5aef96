"""The one thing that the client's page says first, and what comes before what."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.onboarding.next_step import NextStep, StepKind, next_step
from chalicelib.domain.verification.proof import Grade
from chalicelib.domain.verification.report import Report
from tests.builders import NOON, an_engagement

OPEN, LEFT = an_engagement(), an_engagement(access_removed_at=NOON)
NEXT, FORMER = an_engagement(next_external_id="aa"), an_engagement(previous_external_id="aa")


def said(grade: Grade, *, is_current: bool = True) -> Report:
    return Report(
        grade=grade,
        passed=grade is not Grade.F,
        checked_at=NOON,
        is_current=is_current,
        lines=(),
        remarks=(),
        causes=(),
        is_certain=False,
    )


GOOD, SO_SO, BAD = (said(grade) for grade in Grade)
OLD, OLD_BAD = said(Grade.A, is_current=False), said(Grade.F, is_current=False)

TABLE: list[tuple[str, Engagement, dict[str, Report | None], StepKind, str]] = [
    ("no role is asked for", OPEN, {}, StepKind.NOTHING_ASKED, ""),
    ("… and the external ID is rotated", NEXT, {}, StepKind.NOTHING_ASKED, ""),
    ("all is well", OPEN, {"a": GOOD, "b": GOOD}, StepKind.NOTHING, "ab"),
    ("one could be better", OPEN, {"a": GOOD, "b": SO_SO}, StepKind.IMPROVE, "b"),
    ("one was never checked", OPEN, {"a": SO_SO, "b": None}, StepKind.SET_UP, "b"),
    ("one was checked as it was", OPEN, {"a": SO_SO, "b": OLD}, StepKind.CHECK_AGAIN, "b"),
    ("… and has failed then", OPEN, {"a": OLD_BAD, "b": GOOD}, StepKind.CHECK_AGAIN, "a"),
    ("a first check comes before another", OPEN, {"a": OLD, "b": None}, StepKind.SET_UP, "b"),
    ("one fails", OPEN, {"a": GOOD, "b": BAD}, StepKind.MEND, "b"),
    ("a failure comes before a first check", OPEN, {"a": BAD, "b": None}, StepKind.MEND, "a"),
    ("a failure comes before a rotation", NEXT, {"a": BAD, "b": GOOD}, StepKind.MEND, "a"),
    ("the next external ID", NEXT, {"a": GOOD, "b": GOOD}, StepKind.ROTATE, "ab"),
    ("the former external ID", FORMER, {"a": SO_SO}, StepKind.ROTATE, "a"),
    ("a rotation comes before a first check", NEXT, {"a": GOOD, "b": None}, StepKind.ROTATE, "ab"),
    ("a rotation comes before another check", FORMER, {"a": OLD}, StepKind.ROTATE, "a"),
]
# The trust policies of "b" and "c" end before the engagement.
OUTDATED: list[tuple[str, Engagement, dict[str, Report | None], StepKind, str]] = [
    ("another role's", OPEN, {"a": GOOD}, StepKind.NOTHING, "a"),
    ("one of two", OPEN, {"a": GOOD, "b": GOOD}, StepKind.RENEW, "b"),
    ("two", OPEN, {"b": GOOD, "c": SO_SO}, StepKind.RENEW, "bc"),
    ("one that was checked as it was", OPEN, {"b": OLD}, StepKind.RENEW, "b"),
    ("one that nobody has checked", OPEN, {"b": None}, StepKind.SET_UP, "b"),
    ("a failure comes first", OPEN, {"a": BAD, "b": GOOD}, StepKind.MEND, "a"),
    ("it comes before a rotation", NEXT, {"a": GOOD, "b": GOOD}, StepKind.RENEW, "b"),
    ("it comes before a first check", OPEN, {"a": None, "b": GOOD}, StepKind.RENEW, "b"),
]


@pytest.mark.parametrize(
    ("place", "reports", "task", "roles"), [row[1:] for row in TABLE], ids=[r[0] for r in TABLE]
)
def test_what_is_first(
    place: Engagement, reports: dict[str, Any], task: StepKind, roles: str
) -> None:
    for has_looked in (False, True):
        found = next_step(place, reports, is_over=False, has_looked=has_looked)
        assert found == NextStep(task=task, roles=tuple(roles))


@pytest.mark.parametrize(
    ("place", "reports", "task", "roles"),
    [row[1:] for row in OUTDATED],
    ids=[r[0] for r in OUTDATED],
)
def test_what_is_first_where_trust_policies_end_too_early(
    place: Engagement, reports: dict[str, Any], task: StepKind, roles: str
) -> None:
    found = next_step(place, reports, is_over=False, has_looked=False, outdated=["b", "c"])
    assert found == NextStep(task=task, roles=tuple(roles))
    over = next_step(place, reports, is_over=True, has_looked=False, outdated=["b", "c"])
    assert over.task is StepKind.LEAVE


@pytest.mark.parametrize("reports", [{"a": GOOD}, {"a": BAD, "b": None}, {"a": OLD}])
@pytest.mark.parametrize(
    ("place", "has_looked", "task"),
    [
        (OPEN, False, StepKind.LEAVE),
        (NEXT, False, StepKind.LEAVE),
        (OPEN, True, StepKind.LEAVE_STILL),
        (LEFT, True, StepKind.LEFT),
        (LEFT, False, StepKind.LEFT),
    ],
    ids=["not looked", "not looked while rotating", "not out", "out", "out, by another link"],
)
def test_once_it_is_over_all_that_matters_is_that_we_are_out(
    place: Engagement, reports: dict[str, Any], task: StepKind, *, has_looked: bool
) -> None:
    found = next_step(place, reports, is_over=True, has_looked=has_looked)
    assert found == NextStep(task=task, roles=tuple(reports))


def test_there_is_a_row_for_every_task() -> None:
    told = {row[3] for row in (*TABLE, *OUTDATED)} | {
        StepKind.LEAVE,
        StepKind.LEAVE_STILL,
        StepKind.LEFT,
    }
    assert told == set(StepKind)
