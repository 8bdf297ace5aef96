"""Serve the web console's pages about people: all of them, one, and a former lead's changes."""

from __future__ import annotations

from urllib.parse import urlencode

from chalice.app import Blueprint, Response

from chalicelib.domain.errors import NotFound
from chalicelib.domain.lists import NameCursor
from chalicelib.domain.reasons import Reason
from chalicelib.domain.text import IdPrefix
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request, sent_fields
from chalicelib.entrypoints.http.requests import MemberPath
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.authentication import WEB_PAGE
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE, READERS, Target, record_refusal
from chalicelib.usecases.people.lead_changes import read_lead_changes
from chalicelib.usecases.people.members import MEMBERS, find_member, list_members
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.access import ACCESS
from chalicelib.usecases.web.people.person import read_person

blueprint = Blueprint(__name__)
readers = Routes(blueprint, READERS, authentication=WEB_PAGE)
everyone = Routes(blueprint, EVERYONE, authentication=WEB_PAGE)


class PeopleQuery(Request, frozen=True, kw_only=True):
    """A page of the members, perhaps only of those whose IDs begin with a text."""

    starts_with: IdPrefix = ""
    cursor: NameCursor = ""


class PersonQuery(Request, frozen=True, kw_only=True):
    """The pages of a member's grants and of their tokens."""

    cursor: NameCursor = ""
    tokens: NameCursor = ""


@readers.get("/web/people")
def show_people(ports: Ports, web: WebRequest, query: PeopleQuery) -> Response:
    """Show all members, or those whose IDs begin with a text"""
    page = list_members(ports, **sent_fields(query))
    filters = f"?{urlencode({'starts_with': query.starts_with})}" if query.starts_with else ""
    return render_console(
        "web/people/list.html",
        web,
        title="People",
        page=page,
        question=MEMBERS,
        query=query,
        list_url=f"{web.root}/people{filters}",
    )


@everyone.get("/web/people/{member}")
def show_person(ports: Ports, web: WebRequest, path: MemberPath, query: PersonQuery) -> Response:
    """Show a member: what they may enter, and what lets them. Members see only themselves"""
    if not web.is_reader and path.member != web.caller.member.id:
        target = Target(member=path.member)
        reason = Reason.LEAD_OR_AUDITOR_ONLY
        record_refusal(ports, web.origin, web.caller.token, Action.READ, reason, target)
        raise NotFound(Reason.NO_SUCH_MEMBER)
    return _show_person(ports, web, path.member, query, f"people/{path.member}")


@everyone.get("/web/me")
def show_myself(ports: Ports, web: WebRequest, query: PersonQuery) -> Response:
    """Show yourself: what you may enter, and your tokens"""
    return _show_person(ports, web, web.caller.member.id, query, "me")


def _show_person(
    ports: Ports, web: WebRequest, member: str, query: PersonQuery, path: str
) -> Response:
    page = read_person(
        ports, web.caller, member, grants_cursor=query.cursor, tokens_cursor=query.tokens
    )
    rows = page.access.rows if page.access is not None else ()
    return render_console(
        "web/people/show.html",
        web,
        title=page.member.name,
        page=page,
        question=ACCESS,
        url=f"{web.root}/{path}",
        grants_cursor=query.cursor,
        tokens_cursor=query.tokens,
        open_count=len({row.engagement for row in rows if row.is_open and row.shut is None}),
    )


@readers.get("/web/people/{member}/changes")
def show_lead_changes(ports: Ports, web: WebRequest, path: MemberPath) -> Response:
    """Show which changes of a member who was a lead still work"""
    lead = find_member(ports, path.member)
    title = f"What {lead.name} set up and still works"
    page = read_lead_changes(ports, path.member)
    return render_console("web/people/changes.html", web, title=title, page=page, lead=lead)
