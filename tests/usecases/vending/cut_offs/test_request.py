"""A revocation requests the cut-offs of the sessions that it leaves alive. Nothing else does."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action, Entry
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.cut_off.cut_offs import (
    CutOffProblem,
    CutOffStatus,
)
from chalicelib.domain.vending.cut_off.scope import CutOffScope
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from chalicelib.usecases.people.unfinished_stops import finish_stops
from chalicelib.usecases.vending.cut_offs.request import TIME_TO_BEGIN, request_cut_offs
from tests.builders import ROLE_ARN, Scene, a_token, role_cut_offs
from tests.fakes import NOON, Killed
from tests.rows import every
from tests.usecases.lost_answers import DOWN, LOST, loses_answer
from tests.usecases.vending.cut_offs.scene import a_scene_with_sessions, entries_of, stored
from tests.usecases.vending.revocations import (
    CHANGES,
    REVOCATIONS,
    End,
    a_scene_with_two_roles,
)
from tests.usecases.vending.test_stopping import none_fails, undisturbed

NAMES: dict[str, tuple[str, int]] = {
    "member suspended": ("alice", 0),
    "token revoked": ("alice", 1),
    "grant revoked": ("alice", 0),
    "engagement revoked": ("", 0),
    "role ended": ("", 0),
}
"""For each revocation: the member of its cut-off, and how many sessions it names."""
every_revocation = every("name", NAMES)


def requests(scene: Scene) -> list[Entry]:
    return entries_of(scene, Action.CUT_OFF_REQUEST)


@every_revocation
def test_a_revocation_requests_its_cut_off_and_kicks_the_function(name: str) -> None:
    scene = a_scene_with_sessions()
    scene.world.later(minutes=10)
    revocation = REVOCATIONS[name](scene)
    (entry,) = requests(scene)
    (cut_off,) = stored(scene).cut_offs
    member, name_count = NAMES[name]
    assert (cut_off.id, cut_off.member, len(cut_off.sessions)) == (entry.id, member, name_count)
    assert (cut_off.status, cut_off.problem) == (CutOffStatus.REQUESTED, None)
    assert cut_off.issued_until == revocation.cut_off_at
    assert cut_off.needed_until == NOON + timedelta(hours=1, seconds=5)
    assert (entry.engagement, entry.role, entry.subject) == ("acme-prod", "readonly", member)
    (view,) = revocation.cut_offs
    assert (view.id, view.status, view.method) == (entry.id, "requested", CutOffMethod.BRAKE)
    assert (view.policy, view.commands) == ("", "")
    assert (revocation.cut_off_count, revocation.cut_offs_missing) == (1, False)
    assert len(scene.world.kicks) == 1
    scene.world.later(minutes=1)
    assert REVOCATIONS[name](scene).cut_offs == revocation.cut_offs
    assert len(requests(scene)) == 1
    empty = a_scene_with_two_roles()
    assert REVOCATIONS[name](empty).cut_offs == ()
    assert (requests(empty), empty.world.kicks) == ([], [])


@every_revocation
@every("error, has_effect", LOST)
def test_a_lost_answer_of_the_write_is_no_second_request(
    name: str, error: DaypassError, *, has_effect: bool
) -> None:
    scene = a_scene_with_sessions()
    with loses_answer(scene, "change", error, has_effect=has_effect):
        revocation = REVOCATIONS[name](scene)
    assert (revocation.cut_off_count, revocation.cut_offs_missing) == (1, False)
    assert len(requests(scene)) == 1


@every("name", ["engagement closed", *CHANGES])
def test_nothing_else_requests_one(name: str) -> None:
    scene = a_scene_with_sessions()
    ends: dict[str, End] = REVOCATIONS | CHANGES
    ends[name](scene)
    assert (requests(scene), scene.world.kicks) == ([], [])


@every_revocation
@every("step", ["change", "save"])
def test_two_leads_at_once_have_one(name: str, step: str) -> None:
    scene = a_scene_with_sessions()
    scene.world.just_before(step, lambda: REVOCATIONS[name](scene))
    scene.world.later(seconds=1)
    assert REVOCATIONS[name](scene).cut_off_count == 1
    assert len(requests(scene)) == 1


def test_a_member_who_is_back_and_revoked_again_has_a_second() -> None:
    scene = a_scene_with_sessions()
    REVOCATIONS["member suspended"](scene)
    scene.world.later(minutes=1)
    reinstate_member(scene.ports, scene.caller(), "alice")
    scene.world.add(a_token("alice", created_at=scene.world.clock))
    scene.world.later(minutes=1)
    scene.vend()
    revoke_member(scene.ports, scene.caller(), "alice", why="again")
    untils = [each.issued_until for each in stored(scene).cut_offs]
    assert untils == [NOON + timedelta(seconds=5), NOON + timedelta(minutes=2, seconds=5)]


@every(
    "method, name, problem",
    [
        (CutOffMethod.NONE, "grant revoked", CutOffProblem.CLIENT_MUST_WRITE),
        (CutOffMethod.NONE, "role ended", CutOffProblem.CLIENT_MUST_WRITE),
        (CutOffMethod.DENY_ALL, "grant revoked", CutOffProblem.WHOLE_ROLE_ONLY),
        (CutOffMethod.DENY_ALL, "token revoked", CutOffProblem.WHOLE_ROLE_ONLY),
        (CutOffMethod.DENY_ALL, "role ended", None),
        (CutOffMethod.BRAKE, "role ended", None),
    ],
)
def test_the_answer_has_the_policy_where_the_client_must_act(
    method: CutOffMethod, name: str, problem: CutOffProblem | None
) -> None:
    scene = a_scene_with_sessions(method)
    (view,) = REVOCATIONS[name](scene).cut_offs
    assert view.problem is problem
    assert bool(view.policy) is bool(view.commands) is (problem is not None)


def test_sessions_of_the_iam_role_before_are_left_to_the_client() -> None:
    scene = a_scene_with_sessions()
    role = scene.stored(Role, "acme-prod", "readonly")
    scene.world.add(next_version(role, arn=ROLE_ARN + "2", former_arns=(ROLE_ARN,)))
    (view,) = REVOCATIONS["grant revoked"](scene).cut_offs
    assert view.problem is CutOffProblem.OTHER_ROLE
    assert "--role-name=ContractorRole " in view.commands
    assert stored(scene).role_arn == ROLE_ARN + "2"


@every_revocation
def test_a_conflict_is_retried(name: str) -> None:
    scene = a_scene_with_sessions()

    def change_the_item() -> None:
        scene.world.add(role_cut_offs(versions=("v2",)))

    scene.world.just_before("change", change_the_item)
    assert REVOCATIONS[name](scene).cut_off_count == 1
    assert (len(requests(scene)), stored(scene).versions) == (1, ("v2",))


@every_revocation
@every("error", [DOWN, ValueError("a bug")])
def test_the_block_is_answered_and_a_job_requests_it_later(name: str, error: Exception) -> None:
    scene = a_scene_with_sessions()
    scene.world.fails_at("change", error)
    revocation = REVOCATIONS[name](scene)
    assert (revocation.cut_offs_missing, revocation.cut_off_count) == (True, 0)
    assert "could not record every cut-off" in revocation.message
    assert revocation.alive >= 1
    assert scene.world.kicks == []
    undisturbed(scene)
    scene.world.later(minutes=4)
    finish_stops(scene.ports, none_fails)
    assert len(requests(scene)) == len(scene.world.kicks) == 1
    assert requests(scene)[0].actor == "@schedule"
    assert all(stop.is_finished for stop in scene.world.find(Stop))
    scene.world.later(minutes=1)
    assert REVOCATIONS[name](scene).cut_off_count == 1
    assert len(requests(scene)) == 1


def every_step() -> list[tuple[str, int]]:
    """Return each revocation with the number of each of its steps."""
    rows = []
    for name in NAMES:
        scene = a_scene_with_sessions()
        before = len(scene.world.steps)
        REVOCATIONS[name](scene)
        rows += [(name, nth) for nth in range(len(scene.world.steps) - before)]
    return rows


@every("name, nth", every_step)
def test_killed_anywhere_after_the_block_the_job_requests_it(name: str, nth: int) -> None:
    scene = a_scene_with_sessions()
    scene.world.killed_after(nth)
    with pytest.raises(Killed):
        REVOCATIONS[name](scene)
    is_blocked = bool(scene.world.find(Stop))
    undisturbed(scene)
    scene.world.later(minutes=4)
    finish_stops(scene.ports, none_fails)
    assert len(requests(scene)) == is_blocked


def test_while_dynamodb_does_not_answer_no_further_request_begins() -> None:
    scene = a_scene_with_sessions()
    revocation = REVOCATIONS["engagement closed"](scene)
    sessions = [replace(s, engagement=f"e-{n}") for s in revocation.sessions for n in range(50)]
    lead = scene.caller()
    attempts: list[str] = []

    def fail_slowly(step: str) -> None:
        attempts.append(step)
        scene.world.later(seconds=1)
        raise DOWN

    scene.world.before = fail_slowly
    answer: Revocation = request_cut_offs(
        scene.ports, lead, revocation, sessions, CutOffScope.EVERYONE, requested_by=lead.actor
    )
    assert answer.cut_offs_missing
    assert len(attempts) <= TIME_TO_BEGIN.total_seconds() + 3
