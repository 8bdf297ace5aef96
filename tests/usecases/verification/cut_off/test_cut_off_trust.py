"""A check finds out who can assume the cut-off role: only Daypass, in one way."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.policies.brake import build_cut_off_trust_policy
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.proof import ProbeOutcome, Result
from chalicelib.usecases.verification.cut_off import check_cut_off
from tests.builders import EXTERNAL_ID, ROLE_ARN, Scene, a_scene, an_engagement
from tests.fakes import NOON
from tests.fakes.trust import BROKER
from tests.golden import hold_against_file
from tests.rows import every
from tests.usecases.verification.cut_off.braked import (
    CALLS_PER_CUT_OFF_CHECK,
    CUT_OFF_ID,
    NAMES,
    TRUST,
    TRUSTED,
    braked,
    check,
    last_entry,
    proof_of,
)
from tests.usecases.verification.cut_off.lets_in import ID, LETS_IN, NAME, ROOT
from tests.usecases.verification.probing import Probing, Script, Sent, is_vended_from
from tests.usecases.web.unreadable import UNAVAILABLE


def probed(scene: Scene, script: Script = lambda _: None, *, is_full: bool = True) -> list[Sent]:
    sts = Probing(scene.world, script)
    ports = replace(scene.ports, sts=sts)
    check_cut_off(ports, scene.caller(), "acme-prod", "readonly", is_full=is_full)
    return sts.sent


def requested(**conditions: Any) -> dict[str, Any]:
    """Return the cut-off role's trust policy with these conditions instead."""
    trust = build_cut_off_trust_policy(ROOT, BROKER, CUT_OFF_ID)
    trust["Statement"][0]["Condition"] = conditions
    return trust


def trusting(**conditions: Any) -> Scene:
    scene = braked()
    scene.world.iam.cut_off_roles[NAMES.cut_off_role_arn].trust = requested(**conditions)
    return scene


def test_the_cut_off_role_that_daypass_asks_for_passes() -> None:
    scene = braked()
    proof = check(scene)
    assert proof.results == TRUSTED
    assert (proof.checked_at, proof.full_check_at) == (NOON, NOON)
    assert (proof.role_arn, proof.external_id) == (ROLE_ARN, CUT_OFF_ID)
    assert proof_of(scene) == proof
    assert proof.failed_checks == ()


UNSAFE: dict[str, dict[str, Any]] = {
    "needs no external ID": {"StringEquals": NAME},
    "takes any external ID": {"StringEquals": NAME, "StringLike": {"sts:ExternalId": "*"}},
    "takes the external ID in any letter case": {
        "StringEquals": NAME, "StringEqualsIgnoreCase": ID,
    },
    "takes the engagement's external ID as well": {
        "StringEquals": {**NAME, "sts:ExternalId": [CUT_OFF_ID, EXTERNAL_ID]},
    },
    "takes any session name": {"StringEquals": ID},
    "takes what begins with the session name": {
        "StringEquals": ID, "StringLike": {"sts:RoleSessionName": "daypass-cut-off*"},
    },
    "takes the session name in any letter case": {
        "StringEquals": ID, "StringEqualsIgnoreCase": NAME,
    },
}  # fmt: skip


@pytest.mark.golden
def test_each_statement_that_lets_in_others_is_found_and_blocks_no_session() -> None:
    lines = []
    trusts = {f"The role {name}": requested(**each)["Statement"] for name, each in UNSAFE.items()}
    trusts |= {f"The role lets in {name}": statements for name, statements in LETS_IN.items()}
    for name, statements in trusts.items():
        scene = braked()
        scene.world.iam.cut_off_roles[NAMES.cut_off_role_arn].trust = {"Statement": statements}
        proof = check(scene)
        assert not proof.is_proven
        assert proof.results[CutOffCheck.ROLE] is Result.PASSED
        details = last_entry(scene).details
        assert (details["changed"], details["failed"]) == ("true", " ".join(proof.failed_checks))
        assert is_vended_from(scene)
        lines += [f"{name}: {details['failed']}"]
    hold_against_file("verification/cut-off-trust.txt", "\n".join(lines))


@every(
    "conditions",
    [
        {"StringEquals": {**NAME, "sts:ExternalId": EXTERNAL_ID}},
        {"StringEquals": {**ID, "sts:RoleSessionName": "another"}},
    ],
)
def test_a_cut_off_role_that_refuses_daypass_fails(conditions: dict[str, Any]) -> None:
    scene = trusting(**conditions)
    proof = check(scene)
    assert proof.results == {CutOffCheck.ROLE: Result.FAILED}


def test_a_deleted_cut_off_role_fails_after_one_request_and_keeps_no_earlier_refusal() -> None:
    scene = braked()
    check(scene)
    del scene.world.iam.cut_off_roles[NAMES.cut_off_role_arn]
    sent = probed(scene)
    assert len(sent) == 1
    proof = proof_of(scene)
    assert proof.results == {CutOffCheck.ROLE: Result.FAILED}
    assert last_entry(scene).details["drifted"] == "true"


def test_the_leads_learn_of_a_failure_once() -> None:
    scene = braked()
    del scene.world.iam.cut_off_roles[NAMES.cut_off_role_arn]
    for expected in ("true", None):
        check(scene)
        assert last_entry(scene).details.get("changed") == expected
    scene.world.iam.create_brake(ROLE_ARN, CUT_OFF_ID)
    check(scene)
    assert last_entry(scene).details["passed"] == "true"


@every("number", range(0, CALLS_PER_CUT_OFF_CHECK, 7))
def test_an_unclear_answer_to_any_probe_stores_nothing_and_ends_the_check(number: int) -> None:
    scene = braked()
    sent = probed(scene, lambda s: ProbeOutcome.UNKNOWN if s.number == number else None)
    assert len(sent) == number + 1
    assert proof_of(scene) is None
    assert scene.story()[-1] == "cut-off.check failed aws-unreachable"


def test_no_probe_is_sent_before_the_intent_is_recorded() -> None:
    scene = braked()
    scene.fails_at("record intended", UNAVAILABLE)
    with pytest.raises(Unavailable):
        check(scene)
    assert "probe" not in scene.world.steps


@every(
    "engagement",
    [
        an_engagement(),
        an_engagement(cut_off_external_id=CUT_OFF_ID),
        an_engagement(cut_off=CutOffMethod.BRAKE),
    ],
)
def test_without_a_method_there_is_nothing_to_check(engagement: Engagement) -> None:
    scene = a_scene(engagement)
    assert check(scene) is None
    assert scene.entries == []


def test_results_are_for_one_external_id() -> None:
    scene = braked()
    check(scene)
    assert proof_of(scene) is not None
    other = an_engagement(cut_off=CutOffMethod.DENY_ALL, cut_off_external_id=CUT_OFF_ID)
    scene.add(other)
    scene.world.iam.create_deny_all(ROLE_ARN, CUT_OFF_ID)
    proof = check(scene)
    assert (proof.method, proof.version) == (CutOffMethod.DENY_ALL, 2)
    assert list(proof.results) == TRUST
    assert proof.is_proven
