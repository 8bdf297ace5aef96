"""Serve the web console's pages about people: all of them, one, and a former lead's changes."""

from __future__ import annotations

from functools import partial

from chalicelib.domain.errors import NotFound, Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import sent_fields
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.routing import MemberPath
from chalicelib.entrypoints.web.list_view import build_view, download_list, show_list
from chalicelib.entrypoints.web.pages import everyone, readers
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import Target, record_refusal
from chalicelib.usecases.lists import read_parts
from chalicelib.usecases.people.lead_changes import read_lead_changes
from chalicelib.usecases.people.members import (
    MEMBERS,
    ShownEnrolment,
    find_member,
    read_enrolment,
)
from chalicelib.usecases.people.tokens import TOKENS, TokenFilters
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.access import (
    ACCESS,
    AccessFilters,
    list_ended_grants,
    read_pending_access,
)
from chalicelib.usecases.selections import ListFormat, SearchFilters
from chalicelib.usecases.vending.sessions import read_uses


@readers.get("/web/people")
def show_people(web: WebRequest, query: SearchFilters) -> Response:
    """Show all members, also suspended ones"""
    return show_list("web/people/list.html", web, MEMBERS, query)


@everyone.get("/web/people/{member}")
def show_person(ports: Ports, web: WebRequest, path: MemberPath, query: SearchFilters) -> Response:
    """Show a member: what they can access, and what gives them access. Members see only
    themselves"""
    if not web.is_reader and path.member != web.caller.member.id:
        target = Target(member=path.member)
        reason = Reason.LEAD_OR_AUDITOR_ONLY
        record_refusal(ports, web.origin, web.caller.token, Action.READ, reason, target)
        raise NotFound(Reason.NO_SUCH_MEMBER)
    return _show_person(ports, web, path.member, query)


@everyone.get("/web/me")
def show_myself(ports: Ports, web: WebRequest, query: SearchFilters) -> Response:
    """Show yourself: your access and your tokens"""
    return _show_person(ports, web, web.caller.member.id, query)


def _show_person(ports: Ports, web: WebRequest, member: str, query: SearchFilters) -> Response:
    """Show the member. The query selects from their tokens."""
    shown, filters = find_member(ports, member), TokenFilters(member=member, **sent_fields(query))
    if query.format is ListFormat.CSV:
        return download_list(web, TOKENS, filters)
    parts = read_parts(
        ports,
        {
            "access": partial(ACCESS.ask, ports, web.caller, AccessFilters(member=member)),
            "ended": partial(list_ended_grants, ports, member),
            "pending": partial(read_pending_access, ports, member),
            "tokens": partial(TOKENS.ask, ports, web.caller, filters),
            "uses": partial(read_uses, ports, member),
        },
    )
    tokens = build_view(web, TOKENS, query, parts.pop("tokens"), "#tokens")
    rows = parts["access"].items if parts["access"] is not None else ()
    return render_console(
        "web/people/show.html",
        web,
        title=shown.display_name,
        member=shown,
        question=ACCESS,
        tokens=tokens,
        working=tokens.count("works") if tokens else None,
        code=_read_code(ports, member),
        open_count=len({row.engagement for row in rows if row.is_open and row.shut is None}),
        **parts,
    )


def _read_code(ports: Ports, member: str) -> ShownEnrolment | None:
    """Return the member's last enrolment code, or None if they never had one."""
    try:
        return read_enrolment(ports, member)
    except NotFound:
        return None


@readers.get("/web/people/{member}/changes")
def show_lead_changes(ports: Ports, web: WebRequest, path: MemberPath) -> Response:
    """Show which changes of a member who was a lead still work"""
    lead = find_member(ports, path.member)
    title = f"What {lead.name} set up that is still active"
    page = read_lead_changes(ports, path.member)
    return render_console("web/people/changes.html", web, title=title, page=page, lead=lead)
