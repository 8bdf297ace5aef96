"""Routes that list the sessions that may be alive, and that end one of them."""

from __future__ import annotations

from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import RowCursor, Value, sent_fields
from chalicelib.domain.vending.session_states import ListedSession
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.framework import Blueprint, Response
from chalicelib.entrypoints.http.questions import Table, answer
from chalicelib.entrypoints.http.routing import OwnSessionPath, Routes
from chalicelib.usecases.admission import LEADS, WITH_MACHINES
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.selections import SearchFilters
from chalicelib.usecases.vending import end_session
from chalicelib.usecases.vending.sessions import SESSIONS, SessionFilters

blueprint = Blueprint(__name__)
members = Routes(blueprint, WITH_MACHINES)
leads = Routes(blueprint, LEADS)


class SessionList(Value, kw_only=False):
    """A page of sessions."""

    sessions: tuple[ListedSession, ...]
    cursor: RowCursor | None
    """The cursor to send for the next page. None on the last page."""


@leads.get("/v1/sessions")
def list_sessions(
    ports: Ports, lead: Caller, query: SessionFilters
) -> SessionList | Table | Response:
    """List the sessions that may be alive, of one engagement, one member or all"""
    if query.member:
        find_member(ports, query.member)
    if query.engagement:
        find_engagement(ports, query.engagement)
    return answer(SESSIONS, ports, lead, query, SessionList)


@members.get("/v1/me/sessions")
def list_my_sessions(
    ports: Ports, caller: Caller, query: SearchFilters
) -> SessionList | Table | Response:
    """List your sessions that may be alive"""
    own = SessionFilters(member=caller.member.id, **sent_fields(query))
    return answer(SESSIONS, ports, caller, own, SessionList)


@members.post("/v1/me/sessions/{session}/end", Action.SESSION_END)
def end_my_session(ports: Ports, caller: Caller, path: OwnSessionPath) -> Revocation:
    """Give one of your sessions back, because you do not need it any more"""
    return end_session.give_back_session(ports, caller, path.session)
