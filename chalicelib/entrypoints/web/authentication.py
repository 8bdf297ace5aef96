"""Define how the web console's routes authenticate: by a browser's session, or not at all."""

from __future__ import annotations

from typing import Any

from chalice.app import Request, Response
from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError, Unauthenticated
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.entrypoints.http.authentication import CLIENT_LINK, call_view, read_target
from chalicelib.entrypoints.http.observability import read_request_id
from chalicelib.entrypoints.http.parsing import build_base_url, parse, read_query_params
from chalicelib.entrypoints.http.problems import STATUS_OF_ERROR, build_problem
from chalicelib.entrypoints.http.routes import FORM, Authentication, Function, Route, inputs_of
from chalicelib.entrypoints.web.request import find_root, open_web_request
from chalicelib.entrypoints.web.time_limit import limit_time

_HEADINGS = {
    Reason.WEB_SESSION_OVER: "Sign in",
    Reason.WEB_LINK_REFUSED: "This link does not work",
    Reason.WEB_FORM_REFUSED: "Please send the form again",
    Reason.NO_SUCH_WEB_PAGE: "Page not found",
    Reason.LEAD_ONLY: "Only for leads",
    Reason.LEAD_OR_AUDITOR_ONLY: "Only for leads and auditors",
}


def render_web_problem(error: DaypassError, _route: Route, request: Request) -> Response:
    """Return a page that explains the error. If the browser is not signed in, the page says how to
    sign in."""
    from chalicelib.entrypoints.pages.render import render_problem_page

    root = find_root(build_base_url(request))
    back_url = f"{root}/sign-in" if isinstance(error, Unauthenticated) else root
    heading = _HEADINGS.get(error.reason, "")
    if isinstance(error, Unauthenticated):
        heading = heading or _HEADINGS[Reason.WEB_SESSION_OVER]
    return render_problem_page(
        build_problem(error, Surface.WEB), read_request_id(request), back_url, heading=heading
    )


def read_fields(request: Request) -> dict[str, str]:
    """Return the query's fields. A field without a value counts as not sent, because a browser
    sends all fields of a form. `done` is the framework's own."""
    fields = read_query_params(request)
    return {name: value for name, value in fields.items() if value.strip() and name != "done"}


def _serve_page(route: Route, request: Request) -> Response:
    """Authenticate the browser's session, and call the view with the parsed path and query."""
    ports = limit_time(bootstrap.ports())
    target = read_target(route, request)
    web = open_web_request(ports, request, route.kinds, route.action, target=target)
    inputs = inputs_of(route.view)
    arguments: dict[str, Any] = {
        "ports": ports,
        "web": web,
        "path": parse(inputs.path, request.uri_params or {}),
        "query": parse(inputs.query, read_fields(request), from_text=True),
    }
    return call_view(route, arguments)


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
