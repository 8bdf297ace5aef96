"""Vends by an approved request, and each end of that access, in every order of their steps.

As in `test_every_interleaving`, each actor may crash before any step.
"""

from functools import partial

import pytest

from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.vends import VendedSession
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.requests.own import end_own_access, revoke_request, start_access
from chalicelib.usecases.vending import vend as vending
from chalicelib.usecases.vending.given_approvals import revoke_given_approvals
from tests.builders import (
    NOON,
    Scene,
    a_grant,
    a_grant_on_request,
    a_request_id,
    a_role,
    an_approved_grant,
    doing,
)
from tests.rows import every
from tests.usecases.refusals import reason_of
from tests.usecases.vending.approving import (
    HOUR,
    REQUEST,
    a_scene_with_access,
    add_access,
    retaken,
    vended,
)
from tests.usecases.vending.interleaving import CRASHED, ITEMS_FIRST, STOPS_FIRST, all_interleavings
from tests.usecases.vending.revocations import CHANGES, REVOCATIONS
from tests.usecases.vending.test_every_interleaving import assert_finds, assert_nothing_outlives

ENDS_OF_ACCESS = {
    "revoked by a lead": doing(revoke_request, REQUEST),
    "given back": doing(end_own_access, REQUEST, by="alice"),
    "its approver suspended": doing(revoke_member, "bob"),
    "its approver at the client revoked": doing(revoke_given_approvals, "bob"),
}
ENDS = ENDS_OF_ACCESS | REVOCATIONS | CHANGES
del ENDS["role put on request"]  # the request still opens the role


def a_scene():
    scene = a_scene_with_access()
    scene.add(a_role("deploy"))
    return scene


def runs_of(*acts, make=a_scene, **options):
    return list(all_interleavings(make, *acts, **options))


@every("facts", [ITEMS_FIRST, STOPS_FIRST])
@every("end", ENDS.values())
def test_one_vend_and_each_end_of_its_access(end, facts):
    assert_nothing_outlives(runs_of(vended, end, facts=facts), 0, 1)


def test_two_vends_and_the_end_of_their_access():
    assert_nothing_outlives(runs_of(vended, vended, ENDS_OF_ACCESS["revoked by a lead"]))


@pytest.mark.parametrize("end", ENDS_OF_ACCESS.values(), ids=ENDS_OF_ACCESS)
def test_without_the_second_decision_the_search_finds_a_violation(end, monkeypatch):
    monkeypatch.setattr(vending, "_find_reason_to_withhold", lambda *_: None)
    assert_finds(runs_of(vended, end, facts=ITEMS_FIRST))


def approve_a_renewal(scene):
    """Open access by a second request, as an approval does."""
    later = an_approved_grant(number="2", request=a_request_id(number=1), ends_at=NOON + 3 * HOUR)
    scene.ports.state.apply([later])
    return later


def test_a_renewal_beside_the_live_access_refuses_no_vend():
    for run in runs_of(vended, approve_a_renewal):
        result = run.results[0]
        assert isinstance(result, VendedSession) or result == CRASHED
        intents = [e for e in run.world.entries if e.outcome == "intended"]
        assert all(
            entry.details["request"] in (REQUEST, a_request_id(number=1)) for entry in intents
        )


@every("end", ENDS_OF_ACCESS.values())
def test_a_vend_that_began_by_one_request_does_not_change_over_to_another(end):
    """Its session would not be found under the other one."""

    def make():
        scene = a_scene()
        add_access(scene, "2", 1, ends_at=NOON + HOUR)
        return scene

    for run in runs_of(vended, end, make=make):
        issued = {e.vend for e in run.world.entries if e.outcome == "issued"}
        intents = [e for e in run.world.entries if e.outcome == "intended"]
        by_the_other = {e.vend for e in intents if e.details["request"] != REQUEST}
        if isinstance(run.results[1], Revocation):
            assert (issued - by_the_other) <= run.issued_when_answered


starts = doing(start_access, REQUEST, by="alice")
a_scene_not_started = partial(a_scene_with_access, duration=3600, ends_at=NOON + 24 * HOUR)


@every("end", ENDS_OF_ACCESS.values())
def test_no_start_outlives_the_end_of_its_access(end):
    ended = 0
    for run in runs_of(starts, end, make=a_scene_not_started):
        if isinstance(run.results[1], Revocation):
            ended += 1
            scene = Scene(run.world, run.world.ports())
            assert reason_of(vended, scene) == "approval-revoked"
    assert ended


@every("end", ENDS_OF_ACCESS.values())
def test_two_starts_and_an_end_start_the_access_once_at_most(end):
    for run in runs_of(starts, starts, end, make=a_scene_not_started):
        done = [entry.action for entry in run.world.entries if entry.outcome == "done"]
        assert done.count(Action.REQUEST_START) <= 1


def test_a_later_access_with_the_same_number_gives_no_session_to_a_vend_from_before():
    scene = a_scene()

    def end_and_take_over():
        scene.do(end_own_access, REQUEST, by="alice")
        retaken(scene)

    scene.just_before("issue", end_and_take_over)
    assert reason_of(scene.vend) == "approval-required"
    assert "vend withheld approval-revoked" in scene.story()
    assert "vend issued" not in scene.story()


def test_a_vend_from_before_the_role_was_put_on_request_does_not_use_a_request():
    """Its intent names no request, so the revocation of the request would not find its session."""
    scene = a_scene()
    scene.add(a_grant())
    scene.just_before("issue", lambda: scene.add(a_grant_on_request(version=2)))
    assert reason_of(vended, scene) == "changed-meanwhile"
    assert scene.story() == ["vend intended", "vend withheld changed-meanwhile"]
