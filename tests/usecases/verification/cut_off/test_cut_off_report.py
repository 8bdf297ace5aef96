"""The report of a cut-off's last check claims only the responses that Daypass got."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.vending.cut_off.view import PROBLEM_TEXTS
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.cut_off_report import (
    CANNOT_TRY_DENY_ALL,
    CUT_OFF_CHECKS,
    NO_ANSWER,
    NOT_WRITTEN_YET,
    ONE_REGION,
    TRIED_ONLY,
)
from chalicelib.domain.verification.proof import Result
from chalicelib.domain.verification.report import CheckLine, CutOffReport
from chalicelib.usecases.onboarding.client_setup import build_last_report
from tests.builders import ROLE_ARN, Scene, a_role, a_scene, an_engagement
from tests.fakes import NOON
from tests.golden import hold_against_file
from tests.usecases.verification.cut_off.braked import (
    CUT_OFF_ID,
    TRUST,
    braked,
    check,
    cut_offs_of,
    proof_of,
    write_brake,
)

BRAKE = CutOffCheck.BRAKE


def reported(scene: Scene) -> CutOffReport:
    return build_last_report(scene.ports, "acme-prod", "readonly").cut_off


def seen() -> Scene:
    scene = braked()
    check(scene)
    write_brake(scene.world)
    scene.later(minutes=10)
    check(scene, is_full=False)
    return scene


def test_without_a_method_there_is_no_report() -> None:
    report = build_last_report(a_scene().ports, "acme-prod", "readonly")
    assert report.cut_off is None


def test_a_cut_off_that_was_never_checked_claims_nothing() -> None:
    report = reported(braked())
    assert report == CutOffReport(
        checked_at=None,
        is_current=False,
        proven=False,
        brake_seen_at=None,
        checks=(),
        limits=(TRIED_ONLY, ONE_REGION),
    )


def test_a_brake_that_was_seen_is_proven() -> None:
    scene = seen()
    report = reported(scene)
    assert report.checks == tuple(
        CheckLine(check=check, result=Result.PASSED, message=CUT_OFF_CHECKS[check].passed)
        for check in CutOffCheck
    )
    assert (report.proven, report.is_current) == (True, True)
    assert (report.checked_at, report.brake_seen_at) == (scene.world.clock, NOON)


def test_a_brake_that_was_not_written_has_no_result() -> None:
    scene = braked()
    check(scene)
    report = reported(scene)
    assert [line.check for line in report.checks if line.result] == TRUST
    assert report.checks[-1] == CheckLine(check=BRAKE, result=None, message=NOT_WRITTEN_YET)
    assert (report.proven, report.brake_seen_at) == (False, None)


def test_what_the_job_saw_of_another_role_does_not_count() -> None:
    scene = seen()
    write_brake(scene.world, role_arn=f"{ROLE_ARN}2")
    report = reported(scene)
    assert (report.proven, report.brake_seen_at, report.checks[-1].result) == (False, None, None)


def described(line: CheckLine) -> str:
    return f"{line.check} {line.result}: {line.message} {line.fix}".strip()


@pytest.mark.golden
def test_the_report_on_each_problem_and_failed_check_is_as_its_file_says() -> None:
    lines = []
    for problem in PROBLEM_TEXTS:
        scene = seen()
        seen_at = cut_offs_of(scene).brake_seen_at
        write_brake(scene.world, canary_seen_at=None, brake_seen_at=seen_at, problem=problem)
        report = reported(scene)
        assert (report.proven, report.brake_seen_at) == (False, seen_at)
        lines += [f"# {problem}", described(report.checks[-1])]
    for check_ in TRUST:
        scene = seen()
        proof = proof_of(scene)
        scene.add(replace(proof, results={**proof.results, check_: Result.FAILED}))
        report = reported(scene)
        assert not report.proven
        (line,) = [line for line in report.checks if line.result is Result.FAILED]
        lines += [f"# {check_}", described(line)]
    hold_against_file("verification/cut-off-report.txt", "\n".join(lines))


def test_checks_without_an_answer_are_listed_without_a_result() -> None:
    scene = seen()
    proof = proof_of(scene)
    scene.add(replace(proof, results={CutOffCheck.ROLE: Result.FAILED}))
    lines = reported(scene).checks
    assert [line.message for line in lines[1:-1]] == [NO_ANSWER] * (len(TRUST) - 1)


def test_a_shut_role_is_never_claimed_to_work() -> None:
    scene = a_scene()
    shut = an_engagement(cut_off=CutOffMethod.DENY_ALL, cut_off_external_id=CUT_OFF_ID)
    scene.add(shut)
    scene.world.iam.create_deny_all(ROLE_ARN, CUT_OFF_ID)
    check(scene)
    report = reported(scene)
    assert report.limits == (TRIED_ONLY, CANNOT_TRY_DENY_ALL)
    assert [line.check for line in report.checks] == TRUST
    assert (report.proven, report.brake_seen_at) == (True, None)


def test_a_result_for_another_role_is_out_of_date() -> None:
    scene = seen()
    scene.add(a_role(arn=f"{ROLE_ARN}2"))
    assert (reported(scene).is_current, reported(scene).proven) == (False, False)
    scene.add(a_role())
    (engagement,) = scene.find(Engagement, where=lambda e: e.id == "acme-prod")
    scene.add(replace(engagement, cut_off=CutOffMethod.DENY_ALL))
    assert not reported(scene).proven


def test_a_role_that_ended_has_no_report() -> None:
    scene = seen()
    scene.add(a_role(ended_at=NOON))
    report = build_last_report(scene.ports, "acme-prod", "readonly")
    assert report.cut_off is None
