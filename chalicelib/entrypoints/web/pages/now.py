"""Serve the first page of the web console, Now, and the list of live sessions."""

from __future__ import annotations

from chalice.app import Blueprint, Response

from chalicelib.domain.lists import TimeCursor
from chalicelib.domain.values import Request
from chalicelib.domain.vending.session_states import count_sessions
from chalicelib.entrypoints.http.responses import redirect
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.entrypoints.web.authentication import WEB_PAGE
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import EVERYONE, READERS
from chalicelib.usecases.lists import read_part
from chalicelib.usecases.vending.sessions import list_sessions_with_states
from chalicelib.usecases.web.now import SESSIONS_SHOWN, read_now

blueprint = Blueprint(__name__)
SESSIONS_PER_PAGE = 25
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
    page = read_now(web.ports, web.caller)
    return render_console(
        "web/now/show.html", web, title="Now", page=page, sessions_shown=SESSIONS_SHOWN
    )


@readers.get("/web/sessions")
def show_sessions(web: WebRequest, query: LiveSessionsQuery) -> Response:
    """Show the sessions that may be alive, page by page"""
    page = read_part(
        lambda: list_sessions_with_states(
            web.ports, limit=SESSIONS_PER_PAGE, cursor=query.cursor, with_given_back=True
        )
    )
    listed = page.items if page is not None else ()
    return render_console(
        "web/now/sessions.html",
        web,
        title="Live sessions",
        page=page,
        count=count_sessions({each.session.vend: each.state for each in listed}),
        cursor=query.cursor,
    )
