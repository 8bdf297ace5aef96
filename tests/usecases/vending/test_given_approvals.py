"""A vend by an approved request names it in its intent. The access that an approver helped to open
ends with the approver's own right."""

from datetime import timedelta

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.engagements import CutOffMethod
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.usecases.engagements.several import leave
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.people.members import reinstate_member, revoke_member
from chalicelib.usecases.people.operator import OtherLeads, recover_lead
from chalicelib.usecases.requests.own import end_own_access
from chalicelib.usecases.vending.given_approvals import revoke_given_approvals
from chalicelib.usecases.vending.revoking import revoke_approved_grant
from tests.builders import NOON, a_given_approval, a_grant, a_request_id, an_engagement, leads
from tests.fakes import HOUR
from tests.rows import every
from tests.usecases.lost_answers import (
    DOWN,
    are_stops_finished,
    finish_stops_later,
    killed,
)
from tests.usecases.refusals import reason_of
from tests.usecases.unreadable import calls_of
from tests.usecases.vending.approving import (
    KEY,
    REQUEST,
    a_scene_with_access,
    access,
    add_access,
    retaken,
)
from tests.usecases.vending.cut_offs.scene import CUT_OFF_ID
from tests.usecases.vending.revocations import VEND_STEPS

CUT_OFF = {"cut_off": CutOffMethod.BRAKE, "cut_off_external_id": CUT_OFF_ID}


def revoke_bob(scene):
    return scene.do(revoke_member, "bob")


SUSPENSIONS = {
    "suspended": revoke_bob,
    "suspended by the route": lambda s: s.do(suspend_member, "bob").revocation,
    "left": lambda s: s.do(leave, "bob"),
}


def is_refused(scene):
    return reason_of(scene.vend) == "approval-revoked"


@every("suspend", SUSPENSIONS.values())
def test_access_ends_with_its_approver_once(suspend):
    scene, other = a_scene_with_access(), a_scene_with_access(approver="mia")
    session = scene.vend()
    first = suspend(scene)
    assert session.vend in {each.vend for each in first.sessions}
    assert first.revoked_at == NOON
    entry = next(e for e in scene.entries if e.action is Action.REQUEST_REVOKE)
    assert (entry.actor, entry.subject) == ("lena", "alice")
    assert (entry.details["approver"], entry.details["because"]) == ("bob", "approver-revoked")
    assert is_refused(scene)
    scene.later(minutes=1)
    items = dict(scene.items)
    again = suspend(scene)
    assert (again.sessions, again.revoked_at) == (first.sessions, first.revoked_at)
    assert scene.items == items
    suspend(other)
    assert not is_refused(other)


def test_only_the_sessions_of_what_they_approved_are_cut_off():
    scene = a_scene_with_access()
    scene.add(an_engagement(**CUT_OFF))
    approved_by_bob = scene.vend()
    add_access(scene, "2", 1, ends_at=NOON + timedelta(hours=3))
    approved_by_another = scene.vend()
    revoke_bob(scene)
    assert requests(scene) == [((approved_by_bob.session_name,), "lena")]
    assert scene.vend().vend != approved_by_another.vend


def test_access_that_is_over_stays_as_it_is():
    given_back, ended, later = a_scene_with_access(), a_scene_with_access(), a_scene_with_access()
    given_back.do(end_own_access, REQUEST, by="alice")
    ended.later(hours=2)
    later.do(end_own_access, REQUEST, by="alice")
    retaken(later)
    for scene in (given_back, ended, later):
        before = access(scene)
        revoke_bob(scene)
        assert access(scene) == before
    later.vend()


def test_each_access_of_many_ends():
    scene = a_scene_with_access()
    for number in ("2", "3"):
        opened = add_access(scene, number, int(number))
        scene.add(a_given_approval("bob", request=opened.request, number=number))
    revoke_bob(scene)
    assert all(access(scene, number).revoked_at for number in ("1", "2", "3"))


def test_a_thousand_records_of_access_that_was_given_back_delay_no_suspension():
    scene = a_scene_with_access()
    scene.add(*(a_given_approval("bob", request=a_request_id(number=n)) for n in range(1, 1001)))
    reads = calls_of(scene.ports.state, "get")
    revoke_bob(scene)
    assert sum(kind is ApprovedGrant for kind, *_ in reads) < 10
    assert is_refused(scene)


def test_an_approver_at_the_client_ends_only_what_they_approved():
    scene = a_scene_with_access(approver="acme-prod/jo")
    opened = add_access(scene, "2", 1, ends_at=NOON + timedelta(hours=3))
    scene.add(a_given_approval("acme-prod/sue", request=opened.request, number="2"))
    session = scene.vend()
    assert scene.do(revoke_given_approvals, "acme-prod/jo") is not None
    assert access(scene).revoked_at is not None
    assert access(scene, "2").revoked_at is None
    assert scene.do(revoke_given_approvals, "acme-prod/none") is None
    response = scene.do(revoke_given_approvals, "acme-prod/sue")
    assert response is not None
    assert [each.vend for each in response.sessions] == [session.vend]


