"""Define how the web console's routes authenticate: by a browser's session, or not at all."""

from __future__ import annotations

from typing import Any

from chalice.app import Request, Response
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError, InvalidRequest, NotFound, Unauthenticated
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import NoFields
from chalicelib.entrypoints.http.authentication import CLIENT_LINK, call_view, read_target
from chalicelib.entrypoints.http.observability import log_refusal, read_request_id
from chalicelib.entrypoints.http.parsing import build_base_url, parse, read_query_params
from chalicelib.entrypoints.http.problems import STATUS_OF_ERROR, build_problem
from chalicelib.entrypoints.http.routes import FORM, Authentication, Function, Route, inputs_of
from chalicelib.entrypoints.web.page_errors import build_page_error
from chalicelib.entrypoints.web.rendering import render_console_problem
from chalicelib.entrypoints.web.request import find_opened, find_root, open_web_request
from chalicelib.entrypoints.web.time_limit import limit_time
from chalicelib.entrypoints.web.typed_ids import normalise_ids

_HEADINGS = {
    Reason.WEB_SESSION_OVER: "Sign in",
    Reason.WEB_LINK_REFUSED: "This link does not work",
    Reason.WEB_FORM_REFUSED: "Please send the form again",
    Reason.NO_SUCH_WEB_PAGE: "Page not found",
    Reason.LEAD_ONLY: "Only for leads",
    Reason.LEAD_OR_AUDITOR_ONLY: "Only for leads and auditors",
}


def render_web_problem(error: DaypassError, _route: Route, request: Request) -> Response:
    """Return a page that explains the error. To a member who is signed in, show it with the menu.
    If the browser is not signed in, the page says how to sign in."""
    from chalicelib.entrypoints.pages.render import find_heading, render_problem_page

    problem, request_id = build_problem(error, Surface.WEB), read_request_id(request)
    heading = _HEADINGS.get(error.reason, "")
    web = find_opened(request)
    if web is not None and not isinstance(error, Unauthenticated):
        return render_console_problem(web, problem, request_id, heading or find_heading(problem))
    root = find_root(build_base_url(request))
    back_url = f"{root}/sign-in" if isinstance(error, Unauthenticated) else root
    if isinstance(error, Unauthenticated):
        heading = heading or _HEADINGS[Reason.WEB_SESSION_OVER]
    return render_problem_page(problem, request_id, back_url, heading=heading)


def read_fields(request: Request) -> dict[str, str]:
    """Return the query's fields. A field without a value counts as not sent, because a browser
    sends all fields of a form. `done` is the framework's own."""
    fields = read_query_params(request)
    return {name: value for name, value in fields.items() if value.strip() and name != "done"}


def _serve_page(route: Route, request: Request) -> Response:
    """Authenticate the browser's session, and call the view with the parsed path and query.

    If the query is wrong, and the view needs no path, show the page without the query: with the
    error beside its field, and with what was typed.
    """
    ports = limit_time(bootstrap.ports())
    target = read_target(route, request)
    web = open_web_request(ports, request, route.kinds, route.action, target=target)
    inputs = inputs_of(route.view)
    arguments: dict[str, Any] = {
        "ports": ports,
        "web": web,
        "path": parse(inputs.path, request.uri_params or {}),
    }
    sent = normalise_ids(inputs.query, read_fields(request))
    try:
        query = parse(inputs.query, sent, from_text=True)
        return call_view(route, arguments | {"query": query})
    except (InvalidRequest, NotFound) as error:
        if not sent or route.media or inputs.path is not NoFields:
            raise
        log_refusal(request, error)
        page_error = build_page_error(error, sent, is_reader=web.is_reader)
    web = replace(web, error=replace(page_error, is_without_query=True), done="")
    response = call_view(route, arguments | {"web": web, "query": inputs.query()})
    response.status_code = page_error.status
    return response


WEB_PAGE = Authentication(
    serve=_serve_page,
    render_problem=render_web_problem,
    function=Function.WEB,
    limit=None,
    body_types=(),
    media="text/html",
    response_types=(str,),
    problem_response="ProblemPage",
    refusals=frozenset(STATUS_OF_ERROR),
)
"""For members who are signed in, of the kinds that the route names. A view can name `ports`, `web`
(the request), `path` and `query`."""

WEB_FORM = replace(
    WEB_PAGE, callers="members who are signed in to the web console", body_types=(FORM,)
)
"""For forms of members who are signed in. Each route replaces `serve`."""

WEB_SIGN_IN = replace(
    CLIENT_LINK,
    callers="anyone with the link",
    render_problem=render_web_problem,
    function=Function.WEB,
    limit=None,
    refusals=WEB_PAGE.refusals,
)
"""For browsers that are not signed in yet."""
