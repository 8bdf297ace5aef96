"""The result of a stop, read again, is its answer, and then what has changed since."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import NotFound, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.cut_off.cut_offs import CutOffStatus
from chalicelib.domain.web.stops.results import QUICK_REFRESH, SLOW_REFRESH
from chalicelib.domain.web.stops.targets import StopScope, StopTarget
from chalicelib.usecases.engagements.engagements import reopen_engagement, revoke_engagement
from chalicelib.usecases.people.members import reinstate_member
from chalicelib.usecases.vending.blocks.freezing import freeze
from chalicelib.usecases.web.stops.results import read_result
from tests.builders import ROLE_ARN, a_scene, an_approved_grant, an_engagement
from tests.rows import every
from tests.usecases.vending.cut_offs.scene import NAMES, run_job
from tests.usecases.web.stops.stopping import CUT_OFF_ID, STOPS_BY_SCOPE, a_busy_scene, target_of
from tests.usecases.web.stops.test_effects import GONE
from tests.usecases.web.unreadable import Down


@every("method", CutOffMethod)
@every("scope", STOPS_BY_SCOPE)
def test_it_is_the_answer(method: CutOffMethod, scope: StopScope) -> None:
    scene = a_busy_scene(method)
    target = target_of(scene, scope)
    answer = STOPS_BY_SCOPE[scope](scene, target)
    result = read_result(scene.ports, target)
    assert set(result.sessions) == set(answer.sessions)
    assert result.are_all
    assert result.sessions[0].ends_by == answer.last_moment
    assert set(result.cut_offs) == set(answer.cut_offs)
    assert result.unread == ()
    if scope is StopScope.CLIENT:
        assert [part.blocked_at for part in result.engagements] == [answer.revoked_at]
    else:
        assert (result.record.at, result.record.by) == (answer.revoked_at, "lena")
        assert result.record.reason in ("stolen laptop", "w")
        assert result.record.is_in_force
        assert result.record.is_finished


def test_a_freeze() -> None:
    scene = a_busy_scene()
    target = target_of(scene, StopScope.EVERYTHING)
    assert read_result(scene.ports, target).record is None
    block = scene.do(freeze, why="breach")
    result = read_result(scene.ports, target)
    assert (result.record.at, result.record.by, result.record.reason) == (
        block.began_at,
        "lena",
        "breach",
    )
    assert result.freeze.frozen
    assert len(result.sessions) == 4
    assert result.refresh == QUICK_REFRESH  # Daypass still counts


@every("scope", StopScope)
def test_nothing_is_stopped_yet(scope: StopScope) -> None:
    scene = a_busy_scene()
    result = read_result(scene.ports, target_of(scene, scope))
    assert result.record is None
    assert result.is_read
    assert all(part.blocked_at is None for part in result.engagements)


def test_the_cut_off_goes_from_requested_to_seen_and_then_it_is_over() -> None:
    scene = a_busy_scene()
    scene.world.iam.create_brake(ROLE_ARN, CUT_OFF_ID)
    scene.world.roles[ROLE_ARN].boundary = NAMES.brake_arn
    target = target_of(scene, StopScope.ENGAGEMENT)
    STOPS_BY_SCOPE[StopScope.ENGAGEMENT](scene, target)
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
    assert over.alive_text == "No session of it is alive."
    assert over.record is not None


def test_a_cut_off_for_the_client_alone_is_not_in_progress() -> None:
    scene = a_busy_scene(CutOffMethod.NONE)
    target = target_of(scene, StopScope.GRANT)
    STOPS_BY_SCOPE[StopScope.GRANT](scene, target)
    result = read_result(scene.ports, target)
    (cut_off,) = result.cut_offs
    assert result.refresh == QUICK_REFRESH
    assert cut_off.policy
    assert cut_off.commands
    scene.later(seconds=30)
    assert read_result(scene.ports, target).refresh == SLOW_REFRESH


def test_right_after_the_stop_the_list_of_an_engagement_may_miss_sessions() -> None:
    scene = a_scene()
    target = StopTarget(scope=StopScope.ENGAGEMENT, engagement="acme-prod")
    scene.do(revoke_engagement, "acme-prod", why="w")
    result = read_result(scene.ports, target)
    assert result.refresh == QUICK_REFRESH
    assert "may still be missing" in result.alive_text
    scene.later(seconds=30)
    result = read_result(scene.ports, target)
    assert (result.refresh, result.alive_text) == (0, "No session of it is alive.")


def test_a_reopened_engagement_is_not_blocked_and_its_new_sessions_are_not_concerned() -> None:
    scene = a_busy_scene()
    target = target_of(scene, StopScope.ENGAGEMENT)
    before = STOPS_BY_SCOPE[StopScope.ENGAGEMENT](scene, target)
    scene.later(seconds=30)
    scene.do(reopen_engagement, "acme-prod", why="false alarm")
    scene.vend("bob")
    result = read_result(scene.ports, target)
    assert not result.record.is_in_force
    assert result.record.at == before.revoked_at
    assert set(result.sessions) == set(before.sessions)


def test_a_closing_that_a_revocation_followed_is_still_found() -> None:
    scene = a_busy_scene()
    target = target_of(scene, StopScope.CLOSE)
    closed_at = STOPS_BY_SCOPE[StopScope.CLOSE](scene, target).revoked_at
    scene.later(seconds=5)
    STOPS_BY_SCOPE[StopScope.ENGAGEMENT](scene, target)
    record = read_result(scene.ports, target).record
    assert (record.at, record.is_in_force) == (closed_at, True)


def test_a_stop_that_was_interrupted_is_not_finished() -> None:
    scene = a_busy_scene()
    target = target_of(scene, StopScope.GRANT)
    scene.fails_at("apply", Unavailable(Reason.RECORDS_UNAVAILABLE))
    STOPS_BY_SCOPE[StopScope.GRANT](scene, target)
    scene.world.before = None
    result = read_result(scene.ports, target)
    assert result.record.is_in_force
    assert not result.record.is_finished
    assert result.refresh == QUICK_REFRESH


def test_access_that_the_suspended_member_approved_is_shown() -> None:
    scene = a_busy_scene()
    target = StopTarget(scope=StopScope.MEMBER, member="bob")
    STOPS_BY_SCOPE[StopScope.MEMBER](scene, target)
    (approval,) = read_result(scene.ports, target).approvals
    assert (approval.member, approval.engagement) == ("alice", "acme-prod")
    scene.do(reinstate_member, "bob")
    result = read_result(scene.ports, target)
    assert not result.record.is_in_force


def test_a_later_access_with_the_same_number_was_not_revoked() -> None:
    scene = a_busy_scene()
    target = target_of(scene, StopScope.REQUEST)
    STOPS_BY_SCOPE[StopScope.REQUEST](scene, target)
    stored = scene.get(ApprovedGrant, "acme-prod", "alice", "readonly", "1")
    later = an_approved_grant(request="alice.00d9o4r5k3f81c2q", stop=stored.stop, version=9)
    scene.add(later)
    assert read_result(scene.ports, target).record is None


def test_who_leaves_gives_the_list_for_each_client() -> None:
    scene = a_busy_scene()
    target = StopTarget(scope=StopScope.LEAVE, member="bob")
    STOPS_BY_SCOPE[StopScope.LEAVE](scene, target)
    result = read_result(scene.ports, target)
    assert [(part.client, part.engagement) for part in result.engagements] == [
        ("Acme", "acme-prod"),
        ("Globex", "globex"),
    ]
    assert all(part.blocked_at for part in result.engagements)
    assert result.left_at is not None


def test_a_client_with_a_similar_name_is_named() -> None:
    scene = a_busy_scene()
    scene.add(an_engagement("labs", client="Acme Labs"))
    target = target_of(scene, StopScope.CLIENT)
    STOPS_BY_SCOPE[StopScope.CLIENT](scene, target)
    result = read_result(scene.ports, target)
    assert result.similar_clients == ("Acme Labs",)
    assert [part.engagement for part in result.engagements] == ["acme-prod"]


@every("scope", GONE | {StopScope.CLIENT: {"client": "Nobody"}})
def test_a_target_that_does_not_exist(scope: StopScope) -> None:
    scene = a_busy_scene()
    changes: dict[str, Any] = GONE.get(scope, {"client": "Nobody"})
    with pytest.raises(NotFound):
        read_result(scene.ports, replace(target_of(scene, scope), **changes))


@every("port", ["state", "trail"])
@every("scope", StopScope)
def test_what_cannot_be_read_is_said(port: str, scope: StopScope) -> None:
    scene = a_busy_scene()
    result = read_result(replace(scene.ports, **{port: Down()}), target_of(scene, scope))
    assert result.unread
    assert result.refresh
    if port == "trail":
        assert "sessions may be alive" in result.alive_text
    elif scope is not StopScope.CLIENT:
        assert not result.is_read
