"""The right to approve and to deny a request, in time; and what each decision stores and says."""

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import NotFound
from chalicelib.domain.people.members import ChangeMember, CreateMember, Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ChangeApprovalPolicy
from chalicelib.domain.requests.requests import ApproveRequest, RequestStatus
from chalicelib.usecases.people.members import (
    change_member,
    create_enrolment,
    create_member,
    reinstate_member,
    revoke_member,
)
from chalicelib.usecases.requests.decide import approve_request
from chalicelib.usecases.requests.emergencies import confirm_emergency
from chalicelib.usecases.requests.own import withdraw_request
from chalicelib.usecases.requests.policies import change_policy
from chalicelib.usecases.requests.steps import show_request
from tests.builders import (
    a_block,
    a_grant_on_request,
    a_member,
    a_token,
    an_approval_policy,
    an_engagement,
)
from tests.domain.requests.emergencies_table import an_emergency_grant
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.refusals import refused
from tests.usecases.requests.emergency_scene import an_emergency_scene, confirm_it, open_it
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    client_approves,
    client_denies,
    deny,
    opened,
    redeem,
)
from tests.usecases.telling import Telling

APPROVED = RequestStatus.APPROVED
TWO_PEOPLE = an_approval_policy(people=2, members=frozenset({"bob"}))
WITH_CLIENT = an_approval_policy(client=True)
BY_CLIENT = an_approval_policy(leads=False, people=0, client=True)


@pytest.fixture(name="scene")
def _scene():
    return a_scene_of_requests()


def test_someone_who_may_not_know_of_it_gets_the_answer_for_no_request(scene):
    request = ask(scene)
    errors = [
        refused(decide, scene, each, "carol")
        for each in (request.id, "alice.0000000000000000", "zoe.0000000000000000")
        for decide in (approve, deny)
    ]
    assert {type(error) for error in errors} == {NotFound}
    assert {str(error) for error in errors} == {str(errors[0])}
    assert errors[0].reason is Reason.NO_SUCH_REQUEST


def test_each_decision_is_as_the_file_says(scene):
    story = Telling()
    story.begin("One lead, or bob, must approve", scene)
    first, second, withdrawn, late = [ask(scene).id for _ in range(4)]
    for by in ("carol", "alice"):
        story.do(approve, scene, first, by)
    story.do(deny, scene, first, why="")
    story.do(deny, scene, first, "bob", why="use the replica")
    scene.do(withdraw_request, withdrawn, by="alice")
    scene.later(minutes=1)
    story.do(approve, scene, second, "bob", reason="fine")
    for request in (first, withdrawn):
        story.do(approve, scene, request)
        story.do(deny, scene, request)
    scene.later(hours=1)
    story.do(approve, scene, late)
    story.do(deny, scene, late)
    scene = story.begin("Two people must approve", a_scene_of_requests(TWO_PEOPLE))
    first, second, third, fourth = [ask(scene).id for _ in range(4)]
    story.do(approve, scene, first, "bob", duration=1800)
    story.do(approve, scene, first, duration=3600)  # both can shorten
    story.do(approve, scene, first, duration=900)
    for request in (second, third, fourth):
        approve(scene, request, "bob")
    story.do(deny, scene, second, "bob")
    scene.do(change_policy, "acme-prod", ChangeApprovalPolicy(people=1))
    story.do(show_request, scene.ports, scene.caller("alice"), third)
    scene.later(minutes=1)
    story.do(approve, scene, third, "bob")
    story.do(approve, scene, fourth, "lena")
    story.hold("requests/decisions")


def test_each_decision_of_the_client_is_as_the_file_says(scene):
    story = Telling()
    both = story.begin("A lead and the client", a_scene_of_requests(WITH_CLIENT))
    request = ask(both).id
    story.do(client_approves, both, request)
    story.do(approve, both, request)
    alone = story.begin("The client alone", a_scene_of_requests(BY_CLIENT))
    first, second = ask(alone).id, ask(alone).id
    story.do(client_approves, alone, first, duration=900)
    story.do(client_denies, alone, second, "call me first")
    story.begin("The client's later choice holds for what waits", scene)
    request = ask(scene).id
    scene.add(an_engagement(requires_client_approval=True))
    story.do(approve, scene, request)
    story.hold("requests/decisions-of-clients")


