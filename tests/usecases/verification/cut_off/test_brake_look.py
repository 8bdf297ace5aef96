"""A check looks whether the brake is in force, and has it written again if it is not."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.policies.brake import build_brake_policy, build_canary_denial
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOffProblem,
    CutOffStatus,
)
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.proof import Result
from chalicelib.usecases.verification.cut_off.check import check_cut_off
from tests.builders import ROLE_ARN, Scene, a_seen_cut_off
from tests.fakes import NOON, World
from tests.rows import every
from tests.usecases.verification.cut_off.braked import (
    CANARY,
    NAMES,
    SEEN,
    TRUSTED,
    braked,
    check,
    cut_offs_of,
    last_entry,
    proof_of,
    write_brake,
)
from tests.usecases.verification.probing import is_vended_from

HOUR = timedelta(hours=1)
BRAKE = CutOffCheck.BRAKE


def written(**changes: Any) -> Scene:
    """Return a scene after a full check, whose drill the job has made ten minutes ago."""
    scene = braked()
    check(scene)
    write_brake(scene.world, **changes)
    scene.later(minutes=10)
    return scene


def test_a_first_check_requests_a_drill_and_writes_nothing_itself() -> None:
    scene = braked()
    before = dict(scene.world.iam.brakes[NAMES.brake_arn].versions)
    proof = check(scene)
    assert proof.results == TRUSTED
    assert not proof.is_proven
    stored = cut_offs_of(scene)
    assert (stored.drill_requested_at, stored.version) == (NOON, 1)
    assert last_entry(scene).details["drill"] == "requested"
    assert scene.world.iam.brakes[NAMES.brake_arn].versions == before
    check(scene)
    assert cut_offs_of(scene).version == 1  # the drill is not requested again


def test_a_brake_that_denies_its_canary_is_seen() -> None:
    scene = written()
    proof = check(scene, is_full=False)
    assert proof.results == SEEN
    assert proof.is_proven
    assert (proof.brake_seen_at, proof.seen_canary) == (scene.world.clock, CANARY)
    assert "drill" not in last_entry(scene).details  # only a full check requests one
    assert (proof.full_check_at, last_entry(scene).details["passed"]) == (NOON, "true")


def test_a_full_check_requests_a_drill_although_the_brake_is_seen() -> None:
    scene = written()
    proof = check(scene)
    assert proof.is_proven
    stored = cut_offs_of(scene)
    assert (stored.drill_requested_at, stored.canary) == (scene.world.clock, CANARY)


def by_hand(world: World) -> None:
    """Release the brake, as the client's administrator can."""
    world.iam.brakes[NAMES.brake_arn].add(build_brake_policy(NAMES), world.clock)


def replaced(world: World) -> None:
    """Attach another policy in the brake's place."""
    other = "arn:aws:iam::987654321098:policy/Boundary"
    world.iam.brakes[other] = type(world.iam.brakes[NAMES.brake_arn]).of(build_brake_policy(NAMES))
    world.roles[ROLE_ARN].boundary = other


def replaced_by_one_that_denies(world: World) -> None:
    """Another policy in the brake's place denies everything, which is not our brake's doing."""
    replaced(world)
    policy = build_brake_policy(NAMES, build_canary_denial(CANARY))
    world.iam.brakes[world.roles[ROLE_ARN].boundary].add(policy, world.clock)


def detached(world: World) -> None:
    world.roles[ROLE_ARN].boundary = ""


def deleted(world: World) -> None:
    """The policy is gone, and with it what the boundary allows."""
    del world.iam.brakes[NAMES.brake_arn]


DRIFTS = [by_hand, replaced, replaced_by_one_that_denies, detached, deleted]


@every("drift", DRIFTS)
@every("is_full", [True, False])
def test_a_brake_that_is_not_in_force_any_more_is_reported_and_written_again(
    drift: Callable[[World], None], *, is_full: bool
) -> None:
    scene = written(cut_offs=(a_seen_cut_off(),))
    check(scene, is_full=False)
    drift(scene.world)
    scene.later(minutes=10)
    proof = check(scene, is_full=is_full)
    assert proof.results == {**SEEN, BRAKE: Result.FAILED}
    assert proof.problem is CutOffProblem.NOT_IN_FORCE
    details = last_entry(scene).details
    assert {name: details[name] for name in ("released", "drifted", "changed", "drill")} == {
        "released": "true",
        "drifted": "true",
        "changed": "true",
        "drill": "requested",
    }
    stored = cut_offs_of(scene)
    (cut_off,) = stored.cut_offs
    assert cut_off.is_pending(scene.world.clock)
    assert (cut_off.status, cut_off.problem) == (
        CutOffStatus.REQUESTED,
        CutOffProblem.NOT_IN_FORCE,
    )
    assert (cut_off.seen_at, cut_off.written_at, stored.canary) == (None, None, "")
    # The proof remembers when the brake was last seen, and members still get sessions.
    assert proof.brake_seen_at == NOON + timedelta(minutes=10)
    assert is_vended_from(scene)