def requests(scene):
    """Return the sessions of each cut-off, and who requested it."""
    (stored,) = scene.find(RoleCutOffs)
    return [(each.sessions, each.requested_by) for each in stored.cut_offs]


def steps_of_the_suspension():
    scene = a_scene_with_access()
    count = len(scene.steps)
    revoke_bob(scene)
    return len(scene.steps) - count


@every("then", ["suspended again", "the job", "reinstated, and the job"])
@every("step", lambda: range(steps_of_the_suspension()))
def test_the_access_ends_wherever_the_suspension_is_killed(step, then):
    scene = a_scene_with_access()
    scene.add(an_engagement(**CUT_OFF))
    session = scene.vend()
    with killed(scene, step):
        revoke_bob(scene)
    if not scene.find(Stop):
        return
    if then == "suspended again":
        revoke_bob(scene)
    else:
        scene.later(minutes=1)
        if then.startswith("reinstated"):
            scene.do(reinstate_member, "bob")
        finish_stops_later(scene)
        finish_stops_later(scene)
        assert are_stops_finished(scene)
    assert access(scene).revoked_at is not None
    assert requests(scene) == [((session.session_name,), "lena")]


def test_a_lead_who_finishes_the_revocation_of_another_did_not_request_its_cut_off():
    scene = a_scene_with_access()
    scene.add(an_engagement(**CUT_OFF), *leads("lois"))
    session = scene.vend()
    with killed(scene, "vends"):
        scene.do(revoke_approved_grant, KEY, REQUEST, {})
    later = retaken(scene)
    scene.do(revoke_approved_grant, KEY, later.request, {}, by="lois")
    assert requests(scene) == [((session.session_name,), "lena")]


def test_the_job_leaves_what_they_approve_after_their_reinstatement():
    scene = a_scene_with_access()
    with killed(scene, "record done"):
        revoke_bob(scene)
    scene.later(minutes=1)
    scene.do(reinstate_member, "bob")
    opened = add_access(scene, "2", 1, created_at=scene.clock)
    scene.add(a_given_approval("bob", request=opened.request, number="2"))
    finish_stops_later(scene)
    assert access(scene).revoked_at is not None
    assert access(scene, "2").revoked_at is None


@every("step, times", [("save", 1), ("record done", 1), ("apply", 1), ("apply", 99)])
def test_a_suspension_whose_writes_fail_ends_the_access_all_the_same(step, times):
    scene = a_scene_with_access()
    failures = iter([DOWN] * times)

    def fail(name):
        if name == step:
            for error in failures:
                raise error

    scene.world.before = fail
    revoke_bob(scene)
    scene.world.before = None
    assert is_refused(scene)


def test_what_leads_approved_ends_when_the_operator_suspends_them():
    """The operator suspends luis, who is another lead, and lena is not suspended."""
    scene = a_scene_with_access(approver="luis")
    scene.add(*leads("luis"))
    recover_lead(scene.ports, id="lena", others=OtherLeads.SUSPEND)
    assert is_refused(scene)


@every(
    "changes, details",
    [
        ({}, {"request": REQUEST, "client_approved": None, "emergency": None}),
        ({"client_approved": True}, {"client_approved": "true", "emergency": None}),
        ({"is_emergency": True}, {"emergency": "true", "client_approved": None}),
        ({}, {"approved_by": None}),
        ({"approved_by": ("lena", "@client/jo")}, {"approved_by": "lena @client/jo"}),
    ],
)
def test_the_intent_names_the_request_that_opened_the_role(changes, details):
    scene = a_scene_with_access(**changes)
    scene.vend()
    assert scene.steps == VEND_STEPS  # as by a grant alone
    intent, issued = scene.entries
    assert {name: intent.details.get(name) for name in details} == details
    assert "request" not in issued.details


def test_a_vend_by_the_grant_alone_names_no_request_but_the_lead_who_gave_it():
    scene = a_scene_with_access(approved_by=("luis",))
    scene.add(a_grant(granted_by="mia"))
    scene.vend()
    assert "request" not in scene.entries[0].details
    assert scene.entries[0].details["approved_by"] == "mia"


def test_access_that_a_role_no_longer_needs_takes_no_session_away():
    """A lead gives standing access between the two decisions."""
    scene = a_scene_with_access()
    scene.just_before("issue", lambda: scene.add(a_grant(version=2)))
    scene.vend()


def test_scheduled_access_opens_and_closes_by_itself():
    scene = a_scene_with_access(starts_at=NOON + HOUR)
    for reason in (Reason.APPROVAL_REQUIRED, None, Reason.APPROVAL_REQUIRED):
        assert reason_of(scene.vend) is reason
        scene.later(hours=1)
