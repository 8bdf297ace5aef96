"""The web console's pages about engagements."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.domain.evidence.timeline import Show, list_events
from chalicelib.domain.lists import NameCursor
from chalicelib.domain.text import IdPrefix
from chalicelib.domain.values import Request, sent_fields
from chalicelib.entrypoints.http.requests import EngagementPath, RolePath
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.actions.engagements.fields import describe_permissions
from chalicelib.entrypoints.web.authentication import WEB_PAGE
from chalicelib.entrypoints.web.grant_timeline import draw_grants
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import READERS
from chalicelib.usecases.engagements.listing import ENGAGEMENTS, list_engagements
from chalicelib.usecases.web.engagements.approvals import read_approvals
from chalicelib.usecases.web.engagements.client import read_client_side
from chalicelib.usecases.web.engagements.page import WAITING_SHOWN, read_engagement_page
from chalicelib.usecases.web.engagements.role import read_role_page

blueprint = Blueprint(__name__)
readers = Routes(blueprint, READERS, authentication=WEB_PAGE)


class CursorQuery(Request, frozen=True, kw_only=True):
    """A page of a list on a page."""

    cursor: NameCursor = ""


class ListQuery(CursorQuery, frozen=True, kw_only=True):
    """A page of a list, perhaps only of the IDs that begin with a text."""

    starts_with: IdPrefix = ""


@readers.get("/web/engagements")
def show_engagements(web: WebRequest, query: ListQuery) -> Response:
    """Show the engagements with their states"""
    page = list_engagements(web.ports, **sent_fields(query))
    return render_console(
        "web/engagements/list.html",
        web,
        title="Engagements",
        page=page,
        question=ENGAGEMENTS,
        query=query,
    )


@readers.get("/web/engagements/{engagement}")
def show_engagement(web: WebRequest, path: EngagementPath, query: CursorQuery) -> Response:
    """Show an engagement: its state, roles, grants, live sessions and latest trail entries"""
    page = read_engagement_page(web.ports, web.caller, path.engagement, grants_cursor=query.cursor)
    return render_console(
        "web/engagements/show.html",
        web,
        title=page.engagement.client,
        page=page,
        events=list_events(page.entries or (), Show.EVERYTHING),
        timeline=draw_grants(page.grants.items if page.grants else (), web.now),
        waiting_shown=WAITING_SHOWN,
        cursor=query.cursor,
    )


@readers.get("/web/engagements/{engagement}/roles/{role}")
def show_role(web: WebRequest, path: RolePath) -> Response:
    """Show a role: its settings, and the reports on its last check and its cut-off"""
    page = read_role_page(web.ports, path.engagement, path.role)
    return render_console(
        "web/engagements/role.html",
        web,
        title=f"{path.engagement}/{path.role}",
        page=page,
        permissions=describe_permissions(page.setup),
    )


@readers.get("/web/engagements/{engagement}/client")
def show_client_side(web: WebRequest, path: EngagementPath) -> Response:
    """Show an engagement's links to the client's page, and how live sessions can be ended"""
    page = read_client_side(web.ports, path.engagement)
    title = f"{page.engagement.client}: client and cut-offs"
    return render_console("web/engagements/client.html", web, title=title, page=page)


@readers.get("/web/engagements/{engagement}/approvals")
def show_approvals(web: WebRequest, path: EngagementPath) -> Response:
    """Show an engagement's approval policies, the client's approvers and undecided requests"""
    page = read_approvals(web.ports, web.caller, path.engagement)
    return render_console(
        "web/engagements/approvals.html",
        web,
        title=f"{page.engagement.client}: approvals",
        page=page,
    )
