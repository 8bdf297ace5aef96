"""What a member sees of themselves: who they are to Daypass."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.members import Member
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.things import Thing
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import ANYBODY

blueprint = Blueprint(__name__)
members = Routes(blueprint, ANYBODY)


class Me(Thing, frozen=True):
    member: Member
    token: Token


@members.get("/v1/me")
def show_me(caller: Caller) -> Me:
    """Who you are to Daypass, and the token that you came with"""
    return Me(caller.member, caller.token)
