"""Routes that list the sessions that may be alive."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.lists import TimeCursor
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.values import Value
from chalicelib.domain.vending.sessions import Session
from chalicelib.entrypoints.http.requests import TimePageQuery
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import EVERYONE, LEADS
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending import sessions

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

    sessions: tuple[Session, ...]
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


def _list(ports: Ports, query: TimePageQuery, **filters: str) -> SessionList:
    page = sessions.list_sessions(ports, limit=query.limit, cursor=query.cursor, **filters)
    return SessionList(page.items, page.cursor or None)
