"""For leads: members, and their enrolment codes."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.lists import NameCursor
from chalicelib.domain.people.enrolments import CreateEnrolment, Enrolment
from chalicelib.domain.people.members import ChangeMember, CreateMember, Member
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Thing, sent
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.requests import Because, OneMember, Paged
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.people import members
from chalicelib.usecases.people.members import NewEnrolment, TakenIn
from chalicelib.usecases.people.set_going import Suspension, suspend_member
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


class MemberList(Thing, frozen=True):
    members: tuple[Member, ...]
    cursor: NameCursor | None


@leads.post("/v1/members", Action.MEMBER_CREATE, status=201)
def create_member(ports: Ports, lead: Caller, body: CreateMember) -> TakenIn:
    """Take in a member; the enrolment code to send to them is in this answer and nowhere else"""
    return members.create_member(ports, lead, body)


@leads.get("/v1/members")
def list_members(ports: Ports, query: Paged) -> MemberList:
    """All members"""
    page = ports.state.list(Member, **sent(query))
    return MemberList(page.items, page.cursor or None)


@leads.get("/v1/members/{member}")
def show_member(ports: Ports, path: OneMember) -> Member:
    """One member"""
    return members.find_member(ports, path.member)


@leads.patch("/v1/members/{member}", Action.MEMBER_CHANGE)
def change_member(ports: Ports, lead: Caller, path: OneMember, body: ChangeMember) -> Member:
    """Change a member's name or kind"""
    return members.change_member(ports, lead, path.member, body)


@leads.post("/v1/members/{member}/revoke", Action.MEMBER_REVOKE)
def revoke_member(ports: Ports, lead: Caller, path: OneMember, body: Because) -> Suspension:
    """Suspend a member: every token and code dies, and nothing more is vended to them"""
    return suspend_member(ports, lead, path.member, why=body.reason)


@leads.post("/v1/members/{member}/reinstate", Action.MEMBER_REINSTATE)
def reinstate_member(ports: Ports, lead: Caller, path: OneMember) -> Member:
    """Let a suspended member back in; they need a new enrolment code"""
    return members.reinstate_member(ports, lead, path.member)


@leads.post("/v1/members/{member}/enrolment", Action.ENROLMENT_CREATE, status=201)
def create_enrolment(
    ports: Ports, lead: Caller, path: OneMember, body: CreateEnrolment
) -> NewEnrolment:
    """Make another enrolment code in place of the last; it is in this answer and nowhere else"""
    return members.create_enrolment(ports, lead, path.member, **sent(body))


@leads.get("/v1/members/{member}/enrolment")
def show_enrolment(ports: Ports, path: OneMember) -> Enrolment:
    """A member's last enrolment code, and what became of it; its text is not kept"""
    return members.find_enrolment(ports, path.member)


@leads.post("/v1/members/{member}/enrolment/revoke", Action.ENROLMENT_REVOKE)
def revoke_enrolment(ports: Ports, lead: Caller, path: OneMember, body: Because) -> Enrolment:
    """Withdraw an enrolment code: nobody gets a token with it any more"""
    return members.revoke_enrolment(ports, lead, path.member, why=body.reason)
