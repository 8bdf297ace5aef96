"""The result of a stop, read again, is its answer, and then what has changed since."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.cut_off.cut_offs import CutOffStatus
from chalicelib.domain.vending.stops.kinds import STOPS
from chalicelib.domain.vending.stops.results import QUICK_REFRESH, SLOW_REFRESH
from chalicelib.usecases.engagements.engagements import reopen_engagement
from chalicelib.usecases.people.members import reinstate_member
from chalicelib.usecases.vending.blocks.freezing import freeze
from chalicelib.usecases.vending.stops.results import read_result
from tests.builders import ROLE_ARN, a_scene
from tests.rows import every
from tests.usecases.vending.cut_offs.scene import NAMES, run_job
from tests.usecases.vending.stops.stopping import CUT_OFF_ID, a_busy_scene, stop, target_of
from tests.usecases.vending.stops.test_previews import GONE
from tests.usecases.web.unreadable import Down

WITH_PAGE = [name for name, kind in STOPS.items() if kind.has_page]


@every("method", CutOffMethod)
@every("name", [name for name in WITH_PAGE if name != "freeze"])
def test_it_is_the_answer(method: CutOffMethod, name: str) -> None:
    scene = a_busy_scene(method)
    target = target_of(scene, name)
    assert read_result(scene.ports, target).record is None
    answer = stop(scene, target)
    result = read_result(scene.ports, target)
    assert set(result.sessions) == set(answer.sessions)
    assert result.are_all
    assert result.sessions[0].ends_by == answer.last_moment
    assert set(result.cut_offs) == set(answer.cut_offs)
    assert (result.unread, result.is_read) == ((), True)
    if name == "revoke-client":
        assert [part.blocked_at for part in result.engagements] == [answer.revoked_at]
    else:
        assert (result.record.at, result.record.by) == (answer.revoked_at, "lena")
        assert result.record.reason == "stolen laptop"
        assert result.record.is_in_force
        assert result.record.is_finished


def test_a_freeze() -> None:
    scene = a_busy_scene()
    target = target_of(scene, "freeze")
    assert read_result(scene.ports, target).record is None
    block = scene.do(freeze, why="breach")
    result = read_result(scene.ports, target)
    record = result.record
    assert (record.at, record.by, record.reason) == (block.began_at, "lena", "breach")
    assert result.freeze.frozen
    assert len(result.sessions) == 4
    assert result.refresh == QUICK_REFRESH  # Daypass still counts


def test_the_cut_off_goes_from_requested_to_seen_and_then_it_is_over() -> None:
    scene = a_busy_scene()
    scene.world.iam.create_brake(ROLE_ARN, CUT_OFF_ID)
    scene.world.roles[ROLE_ARN].boundary = NAMES.brake_arn
    target = target_of(scene, "revoke-engagement")
    stop(scene, target)
    (requested,) = read_result(scene.ports, target).cut_offs
    assert requested.status is CutOffStatus.REQUESTED
    assert read_result(scene.ports, target).refresh == QUICK_REFRESH
    run_job(scene)
    scene.later(seconds=30)
    result = read_result(scene.ports, target)
    (seen,) = result.cut_offs
    assert seen.status is CutOffStatus.SEEN
    assert result.refresh == SLOW_REFRESH
    scene.later(hours=1, seconds=10)
    over = read_result(scene.ports, target)
    assert (over.sessions, over.refresh) == ((), 0)
    assert over.alive_text == "No session is alive."
    assert over.record is not None


def test_a_cut_off_for_the_client_alone_is_not_in_progress() -> None:
    scene = a_busy_scene(CutOffMethod.NONE)
    target = target_of(scene, "revoke-member")
    stop(scene, target)
    (cut_off,) = read_result(scene.ports, target).cut_offs
    assert cut_off.policy
    scene.later(seconds=30)
    assert read_result(scene.ports, target).refresh == SLOW_REFRESH


def test_right_after_the_stop_the_list_of_an_engagement_may_miss_sessions() -> None:
    scene = a_busy_scene()
    target = target_of(scene, "revoke-engagement")
    stop(scene, target)
    scene.entries.clear()
    result = read_result(scene.ports, target)
    assert result.refresh == QUICK_REFRESH
    assert "may still be missing" in result.alive_text
    scene.later(seconds=30)
    result = read_result(scene.ports, target)
    assert (result.refresh, result.alive_text) == (0, "No session is alive.")


def test_a_reopened_engagement_is_not_blocked_and_its_new_sessions_are_not_concerned() -> None:
    scene = a_busy_scene()
    target = target_of(scene, "revoke-engagement")
    before = stop(scene, target)
    scene.later(seconds=30)
    scene.do(reopen_engagement, "acme-prod", why="false alarm")
    scene.vend("bob")
    result = read_result(scene.ports, target)
    assert not result.record.is_in_force
    assert result.record.at == before.revoked_at
    assert set(result.sessions) == set(before.sessions)


def test_a_revocation_that_a_closing_followed_is_still_found() -> None:
    scene = a_busy_scene()
    target = target_of(scene, "revoke-engagement")
    revoked_at = stop(scene, target).revoked_at
    scene.later(seconds=5)
    stop(scene, target_of(scene, "close-engagement"))
    record = read_result(scene.ports, target).record
    assert (record.at, record.is_in_force) == (revoked_at, True)


def test_a_stop_that_was_interrupted_is_not_finished() -> None:
    scene = a_busy_scene()
    target = target_of(scene, "revoke-member")
    scene.fails_at("apply", Unavailable(Reason.RECORDS_UNAVAILABLE))
    stop(scene, target)
    scene.world.before = None
    result = read_result(scene.ports, target)
    assert result.record.is_in_force
    assert not result.record.is_finished
    assert result.refresh == QUICK_REFRESH


def test_access_that_the_suspended_member_approved_is_shown() -> None:
    scene = a_busy_scene()
    target = target_of(scene, "revoke-member", member="bob")
    stop(scene, target)
    (approval,) = read_result(scene.ports, target).approvals
    assert (approval.member, approval.engagement) == ("alice", "acme-prod")
    scene.do(reinstate_member, "bob")
    assert not read_result(scene.ports, target).record.is_in_force


def test_who_leaves_gives_the_list_for_each_client() -> None:
    scene = a_busy_scene()
    target = target_of(scene, "member-leaves", member="bob")
    stop(scene, target)
    result = read_result(scene.ports, target)
    assert [(part.client, part.engagement) for part in result.engagements] == [
        ("Acme", "acme-prod"),
        ("Globex", "globex"),
    ]
    assert all(part.blocked_at for part in result.engagements)
    assert result.left_at is not None


@every("name", [name for name in WITH_PAGE if name in GONE])
def test_a_target_that_does_not_exist(name: str) -> None:
    scene = a_scene()
    scene.vend("alice")
    with pytest.raises(NotFound):
        read_result(scene.ports, target_of(scene, name, **GONE[name]))


@every("port", ["state", "trail"])
@every("name", WITH_PAGE)
def test_what_cannot_be_read_is_said(port: str, name: str) -> None:
    scene = a_busy_scene()
    result = read_result(replace(scene.ports, **{port: Down()}), target_of(scene, name))
    assert result.unread
    assert result.refresh
    if port == "trail":
        assert "sessions may be alive" in result.alive_text
    elif name != "revoke-client":
        assert not result.is_read