def test_a_brake_that_was_seen_only_by_the_job_was_released_by_hand_too() -> None:
    scene = written()
    by_hand(scene.world)
    check(scene)
    details = last_entry(scene).details
    assert (details["released"], "drifted" in details) == ("true", False)


def test_a_brake_that_was_never_seen_was_not_released_by_hand() -> None:
    scene = written(canary_seen_at=None)
    detached(scene.world)
    proof = check(scene)
    assert proof.results[BRAKE] is Result.FAILED
    assert "released" not in last_entry(scene).details


def test_a_brake_that_was_just_written_may_not_be_in_force_yet() -> None:
    scene = braked()
    check(scene)
    write_brake(scene.world, canary_seen_at=None)
    scene.world.iam.lag = timedelta(minutes=4)
    scene.later(minutes=3)
    proof = check(scene)
    assert (BRAKE in proof.results, proof.problem) == (False, None)


UNSEEN: dict[str, Callable[[World], None]] = {
    "another policy of the role denies everything": lambda world: world.roles[
        ROLE_ARN
    ].attached.append("arn:aws:iam::aws:policy/AWSDenyAll"),
    "AWS does not answer": lambda world: world.fails_at(
        "open_canary", Unavailable(Reason.AWS_UNREACHABLE)
    ),
}


@every("how", UNSEEN)
def test_without_a_clear_answer_the_last_result_stays(how: str) -> None:
    scene = written()
    seen = check(scene, is_full=False)
    UNSEEN[how](scene.world)
    scene.later(hours=1)
    proof = check(scene, is_full=False)
    assert (proof.results, proof.brake_seen_at) == (SEEN, seen.brake_seen_at)
    assert proof.problem is None


def test_a_role_that_refuses_the_canary_is_a_problem_and_no_failure() -> None:
    scene = written()
    check(scene, is_full=False)
    del scene.world.roles[ROLE_ARN]
    proof = check(scene, is_full=False)
    assert (proof.results, proof.problem) == (SEEN, CutOffProblem.CANARY_REFUSED)


@every(
    "pending",
    [
        {"drill_requested_at": NOON},
        {"cut_offs": (a_seen_cut_off(status=CutOffStatus.REQUESTED),)},
        {"cut_offs": (a_seen_cut_off(status=CutOffStatus.WRITTEN),)},
        {"cut_offs": (a_seen_cut_off(needed_until=NOON),)},
    ],
)
def test_no_check_looks_while_the_job_may_be_writing(pending: dict[str, Any]) -> None:
    scene = written(**pending)
    by_hand(scene.world)
    before = cut_offs_of(scene)
    proof = check(scene, is_full=False)
    assert BRAKE not in proof.results
    assert "open_canary" not in scene.world.steps
    stored = cut_offs_of(scene)
    assert stored.cut_offs == before.cut_offs


def test_a_cut_off_that_is_requested_during_a_check_is_never_lost() -> None:
    scene = written()
    by_hand(scene.world)
    requested = a_seen_cut_off(status=CutOffStatus.REQUESTED)
    before = proof_of(scene)

    def request() -> None:
        stored = cut_offs_of(scene)
        scene.add(replace(stored, cut_offs=(requested,), version=stored.version + 1))

    scene.just_before("change", request)
    with pytest.raises(Conflict):
        check(scene)
    stored = cut_offs_of(scene)
    assert stored.cut_offs == (requested,)
    assert proof_of(scene) == before


@every("step", ["record intended", "probe", "open_canary", "look", "change"])
def test_a_check_that_is_killed_anywhere_loses_nothing(step: str) -> None:
    class Killed(BaseException):
        pass

    scene = written()
    before = cut_offs_of(scene), proof_of(scene)

    def kill() -> None:
        raise Killed

    scene.just_before(step, kill)
    with pytest.raises(Killed):
        check(scene)
    assert (cut_offs_of(scene), proof_of(scene)) == before
    proof = scene.do(check_cut_off, "acme-prod", "readonly")
    assert proof.is_proven
