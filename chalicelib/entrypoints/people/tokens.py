"""For leads: the API tokens of members, to look at and to revoke. Nobody makes another's."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.lists import NameCursor
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.things import Thing, sent
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.requests import Because, OneMember, OneToken, Paged
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.people import tokens
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


class TokenList(Thing, frozen=True):
    tokens: tuple[Token, ...]
    cursor: NameCursor | None


@leads.get("/v1/members/{member}/tokens")
def list_tokens(ports: Ports, path: OneMember, query: Paged) -> TokenList:
    """A member's tokens, the dead ones included"""
    owner = find_member(ports, path.member)
    page = ports.state.list(Token, member=owner.id, **sent(query))
    return TokenList(page.items, page.cursor or None)


@leads.get("/v1/members/{member}/tokens/{token}")
def show_token(ports: Ports, path: OneToken) -> Token:
    """One token; its text is not kept"""
    return tokens.find_token(ports, **sent(path))


@leads.post("/v1/members/{member}/tokens/{token}/revoke", Action.TOKEN_REVOKE)
def revoke_token(ports: Ports, lead: Caller, path: OneToken, body: Because) -> Revocation:
    """Revoke one token"""
    return tokens.revoke_token(ports, lead, **sent(path), why=body.reason)
