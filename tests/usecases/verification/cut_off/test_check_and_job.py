"""A check and the job that writes cut-offs together: the brake is tried, watched and repaired."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.notifications.recorded import build_notification
from chalicelib.domain.policies.brake import build_brake_policy
from chalicelib.domain.policies.documents import document
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOff,
    CutOffProblem,
    CutOffStatus,
    Denial,
    RoleCutOffs,
)
from chalicelib.domain.verification.cut_off_checks import CutOffCheck
from chalicelib.domain.verification.cut_off_report import CutOffReport
from chalicelib.domain.verification.proof import Result
from chalicelib.usecases.onboarding.client_setup import build_last_report
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.vending.cut_offs.work import work_cut_offs
from chalicelib.usecases.verification.cut_off.check import check_cut_off
from tests.builders import ROLE_ARN, Scene
from tests.fakes import World
from tests.fakes.cut_offs import decide
from tests.rows import every
from tests.usecases.verification.cut_off.braked import NAMES, braked, cut_offs_of
from tests.usecases.verification.probing import is_vended_from

HOUR = timedelta(hours=1)
P = CutOffProblem


def check(scene: Scene, *, is_full: bool = False) -> None:
    actor = SystemActor(SCHEDULE)
    check_cut_off(scene.ports, actor, "acme-prod", "readonly", is_full=is_full)


def work(scene: Scene, *, minutes: int = 1) -> None:
    """Run the job once a minute."""
    failures: list[Exception] = []
    for _ in range(minutes):
        began_at = scene.world.clock

        def time_left(began_at: object = began_at) -> float:
            return 600.0 - (scene.world.clock - began_at).total_seconds()  # type: ignore[operator]

        work_cut_offs(scene.ports, time_left=time_left, report_failure=failures.append)
        scene.later(minutes=1)


def reported(scene: Scene) -> CutOffReport:
    report = build_last_report(scene.ports, "acme-prod", "readonly")
    assert report.cut_off is not None
    return report.cut_off


def titles(scene: Scene) -> list[str]:
    notifications = map(build_notification, scene.entries)
    return [notification.title for notification in notifications if notification is not None]


def proven() -> Scene:
    """Return a scene in which a check and the job have proven the brake."""
    scene = braked()
    check(scene)
    work(scene)
    check(scene)
    assert reported(scene).proven
    scene.later(hours=24)
    return scene


def test_a_check_and_a_drill_prove_the_brake_and_notify_no_one() -> None:
    scene = braked()
    check(scene)
    assert not reported(scene).proven
    work(scene)
    report = reported(scene)
    assert report.proven
    assert report.brake_seen_at is not None
    assert titles(scene) == []
    stored = cut_offs_of(scene)
    assert (stored.drill_requested_at, stored.list_key) == (None, "")
    # Released: no member's session is denied.
    session = decide(scene.world, ROLE_ARN, "alice.0123456789abcdef", scene.world.clock)
    assert session is Denial.ALLOWED


def by_hand(world: World) -> None:
    world.iam.brakes[NAMES.brake_arn].add(build_brake_policy(NAMES), world.clock)


def test_a_brake_that_was_released_by_hand_is_noticed_told_once_and_written_again() -> None:
    scene = proven()
    by_hand(scene.world)
    check(scene)
    check(scene)
    assert not reported(scene).proven
    assert titles(scene) == ["The cut-off of acme-prod/readonly has failed its check"]
    work(scene)
    check(scene)
    assert reported(scene).proven
    assert len(titles(scene)) == 1


def test_a_cut_off_that_was_released_by_hand_is_in_force_again_after_the_check() -> None:
    scene = braked()
    check(scene)
    work(scene)
    stored = cut_offs_of(scene)
    issued_at = scene.world.clock
    scene.later(minutes=1)
    cut_off = CutOff(
        id="c1",
        member="alice",
        issued_until=issued_at,
        requested_by="lena",
        requested_at=scene.world.clock,
        needed_until=scene.world.clock + HOUR,
    )
    scene.add(replace(stored, cut_offs=(cut_off,), tried_at=None, version=stored.version + 1))
    work(scene)
    name = "alice.0123456789abcdef"
    assert decide(scene.world, ROLE_ARN, name, issued_at) is Denial.BOUNDARY
    by_hand(scene.world)
    assert decide(scene.world, ROLE_ARN, name, issued_at) is Denial.ALLOWED
    scene.later(minutes=6)
    check(scene)
    stored = cut_offs_of(scene)
    assert [each.status for each in stored.cut_offs] == [CutOffStatus.REQUESTED]
    work(scene)
    assert decide(scene.world, ROLE_ARN, name, issued_at) is Denial.BOUNDARY
    stored = cut_offs_of(scene)
    assert [each.status for each in stored.cut_offs] == [CutOffStatus.SEEN]


def gone(world: World) -> None:
    del world.iam.cut_off_roles[NAMES.cut_off_role_arn]


def denied(world: World) -> None:
    world.iam.cut_off_roles[NAMES.cut_off_role_arn].permissions = document()


def without_brake(world: World) -> None:
    del world.iam.brakes[NAMES.brake_arn]


def never_attached(world: World) -> None:
    world.roles[ROLE_ARN].boundary = ""


def full_of_versions(world: World) -> None:
    """The client wrote versions of its own, with numbers far above ours."""
    brake = world.iam.brakes[NAMES.brake_arn]
    for _ in range(500):
        next(brake.numbers)
    brake.versions.clear()
    for _ in range(5):
        brake.add(build_brake_policy(NAMES), world.clock)


DAMAGES: list[tuple[Callable[[World], None], CutOffCheck, CutOffProblem | None]] = [
    (gone, CutOffCheck.ROLE, None),
    (denied, CutOffCheck.BRAKE, P.NOT_PERMITTED),
    (without_brake, CutOffCheck.BRAKE, P.BRAKE_MISSING),
    (never_attached, CutOffCheck.BRAKE, P.NOT_IN_FORCE),
    (full_of_versions, CutOffCheck.BRAKE, P.TOO_MANY_VERSIONS),
]


@every("damage, failed, problem", DAMAGES)
def test_damage_is_detected_told_and_given_up_in_words(
    damage: Callable[[World], None], failed: CutOffCheck, problem: CutOffProblem | None
) -> None:
    scene = braked()
    damage(scene.world)
    check(scene)
    work(scene, minutes=60)
    report = reported(scene)
    assert [line.check for line in report.failed_checks] == [failed]
    assert all(line.fix for line in report.failed_checks)
    (title,) = titles(scene)
    assert title in (
        "The cut-off of acme-prod/readonly has failed its check",
        "The brake of acme-prod/readonly does not work",
    )
    stored = scene.get(RoleCutOffs, "acme-prod", "readonly")
    assert (stored and stored.problem) is problem
    assert stored is None or stored.drill_requested_at is None  # given up
    assert is_vended_from(scene)


@every("step", ["assume_cut_off_role", "write_version", "look", "open_canary"])
def test_a_drill_outlives_an_aws_that_does_not_answer_for_a_while(step: str) -> None:
    scene = braked()
    check(scene)
    scene.fails_at(step, Unavailable(Reason.AWS_UNREACHABLE))
    work(scene, minutes=2)
    scene.world.before = None
    work(scene, minutes=5)
    report = reported(scene)
    assert report.proven
    assert report.checks[-1].result is Result.PASSED


class Killed(BaseException):
    pass


@every("step", ["open_canary", "assume_cut_off_role", "write_version", "look", "change"])
@every("nth", [1, 2])
def test_a_drill_that_is_killed_in_the_middle_is_made_again(step: str, nth: int) -> None:
    scene = braked()
    check(scene)

    def kill() -> None:
        raise Killed

    scene.just_before(step, kill, nth=nth)
    try:
        work(scene)
    except Killed:
        scene.later(minutes=2)
    scene.world.before = None
    work(scene, minutes=3)
    assert reported(scene).proven
