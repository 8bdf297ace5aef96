"""A lead who makes another lead today gains nothing by letting that lead give the rights on."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.client_approvers import ClientApprover, NameApprover
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import CreateMember, Kind, Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ChangeApprovalPolicy
from chalicelib.domain.requests.requests import ApproveRequest, RequestStatus
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.members import create_enrolment, create_member
from chalicelib.usecases.requests.client.approvers import name_approver
from chalicelib.usecases.requests.decide import approve_as_client, approve_request
from chalicelib.usecases.requests.emergencies import review_emergency
from chalicelib.usecases.requests.policies import change_policy
from tests.builders import Scene, a_grant_on_request, an_approval_policy, an_approver_link
from tests.domain.requests.emergencies_table import an_emergency_grant
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
    member = scene.ports.state.get(Member, token.member)
    assert member is not None
    return Caller(member, token, "198.51.100.9")


def refusal_by(scene: Scene, approver: Caller, request: str) -> Reason:
    return refused(approve_request, scene.ports, approver, request, ApproveRequest()).reason


def test_the_lead_that_the_askers_new_lead_made_does_not_approve(scene: Scene) -> None:
    quinn = add_lead(scene, add_lead(scene, scene.caller("mia"), "pat"), "quinn")
    request = ask(scene, "mia")
    assert refusal_by(scene, quinn, request.id) is Reason.RIGHT_TOO_NEW
    scene.world.later(hours=24)
    approved = approve_request(scene.ports, quinn, request.id, ApproveRequest())
    assert approved.status is RequestStatus.APPROVED


def test_a_token_from_the_code_of_the_askers_new_lead_does_not_approve(scene: Scene) -> None:
    pat = add_lead(scene, scene.caller("mia"), "pat")
    lena = redeem(scene, create_enrolment(scene.ports, pat, "lena").code)
    request = ask(scene, "mia")
    assert refusal_by(scene, lena, request.id) is Reason.RIGHT_TOO_NEW
    assert approve(scene, request.id).status is RequestStatus.APPROVED  # with a token of her own


def test_a_token_from_the_askers_code_gives_no_one_a_right(scene: Scene) -> None:
    lena = redeem(scene, create_enrolment(scene.ports, scene.caller("mia"), "lena").code)
    quinn = add_lead(scene, lena, "quinn")
    assert refusal_by(scene, quinn, ask(scene, "mia").id) is Reason.RIGHT_TOO_NEW


def test_everyone_the_askers_new_lead_names_does_not_approve() -> None:
    scene = a_scene_of_requests(an_approval_policy(leads=False, people=0))
    scene.world.add(a_grant_on_request("mia"))
    pat = add_lead(scene, scene.caller("mia"), "pat")
    body = ChangeApprovalPolicy(people=1, leads=True, members=frozenset({"bob"}))
    change_policy(scene.ports, pat, "acme-prod", "", body)
    request = ask(scene, "mia")
    for approver in ("bob", "lena"):
        assert refusal_by(scene, scene.caller(approver), request.id) is Reason.RIGHT_TOO_NEW
    assert approve(scene, ask(scene).id, "bob").status is RequestStatus.APPROVED


def test_the_clients_approver_everyone_the_askers_new_lead_names_does_not_approve() -> None:
    scene = a_scene_of_requests(an_approval_policy(leads=False, people=0, client=True))
    scene.world.add(a_grant_on_request("mia"))
    pat = add_lead(scene, scene.caller("mia"), "pat")
    body = NameApprover(id="max", name="Max", email="max@elsewhere.example")
    maxim = name_approver(scene.ports, pat, "acme-prod", body, api_url="https://d.example/api")
    assert maxim.named_by == "pat"
    link = replace(an_approver_link(), approver="max", created_at=scene.world.clock)
    scene.world.add(link)
    request = ask(scene, "mia")

    def approve_as(approver: ClientApprover) -> None:
        approve_as_client(scene.ports, link, approver, request.id, ApproveRequest())

    assert refused(approve_as, maxim).reason is Reason.RIGHT_TOO_NEW


def test_a_lead_made_long_ago_gives_rights_of_their_own(scene: Scene) -> None:
    pat = add_lead(scene, scene.caller("mia"), "pat")
    scene.world.later(hours=24)
    quinn = add_lead(scene, pat, "quinn")
    request = ask(scene, "mia")
    approved = approve_request(scene.ports, quinn, request.id, ApproveRequest())
    assert approved.status is RequestStatus.APPROVED


@pytest.mark.parametrize("is_code", [False, True])
def test_a_lead_whose_right_comes_from_the_member_reviews_no_emergency_of_theirs(
    *, is_code: bool
) -> None:
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
