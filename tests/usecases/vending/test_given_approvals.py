"""The access that an approver helped to open ends with the approver's own right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.member_leaves import leave
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from chalicelib.usecases.people.operator import OtherLeads, recover_lead
from chalicelib.usecases.people.unfinished_stops import finish_stops
from chalicelib.usecases.requests.revoke import end_own_access
from chalicelib.usecases.vending.approved_grants import revoke_approved_grant
from chalicelib.usecases.vending.given_approvals import revoke_given_approvals
from tests.builders import (
    Scene,
    a_given_approval,
    a_request_id,
    an_engagement,
    leads,
)
from tests.fakes import NOON, Killed
from tests.rows import every
from tests.usecases.refusals import reason_of
from tests.usecases.vending.approving import (
    KEY,
    REQUEST,
    a_scene_with_access,
    access,
    add_access,
    retaken,
)
from tests.usecases.vending.cut_offs.scene import CUT_OFF_ID
from tests.usecases.vending.test_stopping import none_fails, starved, undisturbed

CUT_OFF: dict[str, Any] = {"cut_off": CutOffMethod.BRAKE, "cut_off_external_id": CUT_OFF_ID}


def revoke_bob(scene: Scene) -> Revocation:
    return revoke_member(scene.ports, scene.caller(), "bob", why="stolen laptop")


SUSPENSIONS: dict[str, Callable[[Scene], Revocation]] = {
    "suspended": revoke_bob,
    "suspended by the route": lambda s: (
        suspend_member(s.ports, s.caller(), "bob", why="w").revocation
    ),
    "left": lambda s: leave(s.ports, s.caller(), "bob", why="w").revocation,
}


def is_refused(scene: Scene) -> bool:
    return reason_of(scene.vend) is Reason.APPROVAL_REVOKED


@every("suspend", SUSPENSIONS.values())
def test_access_ends_with_its_approver_once(suspend: Callable[[Scene], Revocation]) -> None:
    scene, other = a_scene_with_access(), a_scene_with_access(approver="mia")
    session = scene.vend()
    first = suspend(scene)
    assert session.vend in {each.vend for each in first.sessions}
    assert first.revoked_at == NOON
    entry = next(e for e in scene.world.entries if e.action is Action.REQUEST_REVOKE)
    assert (entry.actor, entry.subject) == ("lena", "alice")
    assert (entry.details["approver"], entry.details["because"]) == ("bob", "approver-revoked")
    assert is_refused(scene)
    scene.world.later(minutes=1)
    items = dict(scene.world.items)
    again = suspend(scene)
    assert (again.sessions, again.revoked_at) == (first.sessions, first.revoked_at)
    assert scene.world.items == items
    suspend(other)
    assert not is_refused(other)


def test_only_the_sessions_of_what_they_approved_are_cut_off() -> None:
    scene = a_scene_with_access()
    scene.world.add(an_engagement(**CUT_OFF))
    approved_by_bob = scene.vend()
    add_access(scene, "2", 1, ends_at=NOON + timedelta(hours=3))
    approved_by_another = scene.vend()
    revoke_bob(scene)
    (stored,) = scene.world.find(RoleCutOffs)
    assert [each.sessions for each in stored.cut_offs] == [(approved_by_bob.session_name,)]
    assert scene.vend().vend != approved_by_another.vend


def test_access_that_is_over_stays_as_it_is() -> None:
    given_back, ended, later = a_scene_with_access(), a_scene_with_access(), a_scene_with_access()
    end_own_access(given_back.ports, given_back.caller("alice"), REQUEST)
    ended.world.later(hours=2)
    end_own_access(later.ports, later.caller("alice"), REQUEST)
    retaken(later)
    for scene in (given_back, ended, later):
        before = access(scene)
        revoke_bob(scene)
        assert access(scene) == before
    later.vend()


def test_each_access_of_many_ends() -> None:
    scene = a_scene_with_access()
    for number in ("2", "3"):
        opened = add_access(scene, number, int(number))
        scene.world.add(a_given_approval("bob", request=opened.request, number=number))
    revoke_bob(scene)
    assert all(access(scene, number).revoked_at for number in ("1", "2", "3"))


def test_a_thousand_records_of_access_that_was_given_back_delay_no_suspension() -> None:
    scene = a_scene_with_access()
    scene.world.add(
        *(a_given_approval("bob", request=a_request_id(number=n)) for n in range(1, 1001))
    )
    reads, get = [], scene.ports.state.get

    def count_reads(kind: Any, *key: str) -> Any:
        reads.append(kind)
        return get(kind, *key)

    scene.ports.state.get = count_reads  # type: ignore[method-assign]
    revoke_bob(scene)
    assert reads.count(ApprovedGrant) < 10
    assert is_refused(scene)


def test_an_approver_at_the_client_ends_only_what_they_approved() -> None:
    scene = a_scene_with_access(approver="acme-prod/jo")
    opened = add_access(scene, "2", 1, ends_at=NOON + timedelta(hours=3))
    scene.world.add(a_given_approval("acme-prod/sue", request=opened.request, number="2"))
    session = scene.vend()
    assert revoke_given_approvals(scene.ports, scene.caller(), "acme-prod/jo") is not None
    assert access(scene).revoked_at is not None
    assert access(scene, "2").revoked_at is None
    assert revoke_given_approvals(scene.ports, scene.caller(), "acme-prod/none") is None
    response = revoke_given_approvals(scene.ports, scene.caller(), "acme-prod/sue")
    assert response is not None
    assert [each.vend for each in response.sessions] == [session.vend]


def steps_of_the_suspension() -> int:
    scene = a_scene_with_access()
    count = len(scene.world.steps)
    revoke_bob(scene)
    return len(scene.world.steps) - count


@every("then", ["suspended again", "the job", "reinstated, and the job"])
@every("step", lambda: range(steps_of_the_suspension()))
def test_the_access_ends_wherever_the_suspension_is_killed(step: int, then: str) -> None:
    scene = a_scene_with_access()
    scene.world.add(an_engagement(**CUT_OFF))
    session = scene.vend()
    scene.world.killed_after(step)
    with pytest.raises(Killed):
        revoke_bob(scene)
    scene.world.before = None
    if not scene.world.find(Stop):
        return
    scene.world.later(minutes=4)
    if then == "suspended again":
        revoke_bob(scene)
    else:
        if then.startswith("reinstated"):
            reinstate_member(scene.ports, scene.caller(), "bob")
        finish_stops(scene.ports, none_fails)
        scene.world.later(hours=1 / 12)
        finish_stops(scene.ports, none_fails)
        assert all(stop.is_finished for stop in scene.world.find(Stop))
    assert access(scene).revoked_at is not None
    (stored,) = scene.world.find(RoleCutOffs)
    requests = [(each.sessions, each.requested_by) for each in stored.cut_offs]
    assert requests == [((session.session_name,), "lena")]


def test_a_lead_who_finishes_the_revocation_of_another_did_not_request_its_cut_off() -> None:
    scene = a_scene_with_access()
    scene.world.add(an_engagement(**CUT_OFF), *leads("lois"))
    session = scene.vend()
    scene.world.fails_at("vends", Killed())
    with pytest.raises(Killed):
        revoke_approved_grant(scene.ports, scene.caller("lena"), KEY, REQUEST, {})
    scene.world.before = None
    later = retaken(scene)
    revoke_approved_grant(scene.ports, scene.caller("lois"), KEY, later.request, {})
    (stored,) = scene.world.find(RoleCutOffs)
    requests = [(each.sessions, each.requested_by) for each in stored.cut_offs]
    assert requests == [((session.session_name,), "lena")]


def test_the_job_leaves_what_they_approve_after_their_reinstatement() -> None:
    scene = a_scene_with_access()
    scene.world.fails_at("record done", Killed())
    with pytest.raises(Killed):
        revoke_bob(scene)
    scene.world.before = None
    scene.world.later(minutes=4)
    reinstate_member(scene.ports, scene.caller(), "bob")
    opened = add_access(scene, "2", 1, created_at=scene.world.clock)
    scene.world.add(a_given_approval("bob", request=opened.request, number="2"))
    finish_stops(scene.ports, none_fails)
    assert access(scene).revoked_at is not None
    assert access(scene, "2").revoked_at is None


@every("step", ["save", "record done", "apply"])
def test_a_suspension_that_lost_an_answer_ends_the_access_all_the_same(step: str) -> None:
    scene = a_scene_with_access()

    def fail() -> None:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    scene.world.just_before(step, fail)
    revoke_bob(scene)
    assert is_refused(scene)


def test_an_access_that_others_keep_writing_ends_all_the_same() -> None:
    scene = a_scene_with_access()
    starved(scene)
    revoke_bob(scene)
    undisturbed(scene)
    assert is_refused(scene)


def test_what_leads_approved_ends_when_the_operator_suspends_them() -> None:
    """The operator suspends luis, who is another lead, and lena is not suspended."""
    scene = a_scene_with_access(approver="luis")
    scene.world.add(*leads("luis"))
    recover_lead(scene.ports, id="lena", others=OtherLeads.SUSPEND)
    assert is_refused(scene)
