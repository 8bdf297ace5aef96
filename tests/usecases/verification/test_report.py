"""The report of the last check: each finding with its fix and the commands for it."""

from __future__ import annotations

import shlex
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.onboarding.role_setup import ChangeSetup
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Grade, Result, Results
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.onboarding.client_setup import build_last_report
from chalicelib.usecases.onboarding.role_setup import change_setup
from chalicelib.usecases.verification.report import Report
from tests.builders import (
    BEFORE,
    ROLE_ARN,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
    results,
)
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.telling import Telling

REFUSED: Results = {Check.RIGHT_ID: Result.FAILED}
ALL = results(without=())
NEVER_IN = (Cause.JUST_CHANGED, Cause.ROLE_MISSING, Cause.EXTERNAL_ID)


def reported(
    results: Results,
    *causes: Cause,
    engagement: Engagement | None = None,
    **changes: Any,
) -> Report:
    proof = a_verification(results=results, causes=causes, **changes)
    return report_on(proof, engagement)


def report_on(proof: Verification, engagement: Engagement | None = None) -> Report:
    scene = a_scene(engagement or an_engagement(), a_role(verification=proof))
    return build_last_report(scene.ports, "acme-prod", "readonly")


def test_a_role_that_was_never_checked_has_no_report() -> None:
    scene = a_scene(a_role(verification=None))
    assert build_last_report(scene.ports, "acme-prod", "readonly") is None


def lines_of(line: Any, shown: list[str]) -> list[str]:
    """Return the line's texts, with its commands if they were not shown yet."""
    how_to_tell = getattr(line, "how_to_tell", "")
    fix = f"Fix: {line.fix}" if line.fix else ""
    commands = "(the same commands)" if line.commands in shown else line.commands
    shown += [line.commands] if line.commands else []
    return [*filter(None, (line.message, how_to_tell, fix, commands))]


@pytest.mark.golden
def test_the_report_on_each_check_and_cause_is_as_its_file_says() -> None:
    report = reported(ALL)
    assert (report.grade, report.passed, report.checked_at) == (Grade.A, True, BEFORE)
    assert (report.remarks, report.causes, report.is_certain) == ((), (), False)
    lines, shown = [], []
    for passed in report.lines:
        failing = reported(results(passed.check, without=()))
        (failed,) = (line for line in failing.lines if line.result is Result.FAILED)
        assert failing.grade is (Grade.B if failing.passed else Grade.F)
        lines += [f"# {passed.check}", *lines_of(passed, shown), *lines_of(failed, shown)]
        lines += [] if failing.passed else ["The role is not verified."]
    for cause in Cause:
        (likely,) = reported(REFUSED, cause).causes
        lines += [f"# {likely.cause}", *lines_of(likely, shown)]
    hold_against_file("verification/report.txt", "\n".join(lines))


ELSEWHERE = an_engagement(external_id_imported=True)
FEW = {Check.TAGS: Result.PASSED, Check.NO_ID: Result.FAILED, Check.RIGHT_ID: Result.PASSED}


@pytest.mark.golden
def test_the_whole_report_is_as_its_file_says() -> None:
    story = Telling()
    for made, causes, engagement in (
        (FEW, (), None),
        (REFUSED, NEVER_IN, None),
        (REFUSED, (Cause.BROKER_PERMISSION,), None),
        (results(Check.TAGS), (Cause.TAGS,), None),
        (ALL, (), ELSEWHERE),
        (REFUSED, (), ELSEWHERE),
    ):
        story.do(reported, made, *causes, engagement=engagement)
    story.hold("verification/whole-report")


def test_the_commands_set_the_requested_session_duration() -> None:
    scene = a_scene()
    scene.do(change_setup, "acme-prod", "readonly", ChangeSetup(max_session_duration=7200))
    scene.add(a_role(verification=a_verification(results=results(Check.FULL_HOUR))))
    report = build_last_report(scene.ports, "acme-prod", "readonly")
    (commands,) = (line.commands for line in report.lines if line.commands)
    assert shlex.split(commands)[-2:] == [
        "--role-name=ContractorRole",
        "--max-session-duration=7200",
    ]


@every(
    "proof, engagement, is_current",
    [
        (a_verification(), an_engagement(), True),
        (a_verification(results=REFUSED), an_engagement(), True),
        (a_verification(), an_engagement(next_external_id="daypass-next"), True),
        (a_verification(role_arn=ROLE_ARN + "2"), an_engagement(), False),
        (a_verification(external_id="daypass-before"), an_engagement(), False),
        (a_verification(), an_engagement(external_id="daypass-new"), False),
    ],
)
def test_a_report_from_before_a_change_is_not_current(
    proof: Verification, engagement: Engagement, *, is_current: bool
) -> None:
    assert report_on(proof, engagement).is_current is is_current
