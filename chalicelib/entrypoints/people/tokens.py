"""For leads: the API tokens of members."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import ChangeToken, CreateToken, Token
from chalicelib.domain.things import Thing, sent
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.requests import Because, OneMember, OneToken
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.people import tokens
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.people.tokens import NewToken

blueprint = Blueprint(__name__)


class TokenList(Thing, frozen=True):
    tokens: tuple[Token, ...]


@route(
    blueprint,
    "POST",
    "/v1/members/{member}/tokens",
    summary="Make an API token; its text is in this answer and nowhere else",
    kinds=LEADS,
    action=Action.TOKEN_CREATE,
    named=OneMember,
    body=CreateToken,
    status=201,
)
def create_token(call: Call, lead: Caller) -> NewToken:
    return tokens.create_token(call.ports, lead, call.path.member, **sent(call.body))


@route(
    blueprint,
    "GET",
    "/v1/members/{member}/tokens",
    summary="A member's tokens, the dead ones included",
    kinds=LEADS,
    named=OneMember,
)
def list_tokens(call: Call, _lead: Caller) -> TokenList:
    owner = find_member(call.ports, call.path.member)
    return TokenList(tuple(call.ports.state.tokens(owner.id)))


@route(
    blueprint,
    "GET",
    "/v1/members/{member}/tokens/{token}",
    summary="One token; its text is not kept",
    kinds=LEADS,
    named=OneToken,
)
def show_token(call: Call, _lead: Caller) -> Token:
    return tokens.find_token(call.ports, **sent(call.path))


@route(
    blueprint,
    "PATCH",
    "/v1/members/{member}/tokens/{token}",
    summary="Change a token's label",
    kinds=LEADS,
    action=Action.TOKEN_CHANGE,
    named=OneToken,
    body=ChangeToken,
)
def change_token(call: Call, lead: Caller) -> Token:
    return tokens.change_token(call.ports, lead, **sent(call.path), label=call.body.label)


@route(
    blueprint,
    "POST",
    "/v1/members/{member}/tokens/{token}/revoke",
    summary="Revoke one token",
    kinds=LEADS,
    action=Action.TOKEN_REVOKE,
    named=OneToken,
    body=Because,
)
def revoke_token(call: Call, lead: Caller) -> Revocation:
    return tokens.revoke_token(call.ports, lead, **sent(call.path), why=call.body.reason)
