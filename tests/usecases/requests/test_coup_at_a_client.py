"""One lead against "no access without the client's approval", through the real use cases."""

from datetime import timedelta

from chalicelib.domain.engagements.client_approvers import NameApprover
from chalicelib.domain.engagements.engagements import CreateGrant
from chalicelib.domain.people.members import CreateMember, Kind
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import ApproveRequest, CreateAccessRequest
from chalicelib.usecases.engagements.grants import create_grant
from chalicelib.usecases.people.lead_change_rules import ChangeKind
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.people.members import create_member
from chalicelib.usecases.ports import RequestOrigin
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.requests.ask import create_request
from chalicelib.usecases.requests.client.approvers import name_approver, revoke_approver
from chalicelib.usecases.requests.client.page import build_approver_page
from chalicelib.usecases.requests.client.rights import create_approver_link
from chalicelib.usecases.requests.client.rules import (
    confirm_on_page,
    remove_on_page,
    set_client_approval,
)
from chalicelib.usecases.requests.decide import approve_request
from chalicelib.usecases.vending.vend import vend
from tests.builders import (
    APPROVER_TEXT,
    READONLY,
    a_client_approver,
    an_approval_policy,
    decide_at_client,
)
from tests.rows import every
from tests.usecases.refusals import reason_of
from tests.usecases.requests.requesting import a_scene_of_requests, redeem

API_URL = "https://daypass.example.com/api"
WEEK = 7 * 24 * 3600


class Coup:
    """Lena's token is stolen. She is one of two leads, and jo approves for the client."""

    def __init__(self, *, client=True, people=0, **policy):
        rules = {"people": people, "leads": people > 0, "client": client}
        self.scene = a_scene_of_requests(an_approval_policy(**(rules | policy)))
        self.ports, self.world = self.scene.ports, self.scene.world
        self.lead = self.scene.caller("lena")
        if client:
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
        new = self.scene.do(create_member, CreateMember(id=id, name=id, kind=kind))
        self.tick()
        ghost = redeem(self.scene, new.enrolment.code)
        self.tick()
        return ghost

    def ask(self, ghost):
        readonly = frozenset({"readonly"})
        body = CreateGrant(member=ghost.member.id, roles=readonly, on_request=readonly)
        self.scene.do(create_grant, "acme-prod", body)
        access = CreateAccessRequest(role="readonly", duration=3600, reason="x")
        return create_request(self.ports, ghost, "acme-prod", access).id

    def enter(self, ghost):
        """Return why the ghost gets no session."""
        origin = RequestOrigin(PresentedToken(ghost.member.id, ghost.token.hash))
        return reason_of(vend, self.ports, origin, "acme-prod", READONLY)

    def lift(self, link):
        """Return why the link's holder cannot lift the client's rule."""
        return reason_of(set_client_approval, self.ports, link, is_required=False, address="")


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
    assert reason_of(decide_at_client, coup.ports, link, request) is Reason.NOT_CONFIRMED
    assert coup.lift(link)
    for lead in (coup.lead, second):
        reason_of(approve_request, coup.ports, lead, request, ApproveRequest())
    assert coup.enter(ghost) is Reason.CLIENT_APPROVAL_REQUIRED


def test_two_people_are_not_a_lead_and_one_whom_they_made_seconds_ago():
    coup = Coup(people=2, client=False, answer_within=WEEK)
    ghost, second = coup.enrol("ghost", Kind.MEMBER), coup.enrol("second", Kind.LEAD)
    request = coup.ask(ghost)
    coup.tick()
    coup.scene.do(approve_request, request, ApproveRequest())
    reason = reason_of(approve_request, coup.ports, second, request, ApproveRequest())
    assert reason is Reason.RIGHT_TOO_NEW
    assert coup.enter(ghost) is Reason.APPROVAL_REQUIRED


def test_a_lead_who_first_removes_the_clients_approvers_waits_for_72_hours():
    coup = Coup()
    coup.scene.do(revoke_approver, "acme-prod", "jo")
    coup.tick()
    link = coup.name()
    coup.world.later(hours=71)
    assert coup.lift(link)
    coup.scene.do(suspend_member, "lena", by="mia")
    coup.world.later(hours=48)
    assert coup.lift(link) is Reason.LEAD_SUSPENDED


def require(coup, link, *, is_required=True):
    set_client_approval(coup.ports, link, is_required=is_required, address="")
    coup.tick()


def test_two_whom_one_lead_named_do_not_free_each_other_from_that_lead():
    """They count without the client's rule, and set it themselves to confirm each other."""
    coup = Coup(client=False)
    links = {each: coup.name(each) for each in ("max", "eve")}
    coup.world.later(hours=25)
    require(coup, links["max"])
    confirm_on_page(coup.ports, links["max"], "eve", address="")
    confirm_on_page(coup.ports, links["eve"], "max", address="")
    require(coup, links["max"], is_required=False)
    changes = coup.scene.do(suspend_member, "lena", why="stolen", by="mia").lead_changes
    assert {each.id for each in changes.changes if each.kind is ChangeKind.APPROVER} >= {*links}
    coup.tick()
    require(coup, links["max"])
    assert {coup.lift(link) for link in links.values()} == {"lead-suspended"}


def test_whom_a_lead_named_can_still_be_confirmed_by_someone_of_another_lead():
    coup = Coup(client=False)
    coup.scene.add(a_client_approver(named_by="mia"))
    links = {each: coup.name(each) for each in ("max", "eve")}
    coup.world.later(hours=25)
    require(coup, links["max"])
    confirm_on_page(coup.ports, links["max"], "eve", address="")
    coup.scene.do(suspend_member, "lena", why="left", by="mia")
    coup.tick()
    page = build_approver_page(coup.ports, APPROVER_TEXT)
    assert {each.person.id for each in page.people if each.may_confirm} == {*links}
    confirm_on_page(coup.ports, APPROVER_TEXT, "eve", address="")
    coup.tick()
    assert coup.lift(links["max"]) == "lead-suspended"
    assert coup.lift(links["eve"]) is None


def test_a_confirmation_under_an_earlier_rule_does_not_count():
    """Max counts for a moment, confirms eve, who is new, and is removed before the rule stands."""
    coup = Coup(client=False)
    first = coup.name("max")
    coup.world.later(hours=23)
    second = coup.name("eve")
    coup.world.later(hours=2)
    require(coup, first)
    confirm_on_page(coup.ports, first, "eve", address="")
    require(coup, first, is_required=False)
    remove_on_page(coup.ports, APPROVER_TEXT, "max", address="")
    require(coup, APPROVER_TEXT)
    coup.world.later(hours=48)
    assert coup.lift(second) == "not-confirmed"
    confirm_on_page(coup.ports, APPROVER_TEXT, "eve", address="")
    coup.tick()
    assert coup.lift(second) is None
