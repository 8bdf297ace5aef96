"""The next step on the client's page, and the order of the steps."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.onboarding.next_step import NextStep, StepKind, choose_next_step
from chalicelib.domain.verification.proof import Grade
from chalicelib.domain.verification.report import Report
from tests.builders import NOON, an_engagement
from tests.rows import every

OPEN, REMOVED = an_engagement(), an_engagement(access_removed_at=NOON)
NEXT, PREVIOUS = an_engagement(next_external_id="aa"), an_engagement(previous_external_id="aa")


def report(grade: Grade, *, is_current: bool = True) -> Report:
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


GOOD, FAIR, BAD = (report(grade) for grade in Grade)
OLD, OLD_BAD = report(Grade.A, is_current=False), report(Grade.F, is_current=False)

TABLE: list[tuple[str, Engagement, dict[str, Report | None], StepKind, str]] = [
    ("no role is requested", OPEN, {}, StepKind.NO_ROLES, ""),
    ("no role is requested, and the external ID is rotated", NEXT, {}, StepKind.NO_ROLES, ""),
    ("all is well", OPEN, {"a": GOOD, "b": GOOD}, StepKind.DONE, "ab"),
    ("one could be better", OPEN, {"a": GOOD, "b": FAIR}, StepKind.IMPROVE, "b"),
    ("one was never checked", OPEN, {"a": FAIR, "b": None}, StepKind.SET_UP, "b"),
    ("one was changed after its check", OPEN, {"a": FAIR, "b": OLD}, StepKind.CHECK_AGAIN, "b"),
    (
        "one failed its check and was changed",
        OPEN,
        {"a": OLD_BAD, "b": GOOD},
        StepKind.CHECK_AGAIN,
        "a",
    ),
    ("a first check comes before another", OPEN, {"a": OLD, "b": None}, StepKind.SET_UP, "b"),
    ("one fails", OPEN, {"a": GOOD, "b": BAD}, StepKind.FIX, "b"),
    ("a failure comes before a first check", OPEN, {"a": BAD, "b": None}, StepKind.FIX, "a"),
    ("a failure comes before a rotation", NEXT, {"a": BAD, "b": GOOD}, StepKind.FIX, "a"),
    ("the next external ID", NEXT, {"a": GOOD, "b": GOOD}, StepKind.ROTATE, "ab"),
    ("the previous external ID", PREVIOUS, {"a": FAIR}, StepKind.ROTATE, "a"),
    ("a rotation comes before a first check", NEXT, {"a": GOOD, "b": None}, StepKind.ROTATE, "ab"),
    ("a rotation comes before another check", PREVIOUS, {"a": OLD}, StepKind.ROTATE, "a"),
]
# The trust policies of "b" and "c" end before the engagement.
OUTDATED: list[tuple[str, Engagement, dict[str, Report | None], StepKind, str]] = [
    ("another role's", OPEN, {"a": GOOD}, StepKind.DONE, "a"),
    ("one of two", OPEN, {"a": GOOD, "b": GOOD}, StepKind.RENEW, "b"),
    ("two", OPEN, {"b": GOOD, "c": FAIR}, StepKind.RENEW, "bc"),
    ("one that was changed after its check", OPEN, {"b": OLD}, StepKind.RENEW, "b"),
    ("one that nobody has checked", OPEN, {"b": None}, StepKind.SET_UP, "b"),
    ("a failure comes first", OPEN, {"a": BAD, "b": GOOD}, StepKind.FIX, "a"),
    ("it comes before a rotation", NEXT, {"a": GOOD, "b": GOOD}, StepKind.RENEW, "b"),
    ("it comes before a first check", OPEN, {"a": None, "b": GOOD}, StepKind.RENEW, "b"),
]


@every("engagement, reports, kind, roles", [row[1:] for row in TABLE])
def test_the_next_step(
    engagement: Engagement, reports: dict[str, Any], kind: StepKind, roles: str
) -> None:
    for removal_checked in (False, True):
        step = choose_next_step(
            engagement, reports, has_ended=False, removal_checked=removal_checked
        )
        assert step == NextStep(kind=kind, roles=tuple(roles))


@pytest.mark.parametrize(
    ("engagement", "reports", "kind", "roles"),
    [row[1:] for row in OUTDATED],
    ids=[row[0] for row in OUTDATED],
)
def test_the_next_step_where_trust_policies_end_too_early(
    engagement: Engagement, reports: dict[str, Any], kind: StepKind, roles: str
) -> None:
    step = choose_next_step(
        engagement, reports, has_ended=False, removal_checked=False, outdated=["b", "c"]
    )
    assert step == NextStep(kind=kind, roles=tuple(roles))
    over = choose_next_step(
        engagement, reports, has_ended=True, removal_checked=False, outdated=["b", "c"]
    )
    assert over.kind is StepKind.REMOVE


@every("reports", [{"a": GOOD}, {"a": BAD, "b": None}, {"a": OLD}])
@every(
    "engagement, removal_checked, kind",
    [
        (OPEN, False, StepKind.REMOVE),
        (NEXT, False, StepKind.REMOVE),
        (OPEN, True, StepKind.REMOVE_AGAIN),
        (REMOVED, True, StepKind.REMOVED),
        (REMOVED, False, StepKind.REMOVED),
    ],
)
def test_after_the_end_the_only_step_is_removing_the_access(
    engagement: Engagement, reports: dict[str, Any], kind: StepKind, *, removal_checked: bool
) -> None:
    step = choose_next_step(engagement, reports, has_ended=True, removal_checked=removal_checked)
    assert step == NextStep(kind=kind, roles=tuple(reports))


def test_there_is_a_row_for_every_kind_of_step() -> None:
    kinds = {row[3] for row in (*TABLE, *OUTDATED)} | {
        StepKind.REMOVE,
        StepKind.REMOVE_AGAIN,
        StepKind.REMOVED,
    }
    assert kinds == set(StepKind)
