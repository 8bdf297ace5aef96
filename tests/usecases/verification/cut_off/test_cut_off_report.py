"""The report of a cut-off's last check claims only the responses that Daypass got."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.vending.cut_off.view import PROBLEM_TEXTS
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.proof import Result
from chalicelib.domain.verification.report import CutOffReport
from chalicelib.usecases.onboarding.client_setup import build_last_report
from tests.builders import ROLE_ARN, Scene, a_role, a_scene, an_engagement
from tests.fakes import NOON
from tests.usecases.telling import Telling
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


@pytest.mark.golden
def test_the_report_on_each_situation_is_as_its_file_says() -> None:
    story = Telling()
    story.do(reported, story.begin("No method", a_scene()))
    story.do(reported, story.begin("Never checked", braked()))
    scene = story.begin("Not written", braked())
    check(scene)
    story.do(reported, scene)
    scene = story.begin("Seen", seen())
    story.do(reported, scene)
    proof, engagement = proof_of(scene), scene.stored(Engagement, "acme-prod")
    for title, items in {
        "The role has another ARN": [a_role(arn=f"{ROLE_ARN}2")],
        "The method is another one": [replace(engagement, cut_off=CutOffMethod.DENY_ALL)],
        "The role has ended": [a_role(ended_at=NOON)],
        "Only the role was asked": [replace(proof, results={CutOffCheck.ROLE: Result.FAILED})],
    }.items():
        scene = story.begin(title, seen())
        scene.add(*items)
        story.do(reported, scene)
    scene = story.begin("The job saw the brake of another role", seen())
    write_brake(scene.world, role_arn=f"{ROLE_ARN}2")
    story.do(reported, scene)
    shut = an_engagement(cut_off=CutOffMethod.DENY_ALL, cut_off_external_id=CUT_OFF_ID)
    scene = story.begin("A shut role is never claimed to work", a_scene(shut))
    scene.world.iam.create_deny_all(ROLE_ARN, CUT_OFF_ID)
    check(scene)
    story.do(reported, scene)
    for problem in PROBLEM_TEXTS:
        scene = story.begin(problem, seen())
        seen_at = cut_offs_of(scene).brake_seen_at
        write_brake(scene.world, canary_seen_at=None, brake_seen_at=seen_at, problem=problem)
        assert not story.do(reported, scene).proven
    for failed in TRUST:
        scene = story.begin(f"Failed: {failed}", seen())
        scene.add(replace(proof, results={**proof.results, failed: Result.FAILED}))
        assert not story.do(reported, scene).proven
    story.hold("verification/cut-off-report")
