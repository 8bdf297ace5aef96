"""Routes that list the sessions that may be active, end one of them, show the freeze and the
cut-offs, and explain the access of a member."""

from __future__ import annotations

from enum import StrEnum

from chalicelib.domain.identifiers import EngagementId, MemberId
from chalicelib.domain.moments import SessionSeconds
from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import (
    USUAL_LIMIT,
    Limit,
    PairCursor,
    Request,
    RowCursor,
    Value,
    sent_fields,
)
from chalicelib.domain.vending.access import CallerKind, SessionRequest
from chalicelib.domain.vending.cut_off.view import CutOffView
from chalicelib.domain.vending.explain import Explanation
from chalicelib.domain.vending.session_states import ListedSession
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.stops.block_status import FreezeStatus
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.questions import Table, render_answer
from chalicelib.entrypoints.http.routing import (
    OwnSessionPath,
    RolePath,
    leads,
    readers,
    with_machines,
)
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.selections import SearchFilters
from chalicelib.usecases.vending import end_session
from chalicelib.usecases.vending.blocks.freezing import find_freeze
from chalicelib.usecases.vending.cut_offs import listing
from chalicelib.usecases.vending.explain import explain_to_caller
from chalicelib.usecases.vending.sessions import SESSIONS, SessionFilters


class SessionList(Value, kw_only=False):
    """A page of sessions."""

    sessions: tuple[ListedSession, ...]
    cursor: RowCursor | None
    """The cursor to send for the next page. None on the last page."""


@leads.get("/v1/sessions")
def list_sessions(
    ports: Ports, lead: Caller, query: SessionFilters
) -> SessionList | Table | Response:
    """List the sessions that may be active, of one engagement, one member or all"""
    if query.member:
        find_member(ports, query.member)
    if query.engagement:
        find_engagement(ports, query.engagement)
    return render_answer(SESSIONS, ports, lead, query, SessionList)


@with_machines.get("/v1/me/sessions")
def list_my_sessions(
    ports: Ports, caller: Caller, query: SearchFilters
) -> SessionList | Table | Response:
    """List your sessions that may be active"""
    own = SessionFilters(member=caller.member.id, **sent_fields(query))
    return render_answer(SESSIONS, ports, caller, own, SessionList)


@with_machines.post("/v1/me/sessions/{session}/end", Action.SESSION_END)
def end_my_session(ports: Ports, caller: Caller, path: OwnSessionPath) -> Revocation:
    """Give one of your sessions back, because you do not need it any more"""
    return end_session.give_back_session(ports, caller, path.session)


@readers.get("/v1/freeze")
def show_freeze(ports: Ports) -> FreezeStatus:
    """Show whether Daypass is frozen, and the sessions that may still be active"""
    return FreezeStatus.from_block(find_freeze(ports), ports.now())


class CutOffsQuery(Request):
    engagement: EngagementId = ""
    """List only this engagement's cut-offs."""
    limit: Limit = USUAL_LIMIT
    """The most roles on the page, 30 at most. A role can have several cut-offs."""
    cursor: PairCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page."""


class CutOffList(Value, kw_only=False):
    """A page of cut-offs."""

    cut_offs: tuple[CutOffView, ...]
    cursor: PairCursor | None
    """The cursor to send for the next page. None on the last page."""


@readers.get("/v1/cut-offs")
def list_cut_offs(ports: Ports, query: CutOffsQuery) -> CutOffList:
    """List the cut-offs whose sessions may be active, with their progress"""
    if query.engagement:
        find_engagement(ports, query.engagement)
    page = listing.list_cut_offs(ports, **sent_fields(query))
    return CutOffList(page.items, page.cursor or None)


class ReasonGiven(StrEnum):
    """The answer to: does the member give a reason for the session?"""

    YES = "yes"
    NO = "no"


class ExplainSession(Request):
    """A session that a member may or may not get."""

    member: MemberId = ""
    """The member. Only leads and auditors may name another. Default: yourself."""
    reason: ReasonGiven = ReasonGiven.YES
    """`no` if the member gives no reason for the session."""
    caller: CallerKind = CallerKind.PERSON
    """`agent` if a program that works for the member by itself uses the session."""
    duration: SessionSeconds | None = None
    """The session's duration in seconds. Default: the role's longest session."""

    def build_request(self, role: str) -> SessionRequest:
        reason = "a reason" if self.reason is ReasonGiven.YES else ""
        return SessionRequest(role=role, duration=self.duration, reason=reason, caller=self.caller)


@with_machines.get("/v1/engagements/{engagement}/roles/{role}/why")
def explain(ports: Ports, caller: Caller, path: RolePath, query: ExplainSession) -> Explanation:
    """Explain why Daypass would vend a session for the role now, or would not"""
    return explain_to_caller(
        ports,
        caller,
        member=query.member or caller.member.id,
        engagement=path.engagement,
        request=query.build_request(path.role),
    )
