"""The job that withholds, counts and records what a freeze or a pause leaves to do."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.errors import DaypassError, Unavailable
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.vending.blocks import Block
from chalicelib.domain.vending.cut_off.cut_offs import CutOff, RoleCutOffs
from chalicelib.domain.vending.freeze_status import FreezeStatus
from chalicelib.usecases.vending.blocks.finishing import MEMBERS_AT_ONCE, finish_blocks
from chalicelib.usecases.vending.blocks.freezing import freeze, thaw
from chalicelib.usecases.vending.vend import vend
from tests.builders import Scene, a_block, a_grant, a_member, a_token
from tests.fakes import NOON, Killed
from tests.rows import every
from tests.usecases.vending.blocks.test_freezing import three_leads

HOUR = timedelta(hours=1)


def none_fails(error: Exception) -> None:
    raise AssertionError(error)


def run_job(scene: Scene, seconds: float = 60.0) -> int:
    return finish_blocks(scene.ports, time_left=lambda: seconds, report_failure=none_fails)


def stored(scene: Scene) -> Block:
    return scene.stored(Block, "")


def frozen() -> Scene:
    scene = three_leads()
    freeze(scene.ports, scene.caller(), why="stolen laptop")
    scene.world.later(seconds=40)
    return scene


def crowd(count: int) -> Scene:
    """Return a scene in which this many members have a session each, before lena freezes."""
    scene = three_leads()
    for number in range(count):
        member = f"m{number:03}"
        scene.world.add(a_member(member), a_token(member), a_grant(member))
        scene.vend(member)
    freeze(scene.ports, scene.caller(), why="stolen laptop")
    scene.world.later(seconds=40)
    return scene


def test_the_list_waits_until_no_vend_from_before_can_be_running() -> None:
    scene = three_leads()
    freeze(scene.ports, scene.caller(), why="stolen laptop")
    scene.world.later(seconds=34)
    assert run_job(scene) == 0
    assert stored(scene).listing.listed_at is None
    scene.world.later(seconds=1)
    assert run_job(scene) == 1
    assert stored(scene).listing.listed_at == NOON + timedelta(seconds=35)
    assert scene.story() == ["freeze.begin done", "freeze.list done"]
    assert run_job(scene) == 0


def test_it_counts_what_may_be_alive_and_records_that() -> None:
    scene = crowd(3)
    run_job(scene)
    listing = stored(scene).listing
    assert (listing.alive, listing.last_moment) == (3, NOON + HOUR)
    entry = scene.world.entries[-1]
    assert entry.details == {
        "alive": "3",
        "frozen_at": rfc3339(NOON),
        "last_moment": rfc3339(NOON + HOUR),
    }
    status = FreezeStatus.from_block(stored(scene), scene.world.clock)
    assert (status.alive, status.last_moment) == (3, NOON + HOUR)
    assert "3 sessions may be alive, until" in status.message


def test_it_withholds_what_was_left_open() -> None:
    scene = three_leads()
    scene.world.fails_at("put_outcome issued", Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(DaypassError):
        scene.vend()
    scene.world.before = None
    freeze(scene.ports, scene.caller(), why="stolen laptop")
    scene.world.later(seconds=40)
    run_job(scene)
    outcome = next(e for e in scene.world.entries if e.outcome is Outcome.WITHHELD)
    assert (outcome.reason, outcome.details["closed_by"]) == (Reason.FROZEN, "@schedule")
    assert stored(scene).listing.alive == 1


def test_the_entry_of_a_freeze_that_was_killed_is_recorded_by_the_job() -> None:
    scene = three_leads()
    scene.world.fails_at("record done", Killed())
    with pytest.raises(Killed):
        freeze(scene.ports, scene.caller(), why="stolen laptop")
    scene.world.before = None
    assert scene.story() == []
    run_job(scene)
    assert scene.story() == ["freeze.begin done"]
    assert [alert.alert for alert in scene.world.alerts] == ["frozen"]


MANY = 2 * MEMBERS_AT_ONCE + 3


def test_a_run_without_time_left_stops_and_the_next_one_goes_on() -> None:
    scene = crowd(MANY)
    times = iter([60.0, 60.0, 0.0])
    finish_blocks(scene.ports, time_left=lambda: next(times), report_failure=none_fails)
    assert stored(scene).listing.listed_at is None
    assert 0 < stored(scene).listing.alive < MANY
    run_job(scene, seconds=0.0)
    assert stored(scene).listing.listed_at is None
    run_job(scene)
    assert stored(scene).listing.alive == MANY


@every("nth", range(0, 70, 5))
def test_a_run_that_is_killed_anywhere_is_completed_by_the_next(nth: int) -> None:
    scene = crowd(MANY)
    scene.world.killed_after(nth)
    try:
        run_job(scene)
    except Killed:
        scene.world.before = None
        run_job(scene)
    assert stored(scene).listing.alive == MANY
    assert scene.story().count("freeze.list done") == 1
    assert stored(scene).is_recorded


def test_two_runs_at_once_count_each_session_once() -> None:
    scene = crowd(MANY)
    scene.world.just_before("save", lambda: run_job(scene))
    run_job(scene)
    assert stored(scene).listing.alive == MANY
    assert scene.story().count("freeze.list done") == 1


def test_a_freeze_that_is_lifted_before_it_is_listed_is_not_listed() -> None:
    scene = frozen()
    thaw(scene.ports, scene.caller("lena"), why="by mistake")
    thaw(scene.ports, scene.caller("luis"), why="by mistake")
    assert run_job(scene) == 0
    assert stored(scene).listing.listed_at is None
    assert "freeze.list done" not in scene.story()


def test_a_failure_with_one_block_is_reported_and_stops_no_other() -> None:
    scene = frozen()
    scene.world.add(a_block("acme-prod"))
    failures: list[Exception] = []
    scene.world.fails_at("vends", Unavailable(Reason.RECORDS_UNAVAILABLE))
    finish_blocks(scene.ports, time_left=lambda: 60.0, report_failure=failures.append)
    assert len(failures) == 2
    scene.world.before = None
    assert run_job(scene) == 2


def cut_offs(scene: Scene) -> list[CutOff]:
    roles: list[RoleCutOffs] = scene.world.find(RoleCutOffs)
    return [cut_off for role in roles for cut_off in role.cut_offs]


def test_each_role_with_live_sessions_gets_one_cut_off_that_outlasts_them_all() -> None:
    """The members of the first page have sessions that end sooner than the others'."""
    scene = three_leads()
    for number in range(MANY):
        member = f"m{number:03}"
        scene.world.add(a_member(member), a_token(member), a_grant(member))
        request = SessionRequest(role="readonly", duration=min(3600, 900 + 60 * number))
        vend(scene.ports, scene.origin(member), "acme-prod", request)
    scene.vend("bob", "globex")
    freeze(scene.ports, scene.caller(), why="stolen laptop")
    scene.world.later(seconds=40)
    run_job(scene)
    block = stored(scene)
    assert block.listing.last_moment is not None
    requested = cut_offs(scene)
    assert len(requested) == 2
    for cut_off in requested:
        assert cut_off.is_for_everyone
        assert cut_off.issued_until == block.issued_until >= block.no_session_after
        assert cut_off.needed_until > block.listing.last_moment
    assert scene.story().count("cut-off.request done") == 2


def test_cut_offs_that_cannot_be_recorded_are_requested_by_the_next_run() -> None:
    scene = crowd(3)
    failures: list[Exception] = []
    scene.world.fails_at("change", Unavailable(Reason.RECORDS_UNAVAILABLE))
    finish_blocks(scene.ports, time_left=lambda: 60.0, report_failure=failures.append)
    assert len(failures) == 1
    assert stored(scene).listing.listed_at is None
    scene.world.before = None
    run_job(scene)
    assert stored(scene).listing.alive == 3
    assert len(cut_offs(scene)) == 1


def test_nothing_is_cut_off_where_no_session_is_alive() -> None:
    scene = frozen()
    run_job(scene)
    assert cut_offs(scene) == []
    message = FreezeStatus.from_block(stored(scene), scene.world.clock).message
    assert "No session is alive." in message
    assert "last_moment" not in scene.world.entries[-1].details
