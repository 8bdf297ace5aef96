"""A new right does not approve. The refusal says what can be done meanwhile."""

from __future__ import annotations

import pytest

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import CreateMember, Kind, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import ApproveRequest, RequestStatus
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.members import create_enrolment, create_member
from chalicelib.usecases.requests.decide import approve_request
from chalicelib.usecases.requests.emergencies import review_emergency
from tests.builders import Scene, a_grant_on_request, a_member, an_approval_policy
from tests.domain.requests.emergencies_table import an_emergency_grant
from tests.fakes import NOON
from tests.usecases.requests.emergency_scene import an_emergency_scene, open_it, review_it
from tests.usecases.requests.requesting import a_scene_of_requests, approve, ask, refused

WEEK = an_approval_policy(answer_within=604800)


@pytest.fixture
def scene() -> Scene:
    """Return the scene of requests, with mia, a lead, who asks."""
    scene = a_scene_of_requests(WEEK)
    scene.world.add(a_grant_on_request("mia"))
    return scene


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


def test_a_new_lead_approves_no_ones_request_for_24_hours(scene: Scene) -> None:
    quinn = add_lead(scene, scene.caller("mia"), "quinn")
    requests = [ask(scene, by) for by in ("mia", "alice")]
    assert {refusal_by(scene, quinn, each.id) for each in requests} == {Reason.RIGHT_TOO_NEW}
    scene.world.later(hours=24)
    for request in requests:
        approved = approve_request(scene.ports, quinn, request.id, ApproveRequest())
        assert approved.status is RequestStatus.APPROVED


def test_a_token_from_someone_elses_code_approves_after_24_hours(scene: Scene) -> None:
    lena = redeem(scene, create_enrolment(scene.ports, scene.caller("mia"), "lena").code)
    request = ask(scene)
    assert refusal_by(scene, lena, request.id) is Reason.RIGHT_TOO_NEW
    assert approve(scene, request.id).status is RequestStatus.APPROVED  # with a token of her own


def explained(scene: Scene, approver: Caller, request: str) -> str:
    return refused(approve_request, scene.ports, approver, request, ApproveRequest()).detail


def test_the_refusal_says_from_when_they_count_and_who_can_approve_meanwhile(scene: Scene) -> None:
    quinn = add_lead(scene, scene.caller("mia"), "quinn")
    assert explained(scene, quinn, ask(scene).id) == (
        "Your approval counts from 25 November 2026, 12:00 UTC: what is new does not approve."
        " Until then, lena or mia can approve it. You can deny it already."
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


@pytest.mark.parametrize("is_code", [False, True])
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
