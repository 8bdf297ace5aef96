"""The report of the last check: each finding with its fix and the commands for it."""

from __future__ import annotations

import json
import shlex
from typing import Any

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.onboarding.role_setup import ChangeSetup
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.findings import CAUSES, CHECKS, IMPORTED_EXTERNAL_ID, Fix
from chalicelib.domain.verification.proof import Check, Grade, Result, Results
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.onboarding.client_setup import build_last_report
from chalicelib.usecases.onboarding.role_setup import change_setup
from chalicelib.usecases.verification.report import CheckLine, Report
from tests.builders import (
    BEFORE,
    EXTERNAL_ID,
    ROLE_ARN,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
    results,
)
from tests.rows import every

REFUSED: Results = {Check.RIGHT_ID: Result.FAILED}
ALL = results(without=())
NEEDED = {
    Check.RIGHT_ID,
    Check.ACCOUNT,
    Check.NO_ID,
    Check.WRONG_ID,
    Check.OTHER_CASE,
    Check.NEAR_MISS,
    Check.RETIRED_ID,
}
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
    report = build_last_report(scene.ports, "acme-prod", "readonly")
    assert report is not None
    return report


def trust_in(commands: str) -> Any:
    """Return the trust policy in the commands, parsed as a shell does."""
    aws, iam, verb, name, option = shlex.split(commands)
    assert (aws, iam, verb) == ("aws", "iam", "update-assume-role-policy")
    assert name == "--role-name=ContractorRole"
    return json.loads(option.removeprefix("--policy-document="))


def test_a_role_that_was_never_checked_has_no_report() -> None:
    scene = a_scene(a_role(verification=None))
    assert build_last_report(scene.ports, "acme-prod", "readonly") is None


def test_passed_checks_are_reported_without_a_fix() -> None:
    report = reported(ALL)
    assert [line.check for line in report.lines] == list(Check)
    for line in report.lines:
        assert line == CheckLine(
            check=line.check, result=Result.PASSED, message=CHECKS[line.check].passed
        )
    assert (report.grade, report.passed, report.checked_at) == (Grade.A, True, BEFORE)
    assert (report.remarks, report.causes, report.is_certain) == ((), (), False)


@every("check", Check)
def test_a_failed_check_is_reported_with_its_fix_and_commands(check: Check) -> None:
    report = reported(results(check, without=()))
    (line,) = (line for line in report.lines if line.result is Result.FAILED)
    text = CHECKS[check]
    assert (line.check, line.message, line.fix) == (check, text.failed, text.fix)
    match text.fix_kind:
        case Fix.TRUST_POLICY:
            assert EXTERNAL_ID in str(trust_in(line.commands))
        case Fix.MAX_SESSION_DURATION:
            assert "--max-session-duration=3600" in shlex.split(line.commands)
        case Fix.NOTHING:
            assert line.commands == ""
    assert report.passed is (check not in NEEDED)
    assert report.grade is (Grade.B if report.passed else Grade.F)


def test_only_the_checks_that_were_made_are_reported_in_order() -> None:
    made = {Check.TAGS: Result.PASSED, Check.NO_ID: Result.FAILED, Check.RIGHT_ID: Result.PASSED}
    lines = reported(made).lines
    assert [line.check for line in lines] == [Check.RIGHT_ID, Check.NO_ID, Check.TAGS]


@every("cause", Cause)
def test_each_cause_has_a_way_to_recognise_it_and_a_fix(cause: Cause) -> None:
    (line,) = reported(REFUSED, cause).causes
    advice = CAUSES[cause]
    assert line.cause == cause.value
    assert (line.message, line.how_to_tell, line.fix) == (
        advice.message,
        advice.how_to_tell,
        advice.fix,
    )
    if advice.fix_kind is Fix.TRUST_POLICY:
        assert EXTERNAL_ID in str(trust_in(line.commands))
    else:
        assert line.commands == ""


def test_a_refusal_has_the_commands_of_its_causes() -> None:
    report = reported(REFUSED, *NEVER_IN)
    (line,) = report.lines
    assert line.fix == CHECKS[Check.RIGHT_ID].fix
    assert line.commands == ""
    assert [cause.cause for cause in report.causes] == [cause.value for cause in NEVER_IN]
    assert report.causes[-1].commands
    assert not report.is_certain


def test_a_certain_cause_is_marked_as_certain() -> None:
    assert reported(REFUSED, Cause.BROKER_PERMISSION).is_certain
    assert reported(results(Check.TAGS), Cause.TAGS).is_certain


def test_the_commands_set_the_requested_session_duration() -> None:
    scene = a_scene()
    scene.do(change_setup, "acme-prod", "readonly", ChangeSetup(max_session_duration=7200))
    scene.world.add(a_role(verification=a_verification(results=results(Check.FULL_HOUR))))
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


def test_an_imported_external_id_adds_a_remark_and_limits_the_grade_to_b() -> None:
    elsewhere = an_engagement(external_id_imported=True)
    report = reported(ALL, engagement=elsewhere)
    assert report.remarks == (IMPORTED_EXTERNAL_ID,)
    assert (report.grade, report.passed) == (Grade.B, True)
    assert reported(REFUSED, engagement=elsewhere).grade is Grade.F
