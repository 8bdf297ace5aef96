"""For every member: who they are to Daypass, and their own API tokens."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.members import Member
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import ChangeToken, Token
from chalicelib.domain.things import Thing, sent
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.requests import Because, OneOfMyTokens, Paged
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.people.tokens import TokenList
from chalicelib.usecases.admission import ANYBODY
from chalicelib.usecases.people import tokens
from chalicelib.usecases.people.tokens import NewToken
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
members = Routes(blueprint, ANYBODY)


class Me(Thing, frozen=True):
    member: Member
    token: Token


@members.get("/v1/me")
def show_me(caller: Caller) -> Me:
    """Who you are to Daypass, and the token that you came with"""
    return Me(caller.member, caller.token)


@members.get("/v1/me/tokens")
def list_my_tokens(ports: Ports, caller: Caller, query: Paged) -> TokenList:
    """Your tokens, the dead ones included"""
    page = ports.state.list(Token, member=caller.member.id, **sent(query))
    return TokenList(page.items, page.cursor or None)


@members.post("/v1/me/tokens/rotate", Action.TOKEN_ROTATE, status=201)
def rotate_my_token(ports: Ports, caller: Caller) -> NewToken:
    """Get a new token in place of the one that you came with, which is dead then"""
    return tokens.rotate_token(ports, caller)


@members.get("/v1/me/tokens/{token}")
def show_my_token(ports: Ports, caller: Caller, path: OneOfMyTokens) -> Token:
    """One of your tokens; its text is not kept"""
    return tokens.find_token(ports, caller.member.id, path.token)


@members.patch("/v1/me/tokens/{token}", Action.TOKEN_CHANGE)
def change_my_token(ports: Ports, caller: Caller, path: OneOfMyTokens, body: ChangeToken) -> Token:
    """Change the label of one of your tokens"""
    return tokens.change_token(ports, caller, path.token, label=body.label)


@members.post("/v1/me/tokens/{token}/revoke", Action.TOKEN_REVOKE)
def revoke_my_token(ports: Ports, caller: Caller, path: OneOfMyTokens, body: Because) -> Revocation:
    """Revoke one of your tokens"""
    return tokens.revoke_token(ports, caller, caller.member.id, path.token, why=body.reason)
