"""Sessions: vend one, and list those that may be alive."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint, Response
from msgspec import UNSET, Meta, UnsetType

from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName
from chalicelib.domain.moments import SessionSeconds
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.text import Why
from chalicelib.domain.things import Request, Thing
from chalicelib.domain.vending.access import Wish
from chalicelib.domain.vending.sessions import Session
from chalicelib.entrypoints.http.answers import answer, to_json
from chalicelib.entrypoints.http.requests import OneEngagement
from chalicelib.entrypoints.http.routing import Call, route, vending_route
from chalicelib.entrypoints.vending.formats import (
    CredentialProcess,
    Format,
    HandedOver,
    credential_process,
    handed_over,
    script,
)
from chalicelib.usecases.admission import ANYBODY, LEADS
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.vending.sessions import live_sessions, sessions_of
from chalicelib.usecases.vending.vend import vend

blueprint = Blueprint(__name__)


class VendSession(Request, frozen=True, kw_only=True):
    role: RoleName
    duration: (
        Annotated[
            SessionSeconds,
            Meta(
                description="Seconds. The role's longest session unless given; shorter where the"
                " grant or the engagement ends sooner."
            ),
        ]
        | UnsetType
    ) = UNSET
    reason: Why | UnsetType = UNSET
    format: Format = Format.JSON


class WhichSessions(Request, frozen=True, kw_only=True):
    engagement: EngagementId | UnsetType = UNSET
    member: MemberId | UnsetType = UNSET


class SessionList(Thing, frozen=True):
    sessions: tuple[Session, ...]


@vending_route(
    blueprint,
    "/v1/engagements/{engagement}/sessions",
    summary="Vend a session: temporary credentials for one role of the engagement",
    gives=(HandedOver, CredentialProcess),
    other_types=("text/plain",),
    named=OneEngagement,
    body=VendSession,
)
def create_session(call: Call) -> Response:
    asked: VendSession = call.body
    wish = Wish(role=asked.role, duration=asked.duration or None, reason=asked.reason or "")
    given = vend(call.ports, call.asking, call.path.engagement, wish)
    match asked.format:
        case Format.JSON:
            return answer(201, to_json(handed_over(given)))
        case Format.CREDENTIAL_PROCESS:
            return answer(201, to_json(credential_process(given.credentials, given.account_id)))
    return answer(201, script(asked.format, given.credentials), "text/plain; charset=utf-8")


@route(
    blueprint,
    "GET",
    "/v1/sessions",
    summary="Every session that may be alive, of one engagement, one member or all",
    kinds=LEADS,
    query=WhichSessions,
)
def list_sessions(call: Call, _lead: Caller) -> SessionList:
    asked: WhichSessions = call.query
    if asked.member:
        find_member(call.ports, asked.member)
    if asked.engagement:
        find_engagement(call.ports, asked.engagement)
        return SessionList(live_sessions(call.ports, [asked.engagement], asked.member or ""))
    if asked.member:
        return SessionList(sessions_of(call.ports, asked.member))
    everywhere = [known.id for known in call.ports.state.engagements()]
    return SessionList(live_sessions(call.ports, everywhere))


@route(
    blueprint,
    "GET",
    "/v1/me/sessions",
    summary="Your sessions that may be alive",
    kinds=ANYBODY,
)
def list_my_sessions(call: Call, caller: Caller) -> SessionList:
    return SessionList(sessions_of(call.ports, caller.member.id))
