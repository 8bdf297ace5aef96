"""The right to approve and to deny a request, in time."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import ApproveRequest, RequestStatus
from chalicelib.domain.trail import Outcome
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.members import (
    change_member,
    create_enrolment,
    create_member,
    reinstate_member,
    revoke_member,
)
from chalicelib.usecases.requests.decide import approve_request
from chalicelib.usecases.requests.emergencies import review_emergency
from chalicelib.usecases.requests.own import withdraw_request
from tests.builders import Scene, a_block, a_grant_on_request, a_member, a_token, an_approval_policy
from tests.domain.requests.emergencies_table import an_emergency_grant
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.requests.emergency_scene import an_emergency_scene, open_it, review_it
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    deny,
    opened,
    refused,
)

APPROVED = RequestStatus.APPROVED


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def test_someone_who_may_not_know_of_it_gets_the_answer_for_no_request(scene: Scene) -> None:
    request = ask(scene)
    errors = [
        refused(decide, scene, each, "carol")
        for each in (request.id, "alice.0000000000000000", "zoe.0000000000000000")
        for decide in (approve, deny)
    ]
    assert {type(error) for error in errors} == {NotFound}
    assert {str(error) for error in errors} == {str(errors[0])}
    assert errors[0].reason is Reason.NO_SUCH_REQUEST


def test_the_refusal_of_a_decision_is_on_the_trail(scene: Scene) -> None:
    request = ask(scene)
    for by, reason in (("carol", Reason.NO_SUCH_REQUEST), ("alice", Reason.OWN_REQUEST)):
        refused(approve, scene, request.id, by)
        entry = scene.world.entries[-1]
        assert (entry.actor, entry.outcome, entry.reason) == (by, Outcome.REFUSED, reason)
        assert (entry.action, entry.engagement, entry.role) == (
            "request.approve",
            "acme-prod",
            "readonly",
        )
        assert entry.details == {"request": request.id}


def test_a_lead_who_was_reinstated_today_does_not_approve(scene: Scene) -> None:
    scene.world.add(a_grant_on_request("mia"))
    revoke_member(scene.ports, scene.caller("mia"), "lena", why="w")
    reinstate_member(scene.ports, scene.caller("mia"), "lena")
    scene.world.later(minutes=1)
    scene.world.add(replace(a_token("lena"), created_at=scene.world.clock))
    request = ask(scene, "mia")

    assert refused(approve, scene, request.id).reason is Reason.RIGHT_TOO_NEW
    assert deny(scene, request.id).status is RequestStatus.DENIED  # it only takes access away


def test_a_member_who_was_made_a_lead_today_does_not_approve() -> None:
    scene = a_scene_of_requests(an_approval_policy(answer_within=604800))
    scene.world.add(a_grant_on_request("mia"))
    change_member(scene.ports, scene.caller("mia"), "bob", ChangeMember(kind=Kind.LEAD))
    request = ask(scene, "mia")
    assert refused(approve, scene, request.id, "bob").reason is Reason.RIGHT_TOO_NEW
    scene.world.later(hours=24)
    assert approve(scene, request.id, "bob").status is APPROVED


TWO_PEOPLE = an_approval_policy(people=2, members=frozenset({"bob"}))


def test_a_late_decision_is_answered_with_who_decided_what_and_when(scene: Scene) -> None:
    request = ask(scene)
    deny(scene, request.id, "bob", why="use the replica")
    scene.world.later(minutes=1)
    for decide in (approve, deny):
        error = refused(decide, scene, request.id)
        assert (type(error), error.reason) == (Conflict, Reason.REQUEST_DECIDED)
        assert error.detail == (
            "bob denied this request on 24 November 2026, 12:00 UTC: use the replica."
        )


def test_a_decision_after_the_request_has_expired(scene: Scene) -> None:
    request = ask(scene)
    scene.world.later(hours=1)
    for decide in (approve, deny):
        error = refused(decide, scene, request.id)
        assert (type(error), error.reason) == (Conflict, Reason.REQUEST_EXPIRED)
        assert "No one decided this request until 24 November 2026, 13:00 UTC." in error.detail


def test_a_denial_needs_words(scene: Scene) -> None:
    request = ask(scene)
    assert refused(deny, scene, request.id, why="").reason is Reason.DENIAL_NEEDS_WORDS


def test_a_denial_is_recorded_and_final(scene: Scene) -> None:
    request = ask(scene)
    view = deny(scene, request.id, why="not on Friday")
    assert (view.status, view.decided_by, view.decision) == (
        RequestStatus.DENIED,
        "lena",
        "not on Friday",
    )
    assert view.message == "lena denied this request on 24 November 2026, 12:00 UTC: not on Friday."
    entry = scene.world.entries[-1]
    assert (entry.action, entry.details["said"]) == ("request.deny", "not on Friday")
    assert not opened(scene)


def test_someone_who_approved_first_can_still_deny() -> None:
    scene = a_scene_of_requests(TWO_PEOPLE)
    request = ask(scene)
    approve(scene, request.id, "bob")
    assert deny(scene, request.id, "bob").status is RequestStatus.DENIED


def test_a_withdrawn_request_cannot_be_approved(scene: Scene) -> None:
    request = ask(scene)
    withdraw_request(scene.ports, scene.caller("alice"), request.id)
    error = refused(approve, scene, request.id)
    assert error.detail == "alice withdrew this request on 24 November 2026, 12:00 UTC."


def test_nothing_is_approved_while_frozen_or_paused(scene: Scene) -> None:
    request = ask(scene)
    for block, reason in (
        (a_block(), Reason.FROZEN),
        (a_block("acme-prod"), Reason.PAUSED_BY_CLIENT),
    ):
        scene.world.add(block)
        assert refused(approve, scene, request.id).reason is reason
        scene.world.add(replace(block, lifted_at=NOON))
    assert approve(scene, request.id).status is APPROVED


def test_a_request_can_be_denied_while_frozen(scene: Scene) -> None:
    request = ask(scene)
    scene.world.add(a_block())
    assert deny(scene, request.id).status is RequestStatus.DENIED


WEEK = an_approval_policy(answer_within=604800)


def add_lead(scene: Scene, by: Caller, id: str) -> Caller:
    """Have the lead create another, and return that one with the token from their code."""
    new = create_member(scene.ports, by, CreateMember(id=id, name=id.title(), kind=Kind.LEAD))
    return redeem(scene, new.enrolment.code)


def redeem(scene: Scene, code: str) -> Caller:
    token = enrol(scene.ports, Enrol(code=code, label="laptop"), address="198.51.100.9").token
    member = scene.stored(Member, token.member)
    return Caller(member, token, "198.51.100.9")


def refusal_by(scene: Scene, approver: Caller, request: str) -> Reason:
    return refused(approve_request, scene.ports, approver, request, ApproveRequest()).reason


def test_a_new_lead_approves_no_ones_request_for_24_hours() -> None:
    scene = a_scene_of_requests(WEEK)
    scene.world.add(a_grant_on_request("mia"))
    quinn = add_lead(scene, scene.caller("mia"), "quinn")
    requests = [ask(scene, by) for by in ("mia", "alice")]
    assert {refusal_by(scene, quinn, each.id) for each in requests} == {Reason.RIGHT_TOO_NEW}
    scene.world.later(hours=24)
    for request in requests:
        approved = approve_request(scene.ports, quinn, request.id, ApproveRequest())
        assert approved.status is APPROVED


def test_a_token_from_someone_elses_code_approves_after_24_hours(scene: Scene) -> None:
    lena = redeem(scene, create_enrolment(scene.ports, scene.caller("mia"), "lena").code)
    request = ask(scene)
    assert refusal_by(scene, lena, request.id) is Reason.RIGHT_TOO_NEW
    assert approve(scene, request.id).status is APPROVED  # with a token of her own


def explained(scene: Scene, approver: Caller, request: str) -> str:
    return refused(approve_request, scene.ports, approver, request, ApproveRequest()).detail


def test_the_refusal_says_from_when_they_count_and_who_can_approve_meanwhile(scene: Scene) -> None:
    quinn = add_lead(scene, scene.caller("mia"), "quinn")
    assert explained(scene, quinn, ask(scene).id) == (
        "Your approval counts from 25 November 2026, 12:00 UTC: what is new does not approve."
        " Until then, bob or lena or mia can approve it. You can deny it already."
    )


def test_a_firm_on_its_first_day_hears_of_the_emergency() -> None:
    scene = a_scene_of_requests(WEEK)
    scene.world.add(
        a_grant_on_request("alice", emergency=frozenset({"readonly"})),
        *(a_member(lead, kind=Kind.LEAD, kind_set_at=NOON) for lead in ("lena", "mia")),
    )
    scene.world.later(minutes=1)
    assert explained(scene, scene.caller("lena"), ask(scene).id) == (
        "Your approval counts from 25 November 2026, 12:00 UTC: what is new does not approve."
        " Until then, no one else can approve it either. In an emergency, alice can open the role"
        " themself: daypass emergency acme-prod/readonly. You can deny it already."
    )


@every("is_code", [False, True])
def test_a_lead_whose_right_is_new_reviews_no_emergency(*, is_code: bool) -> None:
    scene = an_emergency_scene()
    scene.world.add(an_emergency_grant("luis"))
    luis = scene.caller("luis")
    view = open_it(scene, by="luis")
    reviewer = (
        redeem(scene, create_enrolment(scene.ports, luis, "lena").code)
        if is_code
        else add_lead(scene, luis, "pat")
    )
    scene.world.later(minutes=1)
    error = refused(review_emergency, scene.ports, reviewer, view.id, why="all is well")
    assert error.reason is Reason.RIGHT_TOO_NEW
    assert review_it(scene, view.id, "lena").reviewed_by == "lena"  # with a token of her own
