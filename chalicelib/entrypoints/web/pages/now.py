"""Serve the first page of the web console, Now, and the list of live sessions."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.domain.lists import TimeCursor
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.authentication import WEB_PAGE
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE, READERS
from chalicelib.usecases.web.now import read_now, read_sessions

blueprint = Blueprint(__name__)
everyone = Routes(blueprint, EVERYONE, authentication=WEB_PAGE)
readers = Routes(blueprint, READERS, authentication=WEB_PAGE)


class LiveSessionsQuery(Request, frozen=True, kw_only=True):
    """The page of the list of live sessions."""

    cursor: TimeCursor = ""


@everyone.get("/web")
def show_first_page(web: WebRequest) -> Response:
    """Show the page Now to leads and auditors, and their own access to members"""
    return _show_now(web)


@everyone.get("/web/now")
def show_now(web: WebRequest) -> Response:
    """Show who is in which client's account, and what needs someone"""
    return _show_now(web)


def _show_now(web: WebRequest) -> Response:
    if not web.is_reader:
        return redirect(f"{web.root}/access")
    return render_console(
        "web/now/show.html", web, title="Now", page=read_now(web.ports, web.caller)
    )


@readers.get("/web/sessions")
def show_sessions(web: WebRequest, query: LiveSessionsQuery) -> Response:
    """Show the sessions that may be alive, page by page"""
    return render_console(
        "web/now/sessions.html",
        web,
        title="Live sessions",
        page=read_sessions(web.ports, query.cursor),
        cursor=query.cursor,
    )
