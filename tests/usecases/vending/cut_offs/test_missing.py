"""Cut-offs that a revocation could not request are requested within minutes."""

from __future__ import annotations

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action
from chalicelib.usecases.people.members import reinstate_member
from chalicelib.usecases.people.unfinished_stops import finish_stops
from chalicelib.usecases.vending.cut_offs.missing import request_missing_cut_offs
from tests.builders import Scene, a_binding, a_token
from tests.rows import every
from tests.usecases.vending.cut_offs.scene import (
    a_scene_with_sessions,
    entries_of,
    is_denied,
    run_job,
    sessions_of,
    stored,
)
from tests.usecases.vending.revocations import REVOCATIONS
from tests.usecases.vending.test_stopping import none_fails, undisturbed

REQUESTING = [name for name in REVOCATIONS if name != "engagement closed"]


def interrupted(name: str) -> Scene:
    """Return a scene in which a revocation could not record its cut-off."""
    scene = a_scene_with_sessions()
    scene.world.add(a_binding("alice", made_with=a_token("alice").id))
    scene.world.fails_at("change", Unavailable(Reason.RECORDS_UNAVAILABLE))
    assert REVOCATIONS[name](scene).cut_offs_missing
    undisturbed(scene)
    return scene


def request_missing(scene: Scene) -> int:
    """Request what is missing, and return how many requests are on the trail."""
    request_missing_cut_offs(scene.ports, none_fails)
    return len(entries_of(scene, Action.CUT_OFF_REQUEST))


@every("name", REQUESTING)
def test_a_missing_cut_off_is_requested_once_and_works(name: str) -> None:
    scene = interrupted(name)
    assert request_missing(scene) == 0
    scene.world.later(minutes=4)
    assert request_missing(scene) == 1
    scene.world.later(minutes=1)
    assert request_missing(scene) == 1
    run_job(scene)
    assert is_denied(scene, sessions_of(scene, "alice")[0])
    finish_stops(scene.ports, none_fails)
    assert len(entries_of(scene, Action.CUT_OFF_REQUEST)) == 1
    assert all(stop.is_finished for stop in scene.world.find(Stop))
    assert len(stored(scene).cut_offs) == 1


def test_a_closed_engagement_misses_none() -> None:
    scene = a_scene_with_sessions()
    scene.world.fails_at("apply", Unavailable(Reason.RECORDS_UNAVAILABLE))
    REVOCATIONS["engagement closed"](scene)
    undisturbed(scene)
    scene.world.later(minutes=4)
    assert request_missing(scene) == 0


def test_what_was_undone_is_not_cut_off() -> None:
    scene = interrupted("member suspended")
    scene.world.later(minutes=1)
    reinstate_member(scene.ports, scene.caller(), "alice")
    scene.world.later(minutes=4)
    assert request_missing(scene) == 0


def test_after_the_last_session_nothing_is_missing() -> None:
    scene = interrupted("grant revoked")
    scene.world.later(hours=1, minutes=5)
    assert request_missing(scene) == 0


def test_a_failure_with_one_revocation_is_reported_and_blocks_no_other() -> None:
    scene = interrupted("grant revoked")
    scene.world.fails_at("change", Unavailable(Reason.RECORDS_UNAVAILABLE))
    assert REVOCATIONS["role ended"](scene).cut_offs_missing
    undisturbed(scene)
    scene.world.later(minutes=4)
    failures: list[Exception] = []

    def fail() -> None:
        raise ValueError("once")

    scene.world.just_before("vends", fail)
    request_missing_cut_offs(scene.ports, failures.append)
    assert [str(failure) for failure in failures] == ["once"]
    assert len(entries_of(scene, Action.CUT_OFF_REQUEST)) == 1
