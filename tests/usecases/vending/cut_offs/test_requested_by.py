"""A cut-off says whose revocation requested it, also if a job completes the request. So does the
role that Daypass froze for it."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT
from chalicelib.domain.vending.cut_off import plan
from chalicelib.domain.vending.cut_off.cut_offs import CutOff
from chalicelib.usecases.onboarding.client_pause import pause_by_client
from chalicelib.usecases.people.unfinished_stops import finish_stops
from chalicelib.usecases.vending.blocks.finishing import finish_blocks
from chalicelib.usecases.vending.blocks.freezing import freeze
from chalicelib.usecases.vending.cut_offs.missing import request_missing_cut_offs
from tests.builders import LIFT_CODE, LINK_TEXT, ROLE_ARN, Scene, a_cut_off, a_link, role_cut_offs
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.vending.cut_offs.scene import a_scene_with_sessions, revoke, run_job, stored
from tests.usecases.vending.revocations import REVOCATIONS
from tests.usecases.vending.test_stopping import none_fails, undisturbed


def fail_to_request(scene: Scene) -> None:
    scene.world.fails_at("change", Unavailable(Reason.RECORDS_UNAVAILABLE))


def pause(scene: Scene) -> None:
    scene.world.add(a_link())
    pause_by_client(scene.ports, LINK_TEXT, LIFT_CODE, address="203.0.113.7")


def interrupted_pause(scene: Scene) -> None:
    fail_to_request(scene)
    pause(scene)
    undisturbed(scene)
    finish_blocks(scene.ports, time_left=lambda: 60.0, report_failure=none_fails)


def completed_by(job: Callable[[Scene], object]) -> Callable[[Scene], None]:
    """Return a revocation whose cut-off a job requests."""

    def revoke(scene: Scene) -> None:
        fail_to_request(scene)
        assert REVOCATIONS["engagement revoked"](scene).cut_offs_missing
        undisturbed(scene)
        scene.world.later(minutes=4)
        job(scene)

    return revoke


def freeze_everything(scene: Scene) -> None:
    freeze(scene.ports, scene.caller(), why="stolen laptop")
    scene.world.later(seconds=40)
    finish_blocks(scene.ports, time_left=lambda: 60.0, report_failure=none_fails)


WAYS: list[tuple[Callable[[Scene], None], str]] = [
    (lambda scene: revoke(scene, "engagement revoked"), "lena"),
    (lambda scene: revoke(scene, "role ended"), "lena"),
    (completed_by(lambda scene: request_missing_cut_offs(scene.ports, none_fails)), "lena"),
    (completed_by(lambda scene: finish_stops(scene.ports, none_fails)), "lena"),
    (freeze_everything, "lena"),
    (pause, CLIENT),
    (interrupted_pause, CLIENT),
]


@every("request_it, by", WAYS)
def test_a_frozen_role_says_who_requested_it(request_it: Callable[[Scene], None], by: str) -> None:
    scene = a_scene_with_sessions(CutOffMethod.FREEZE)
    request_it(scene)
    assert [each.requested_by for each in stored(scene).cut_offs] == [by]
    run_job(scene)
    assert stored(scene).frozen_at is not None
    assert stored(scene).frozen_by == by


LENAS, PAUSE = (
    a_cut_off(id=by, requested_by=by, issued_until=NOON, problem=None) for by in ("lena", CLIENT)
)
ITEM = role_cut_offs(method=CutOffMethod.FREEZE)


@every(
    "cut_offs, ids, by",
    [
        ((LENAS,), ("lena",), "lena"),
        ((LENAS, PAUSE), ("lena", CLIENT), CLIENT),  # the later one
        ((LENAS, PAUSE), ("lena",), "lena"),  # the pause came during the attempt
        ((), ("lena",), ""),  # it was over, and dropped, meanwhile
        ((replace(LENAS, requested_by=""),), ("lena",), ""),  # of an earlier version
    ],
)
def test_a_freeze_is_for_the_last_cut_off_of_its_attempt(
    cut_offs: tuple[CutOff, ...], ids: tuple[str, ...], by: str
) -> None:
    item = plan.written(replace(ITEM, cut_offs=cut_offs, frozen_by="bob"), ids, NOON)
    assert (item.frozen_at, item.frozen_by) == (NOON, by)


def test_a_brake_freezes_no_role() -> None:
    item = plan.written(role_cut_offs(LENAS), ("lena",), NOON)
    assert (item.frozen_at, item.frozen_by) == (None, "")


def test_the_freeze_of_a_role_says_nothing_about_the_next_role() -> None:
    item = replace(ITEM, frozen_at=NOON, frozen_by="lena")
    assert item.for_role(ROLE_ARN, CutOffMethod.FREEZE).frozen_by == "lena"
    moved = item.for_role(f"{ROLE_ARN}2", CutOffMethod.FREEZE)
    assert (moved.frozen_at, moved.frozen_by) == (None, "")
