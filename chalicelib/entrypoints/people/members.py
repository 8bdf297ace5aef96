"""For leads: members."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.members import ChangeMember, CreateMember, Member
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Thing
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.requests import Because, OneMember
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.people import members

blueprint = Blueprint(__name__)


class MemberList(Thing, frozen=True):
    members: tuple[Member, ...]


@route(
    blueprint,
    "POST",
    "/v1/members",
    summary="Take in a member",
    kinds=LEADS,
    action=Action.MEMBER_CREATE,
    body=CreateMember,
    status=201,
)
def create_member(call: Call, lead: Caller) -> Member:
    return members.create_member(call.ports, lead, call.body)


@route(blueprint, "GET", "/v1/members", summary="All members", kinds=LEADS)
def list_members(call: Call, _lead: Caller) -> MemberList:
    return MemberList(tuple(call.ports.state.members()))


@route(
    blueprint,
    "GET",
    "/v1/members/{member}",
    summary="One member",
    kinds=LEADS,
    named=OneMember,
)
def show_member(call: Call, _lead: Caller) -> Member:
    return members.find_member(call.ports, call.path.member)


@route(
    blueprint,
    "PATCH",
    "/v1/members/{member}",
    summary="Change a member's name or kind",
    kinds=LEADS,
    action=Action.MEMBER_CHANGE,
    named=OneMember,
    body=ChangeMember,
)
def change_member(call: Call, lead: Caller) -> Member:
    return members.change_member(call.ports, lead, call.path.member, call.body)


@route(
    blueprint,
    "POST",
    "/v1/members/{member}/revoke",
    summary="Suspend a member: every token dies, and nothing more is vended to them",
    kinds=LEADS,
    action=Action.MEMBER_REVOKE,
    named=OneMember,
    body=Because,
)
def revoke_member(call: Call, lead: Caller) -> Revocation:
    return members.revoke_member(call.ports, lead, call.path.member, why=call.body.reason)


@route(
    blueprint,
    "POST",
    "/v1/members/{member}/reinstate",
    summary="Let a suspended member back in; they need a new token",
    kinds=LEADS,
    action=Action.MEMBER_REINSTATE,
    named=OneMember,
)
def reinstate_member(call: Call, lead: Caller) -> Member:
    return members.reinstate_member(call.ports, lead, call.path.member)
