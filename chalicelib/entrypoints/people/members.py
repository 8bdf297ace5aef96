"""For leads: members and their tokens."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http import shapes
from chalicelib.entrypoints.http.fields import MEMBER_ID, REASON, TOKEN_ID, Fields
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.entrypoints.http.schemas import listed
from chalicelib.entrypoints.http.shapes import Json
from chalicelib.entrypoints.http.values import Choice, Line, Moment
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.people import members, tokens

blueprint = Blueprint(__name__)

NAME = Line(80, "The person's name.")
KIND = Choice(Kind, "What they are to Daypass.")
LABEL = Line(60, "What the token is for, such as the machine that it is on.")
ONE = {"member": MEMBER_ID}
ONE_TOKEN = {"member": MEMBER_ID, "token": TOKEN_ID}


@route(
    blueprint,
    "POST",
    "/v1/members",
    summary="Take in a member",
    kinds=LEADS,
    action=Action.MEMBER_CREATE,
    body=Fields({"id": MEMBER_ID, "name": NAME, "kind": KIND}, required=("id", "name", "kind")),
    status=201,
    gives=shapes.MEMBER,
)
def create_member(call: Call, lead: Caller) -> Json:
    return shapes.member(members.create_member(call.ports, lead, **call.body))


@route(
    blueprint,
    "GET",
    "/v1/members",
    summary="All members",
    kinds=LEADS,
    gives=listed("members", shapes.MEMBER),
)
def list_members(call: Call, _lead: Caller) -> Json:
    return {"members": [shapes.member(one) for one in call.ports.state.members()]}


@route(
    blueprint,
    "GET",
    "/v1/members/{member}",
    summary="One member",
    kinds=LEADS,
    params=ONE,
    gives=shapes.MEMBER,
)
def show_member(call: Call, _lead: Caller) -> Json:
    return shapes.member(members.find_member(call.ports, call.path["member"]))


@route(
    blueprint,
    "PATCH",
    "/v1/members/{member}",
    summary="Change a member's name or kind",
    kinds=LEADS,
    action=Action.MEMBER_CHANGE,
    params=ONE,
    body=Fields({"name": NAME, "kind": KIND}, least=1),
    gives=shapes.MEMBER,
)
def change_member(call: Call, lead: Caller) -> Json:
    return shapes.member(members.change_member(call.ports, lead, call.path["member"], **call.body))


@route(
    blueprint,
    "POST",
    "/v1/members/{member}/revoke",
    summary="Suspend a member: every token dies, and nothing more is vended to them",
    kinds=LEADS,
    action=Action.MEMBER_REVOKE,
    params=ONE,
    body=REASON,
    gives=shapes.REVOCATION,
)
def revoke_member(call: Call, lead: Caller) -> Json:
    done = members.revoke_member(call.ports, lead, call.path["member"], why=call.body["reason"])
    return shapes.revocation(done)


@route(
    blueprint,
    "POST",
    "/v1/members/{member}/reinstate",
    summary="Let a suspended member back in; they need a new token",
    kinds=LEADS,
    action=Action.MEMBER_REINSTATE,
    params=ONE,
    gives=shapes.MEMBER,
)
def reinstate_member(call: Call, lead: Caller) -> Json:
    return shapes.member(members.reinstate_member(call.ports, lead, call.path["member"]))


@route(
    blueprint,
    "POST",
    "/v1/members/{member}/tokens",
    summary="Make an API token; its text is in this answer and nowhere else",
    kinds=LEADS,
    action=Action.TOKEN_CREATE,
    params=ONE,
    body=Fields(
        {"label": LABEL, "expires_at": Moment("90 days from now unless given, 366 at most.")},
        required=("label",),
    ),
    status=201,
    gives=shapes.NEW_TOKEN,
)
def create_token(call: Call, lead: Caller) -> Json:
    return shapes.new_token(tokens.create_token(call.ports, lead, call.path["member"], **call.body))


@route(
    blueprint,
    "GET",
    "/v1/members/{member}/tokens",
    summary="A member's tokens, the dead ones included",
    kinds=LEADS,
    params=ONE,
    gives=listed("tokens", shapes.TOKEN),
)
def list_tokens(call: Call, _lead: Caller) -> Json:
    owner = members.find_member(call.ports, call.path["member"])
    return {"tokens": [shapes.token(one) for one in call.ports.state.tokens(owner.id)]}


@route(
    blueprint,
    "GET",
    "/v1/members/{member}/tokens/{token}",
    summary="One token; its text is not kept",
    kinds=LEADS,
    params=ONE_TOKEN,
    gives=shapes.TOKEN,
)
def show_token(call: Call, _lead: Caller) -> Json:
    return shapes.token(tokens.find_token(call.ports, call.path["member"], call.path["token"]))


@route(
    blueprint,
    "PATCH",
    "/v1/members/{member}/tokens/{token}",
    summary="Change a token's label",
    kinds=LEADS,
    action=Action.TOKEN_CHANGE,
    params=ONE_TOKEN,
    body=Fields({"label": LABEL}, required=("label",)),
    gives=shapes.TOKEN,
)
def change_token(call: Call, lead: Caller) -> Json:
    return shapes.token(tokens.change_token(call.ports, lead, **call.path, **call.body))


@route(
    blueprint,
    "POST",
    "/v1/members/{member}/tokens/{token}/revoke",
    summary="Revoke one token",
    kinds=LEADS,
    action=Action.TOKEN_REVOKE,
    params=ONE_TOKEN,
    body=REASON,
    gives=shapes.REVOCATION,
)
def revoke_token(call: Call, lead: Caller) -> Json:
    done = tokens.revoke_token(call.ports, lead, **call.path, why=call.body["reason"])
    return shapes.revocation(done)