def test_where_only_the_client_decides_no_lead_can_do_it_for_them():
    scene = a_scene_of_requests(an_approval_policy(leads=False, people=0))
    scene.add(an_engagement(requires_client_approval=True))
    request = ask(scene)
    assert refused(approve, scene, request.id).reason is Reason.NOT_AN_APPROVER
    assert client_approves(scene, request.id) is APPROVED
    assert opened(scene)[0].client_approved


WEEK = an_approval_policy(answer_within=604800)


def add_lead(scene, by, id):
    """Have the lead create another, and return that one with the token from their code."""
    new = create_member(scene.ports, by, CreateMember(id=id, name=id.title(), kind=Kind.LEAD))
    return redeem(scene, new.enrolment.code)


def test_each_decision_by_someone_whose_right_is_new_is_as_the_file_says():
    story = Telling()

    def begin(title):
        scene = story.begin(title, a_scene_of_requests(WEEK))
        scene.add(a_grant_on_request("mia"))
        return scene

    def decide(scene, by, request):
        story.do(approve_request, scene.ports, by, request, ApproveRequest())

    scene = begin("Lena was reinstated today, and can only deny")
    scene.do(revoke_member, "lena", by="mia")
    scene.do(reinstate_member, "lena", by="mia")
    scene.later(minutes=1)
    scene.add(replace(a_token("lena"), created_at=scene.clock))
    request = ask(scene, "mia").id
    story.do(approve, scene, request)
    story.do(deny, scene, request)
    scene = begin("Bob was made a lead today")
    scene.do(change_member, "bob", ChangeMember(kind=Kind.LEAD), by="mia")
    request = ask(scene, "mia").id
    story.do(approve, scene, request, "bob")
    scene.later(hours=24)
    story.do(approve, scene, request, "bob")
    scene = begin("Quinn is a new lead")
    quinn = add_lead(scene, scene.caller("mia"), "quinn")
    requests = [ask(scene, by).id for by in ("mia", "alice")]
    for hours in (0, 24):
        scene.later(hours=hours)
        for each in requests:
            decide(scene, quinn, each)
    scene = begin("Lena has a token from someone else's code, and one of her own")
    lena = redeem(scene, scene.do(create_enrolment, "lena", by="mia").code)
    request = ask(scene).id
    decide(scene, lena, request)
    story.do(approve, scene, request)
    scene = begin("A firm on its first day")
    scene.add(
        a_grant_on_request("alice", emergency=frozenset({"readonly"})),
        *(a_member(lead, kind=Kind.LEAD, kind_set_at=NOON) for lead in ("lena", "mia")),
    )
    scene.later(minutes=1)
    story.do(approve, scene, ask(scene).id)
    for block in (a_block(), a_block("acme-prod")):
        scene = begin("Blocked: only a denial takes effect")
        first, second = ask(scene).id, ask(scene).id
        scene.add(block)
        story.do(approve, scene, first)
        story.do(deny, scene, second)
        scene.add(replace(block, lifted_at=NOON))
        story.do(approve, scene, first)
    story.hold("requests/new-rights")


@every("is_code", [False, True])
def test_a_lead_whose_right_is_new_confirms_no_emergency(*, is_code):
    scene = an_emergency_scene()
    scene.add(an_emergency_grant("luis"))
    luis = scene.caller("luis")
    view = open_it(scene, by="luis")
    reviewer = (
        redeem(scene, create_enrolment(scene.ports, luis, "lena").code)
        if is_code
        else add_lead(scene, luis, "pat")
    )
    scene.later(minutes=1)
    error = refused(confirm_emergency, scene.ports, reviewer, view.id, why="all is well")
    assert error.reason is Reason.RIGHT_TOO_NEW
    assert confirm_it(scene, view.id, "lena").confirmed_by == "lena"  # with a token of her own


def test_no_request_waits_for_a_member_who_cannot_approve_any_more():
    scene = a_scene_of_requests()
    before = ask(scene)
    assert before.waiting_for == ("a lead or bob",)
    scene.add(a_member("bob", suspended_at=NOON))
    for request in (scene.do(show_request, before.id), ask(scene)):
        assert request.waiting_for == ("a lead",)
        assert "The request needs approval from a lead by" in request.message
    assert scene.entries[-1].details["waiting_for"] == "a lead"
