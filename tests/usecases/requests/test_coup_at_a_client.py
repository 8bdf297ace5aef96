"""One lead against "no access without the client's approval", through the real use cases."""

from datetime import timedelta
from functools import partial

from chalicelib.domain.engagements.client_approvers import NameApprover
from chalicelib.domain.engagements.engagements import CreateGrant
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.enrolments import Enrol
from chalicelib.domain.people.members import Caller, CreateMember, Kind, Member
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import ApproveRequest, CreateAccessRequest
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.engagements.grants import create_grant
from chalicelib.usecases.people.enrol import enrol
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.people.members import create_member
from chalicelib.usecases.ports import RequestOrigin
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.requests.ask import create_request
from chalicelib.usecases.requests.client.approvers import name_approver, revoke_approver
from chalicelib.usecases.requests.client.rights import create_approver_link
from chalicelib.usecases.requests.client.rules import set_client_approval
from chalicelib.usecases.requests.decide import approve_request
from chalicelib.usecases.vending.vend import vend
from tests.builders import APPROVER_TEXT, an_approval_policy, decide_at_client
from tests.rows import every
from tests.usecases.requests.requesting import a_scene_of_requests

API_URL = "https://daypass.example.com/api"
WEEK = 7 * 24 * 3600


class Coup:
    """Lena's token is stolen. She is one of two leads, and jo approves for the client."""

    def __init__(self, *, people=0):
        policy = an_approval_policy(people=people, leads=people > 0, client=True)
        self.scene = a_scene_of_requests(policy)
        self.ports, self.world = self.scene.ports, self.scene.world
        self.lead = self.scene.caller("lena")
        set_client_approval(self.ports, APPROVER_TEXT, is_required=True, address="")
        self.tick()

    def tick(self):
        self.world.later(seconds=1)

    def name(self, id="max"):
        """Name an approver with an address of one's own, and return the link in the mail."""
        body = NameApprover(id=id, name=id.title(), email=f"{id}@elsewhere.example")
        approver = name_approver(self.ports, self.lead, "acme-prod", body, api_url=API_URL)
        self.tick()
        return self.link(approver)

    def link(self, approver):
        url = create_approver_link(self.ports, SystemActor("@schedule"), approver)
        return url.rpartition("/")[2]

    def enrol(self, id, kind):
        """Invent a member, and enrol as them."""
        new = create_member(self.ports, self.lead, CreateMember(id=id, name=id, kind=kind))
        self.tick()
        token = enrol(self.ports, Enrol(code=new.enrolment.code, label="x"), address="").token
        member = self.ports.state.get(Member, id)
        assert member is not None
        self.tick()
        return Caller(member, token)

    def ask(self, ghost):
        body = CreateGrant(
            member=ghost.member.id,
            roles=frozenset({"readonly"}),
            on_request=frozenset({"readonly"}),
        )
        create_grant(self.ports, self.lead, "acme-prod", body)
        access = CreateAccessRequest(role="readonly", duration=3600, reason="x")
        return create_request(self.ports, ghost, "acme-prod", access).id

    def enter(self, ghost):
        presented = PresentedToken(ghost.member.id, ghost.token.hash)
        origin = RequestOrigin(presented, "")
        vend(self.ports, origin, "acme-prod", SessionRequest(role="readonly"))


def attempt(act):
    """Return why the step was refused. None if it was not."""
    try:
        act()
    except DaypassError as error:
        return error.reason
    return None


@every("people", [0, 1, 2])
@every("hours", [0, 25, 73, 24 * 20])
def test_a_lead_who_makes_up_everyone_does_not_get_in(people, hours):
    coup = Coup(people=people)
    begun_at = coup.world.clock
    link, ghost = coup.name(), coup.enrol("ghost", Kind.MEMBER)
    second = coup.enrol("second", Kind.LEAD)
    assert coup.world.clock - begun_at < timedelta(seconds=12)
    coup.world.later(hours=hours)
    request = coup.ask(ghost)
    coup.tick()
    refused = attempt(lambda: decide_at_client(coup.ports, link, request))
    assert refused is Reason.NOT_CONFIRMED
    assert attempt(lambda: set_client_approval(coup.ports, link, is_required=False, address=""))
    for lead in (coup.lead, second):
        attempt(partial(approve_request, coup.ports, lead, request, ApproveRequest()))
    assert attempt(lambda: coup.enter(ghost)) is Reason.CLIENT_APPROVAL_REQUIRED


def test_two_people_are_not_a_lead_and_one_whom_they_made_seconds_ago():
    scene = a_scene_of_requests(an_approval_policy(people=2, answer_within=WEEK))
    coup = object.__new__(Coup)
    coup.scene, coup.ports, coup.world = scene, scene.ports, scene.world
    coup.lead = scene.caller("lena")
    ghost, second = coup.enrol("ghost", Kind.MEMBER), coup.enrol("second", Kind.LEAD)
    request = coup.ask(ghost)
    coup.tick()
    approve_request(coup.ports, coup.lead, request, ApproveRequest())
    reason = attempt(lambda: approve_request(coup.ports, second, request, ApproveRequest()))
    assert reason is Reason.RIGHT_TOO_NEW
    assert attempt(lambda: coup.enter(ghost)) is Reason.APPROVAL_REQUIRED


def test_a_lead_who_first_removes_the_clients_approvers_waits_for_72_hours():
    coup = Coup()
    revoke_approver(coup.ports, coup.lead, "acme-prod", "jo", why="left")
    coup.tick()
    link = coup.name()
    coup.world.later(hours=71)
    assert attempt(lambda: set_client_approval(coup.ports, link, is_required=False, address=""))
    coup.scene.do(suspend_member, "lena", by="mia")
    coup.world.later(hours=48)
    reason = attempt(lambda: set_client_approval(coup.ports, link, is_required=False, address=""))
    assert reason is Reason.LEAD_SUSPENDED
