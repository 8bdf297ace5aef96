"""Serve the web console's pages about people: all of them, one, and a former lead's changes."""

from __future__ import annotations

from urllib.parse import urlencode

from chalice.app import Blueprint, Response

from chalicelib.domain.errors import NotFound
from chalicelib.domain.lists import NameCursor
from chalicelib.domain.people.enrolments import CodeProblem
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
from chalicelib.usecases.people.members import find_member, list_members
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.requests.access import ACCESS
from chalicelib.usecases.web.people.person import PersonPage, read_person

blueprint = Blueprint(__name__)
readers = Routes(blueprint, READERS, authentication=WEB_PAGE)
everyone = Routes(blueprint, EVERYONE, authentication=WEB_PAGE)

MEMBERS_SHOWN = 25
CODE_TEXTS = {
    CodeProblem.USED: "used",
    CodeProblem.REVOKED: "revoked",
    CodeProblem.EXPIRED: "expired",
    CodeProblem.MEMBER_SUSPENDED: "not valid: its member is suspended",
    CodeProblem.MEMBER_REVOKED: "not valid: its member was suspended since",
    CodeProblem.MAKER_REVOKED: "not valid: the lead who made it leads no more",
}


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
    page = list_members(ports, limit=MEMBERS_SHOWN, **sent_fields(query))
    filters = f"?{urlencode({'starts_with': query.starts_with})}" if query.starts_with else ""
    return render_console(
        "web/people/list.html",
        web,
        title="People",
        page=page,
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
        code_text=_describe_code(page),
    )


def _describe_code(page: PersonPage) -> str:
    """Return why the member's enrolment code is not valid; empty if it is, or there is none."""
    problem = page.code.problem if page.code is not None else None
    return CODE_TEXTS[problem] if problem is not None else ""


@readers.get("/web/people/{member}/changes")
def show_lead_changes(ports: Ports, web: WebRequest, path: MemberPath) -> Response:
    """Show which changes of a member who was a lead still work"""
    lead = find_member(ports, path.member)
    title = f"What {lead.name} set up and still works"
    page = read_lead_changes(ports, path.member)
    return render_console("web/people/changes.html", web, title=title, page=page, lead=lead)
