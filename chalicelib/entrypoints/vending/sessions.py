"""Routes that list the sessions that may be alive, and that end one of them."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.lists import TimeCursor
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Value
from chalicelib.domain.vending.session_states import ListedSession
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.entrypoints.http.requests import (
    OwnSessionPath,
    TimePageQuery,
)
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import EVERYONE, LEADS
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending import end_session, sessions

blueprint = Blueprint(__name__)
members = Routes(blueprint, EVERYONE)
leads = Routes(blueprint, LEADS)


class SessionsQuery(TimePageQuery, frozen=True, kw_only=True):
    engagement: EngagementId = ""
    """List only this engagement's sessions."""
    member: MemberId = ""
    """List only this member's sessions."""


class SessionList(Value, frozen=True):
    """A page of sessions."""

    sessions: tuple[ListedSession, ...]
    cursor: TimeCursor | None
    """The cursor to send for the next page. None on the last page."""


@leads.get("/v1/sessions")
def list_sessions(ports: Ports, query: SessionsQuery) -> SessionList:
    """List the sessions that may be alive, of one engagement, one member or all"""
    if query.member:
        find_member(ports, query.member)
    if query.engagement:
        find_engagement(ports, query.engagement)
    return _list(ports, query, member=query.member, engagement=query.engagement)


@members.get("/v1/me/sessions")
def list_my_sessions(ports: Ports, caller: Caller, query: TimePageQuery) -> SessionList:
    """List your sessions that may be alive"""
    return _list(ports, query, member=caller.member.id)


@members.post("/v1/me/sessions/{session}/end", Action.SESSION_END)
def end_my_session(ports: Ports, caller: Caller, path: OwnSessionPath) -> Revocation:
    """Give one of your sessions back, because you do not need it any more"""
    return end_session.give_back_session(ports, caller, path.session)


def _list(
    ports: Ports, query: TimePageQuery, *, member: str = "", engagement: str = ""
) -> SessionList:
    page = sessions.list_sessions_with_states(
        ports, engagement=engagement, member=member, limit=query.limit, cursor=query.cursor
    )
    return SessionList(page.items, page.cursor or None)
