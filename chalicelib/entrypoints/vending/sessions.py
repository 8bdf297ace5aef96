"""Sessions: vend one, and list those that may be alive."""

from __future__ import annotations

from typing import Annotated

from chalice.app import Blueprint, Response
from chalice.app import Request as ChaliceRequest
from msgspec import Meta
from msgspec.structs import replace

from chalicelib.domain.identifiers import EngagementId, MemberId, RoleName
from chalicelib.domain.lists import TimeCursor
from chalicelib.domain.moments import SessionSeconds
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.text import Why
from chalicelib.domain.things import Request, Thing, takes
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.access import Wish
from chalicelib.domain.vending.credentials import VendedSession
from chalicelib.domain.vending.sessions import Session
from chalicelib.entrypoints.http.answers import answer, to_json
from chalicelib.entrypoints.http.declared import OWN_LIMIT, Route
from chalicelib.entrypoints.http.observability import request_id
from chalicelib.entrypoints.http.requests import OneEngagement, PagedByTime
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.http.ways import TOKEN, readable_body, recognised_by_the_use_case
from chalicelib.entrypoints.vending.formats import (
    CredentialProcess,
    Format,
    refusal,
    script,
)
from chalicelib.usecases.admission import ANYBODY, LEADS
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Asking, Ports
from chalicelib.usecases.vending import sessions
from chalicelib.usecases.vending.vend import vend

blueprint = Blueprint(__name__)
members = Routes(blueprint, ANYBODY)
leads = Routes(blueprint, LEADS)
_LINES = "text/plain; charset=utf-8"


class VendSession(Request, frozen=True, kw_only=True):
    role: Annotated[
        RoleName,
        takes("the name of one of your roles, as GET /v1/me/engagements lists them"),
    ]
    duration: (
        Annotated[
            SessionSeconds,
            Meta(
                description="Seconds. The role's longest session unless given; shorter where the"
                " grant or the engagement ends sooner."
            ),
        ]
        | None
    ) = None
    reason: Why = ""
    format: Format = Format.JSON


class WhichSessions(PagedByTime, frozen=True, kw_only=True):
    engagement: EngagementId = ""
    member: MemberId = ""


class SessionList(Thing, frozen=True):
    """Some sessions; `cursor` is null where there are no more."""

    sessions: tuple[Session, ...]
    cursor: TimeCursor | None


def _as_asked(problem: Response, route: Route, request: ChaliceRequest) -> Response:
    """A refusal in the form of the session that was wanted: whoever has it evaluated is to see it,
    and to have no session of another client's left."""
    form = readable_body(route, request).get("format", Format.JSON)
    if form is not Format.JSON:
        told = problem.body
        which = f"{told['field']}: " if "field" in told else ""
        says = f"Daypass: {which}{told['detail']} ({told['reason']}, request {request_id(request)})"
        problem.body = refusal(form, says)
        problem.headers["Content-Type"] = _LINES
    return problem


VENDING = replace(
    TOKEN,
    serve=recognised_by_the_use_case,
    render_problem=_as_asked,
    limit=OWN_LIMIT,
    other_types=("text/plain",),
    gives=(VendedSession, CredentialProcess),
    problem_response="ProblemAsAsked",
)
vending = Routes(blueprint, ANYBODY, way_in=VENDING)


@vending.post("/v1/engagements/{engagement}/sessions", Action.VEND, status=201, enters=True)
def create_session(
    ports: Ports, asking: Asking, path: OneEngagement, body: VendSession
) -> Response:
    """Vend a session: temporary credentials for one role of the engagement"""
    wish = Wish(role=body.role, duration=body.duration, reason=body.reason)
    given = vend(ports, asking, path.engagement, wish)
    match body.format:
        case Format.JSON:
            return answer(201, to_json(given))
        case Format.CREDENTIAL_PROCESS:
            process = CredentialProcess(credentials=given.credentials, account_id=given.account_id)
            return answer(201, to_json(process))
    return answer(201, script(body.format, given.credentials), _LINES)


@leads.get("/v1/sessions")
def list_sessions(ports: Ports, query: WhichSessions) -> SessionList:
    """Sessions that may be alive, of one engagement, one member or all"""
    if query.member:
        find_member(ports, query.member)
    if query.engagement:
        find_engagement(ports, query.engagement)
    return _list(ports, query, member=query.member, engagement=query.engagement)


@members.get("/v1/me/sessions")
def list_my_sessions(ports: Ports, caller: Caller, query: PagedByTime) -> SessionList:
    """Your sessions that may be alive"""
    return _list(ports, query, member=caller.member.id)


def _list(ports: Ports, query: PagedByTime, **which: str) -> SessionList:
    page = sessions.list_sessions(ports, limit=query.limit, cursor=query.cursor, **which)
    return SessionList(page.items, page.cursor or None)
