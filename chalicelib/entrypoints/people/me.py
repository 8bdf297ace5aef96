"""What a member sees of themselves: who they are to Daypass."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.people.members import Member
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.things import Thing
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.usecases.admission import ANYBODY

blueprint = Blueprint(__name__)


class Me(Thing, frozen=True):
    member: Member
    token: Token


@route(
    blueprint,
    "GET",
    "/v1/me",
    summary="Who you are to Daypass, and the token that you came with",
    kinds=ANYBODY,
)
def show_me(_call: Call, caller: Caller) -> Me:
    return Me(caller.member, caller.token)
