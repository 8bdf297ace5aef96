"""Define how the web console's routes authenticate: by a browser's session, or not at all.

A page begins no read after a time limit, and says which parts it could not read. So it answers
before its function is ended: API Gateway would answer in its place, without a page.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from http import HTTPStatus
from typing import Any, cast

from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import (
    DaypassError,
    InvalidRequest,
    NotFound,
    Unauthenticated,
    Unavailable,
)
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import NoFields
from chalicelib.entrypoints.http.authentication import CLIENT_LINK, call_view, read_target
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.observability import log_refusal, read_request_id
from chalicelib.entrypoints.http.parsing import build_base_url, parse, read_query_params
from chalicelib.entrypoints.http.problems import STATUS_OF_ERROR, build_problem
from chalicelib.entrypoints.http.routes import FORM, Authentication, Function, Route, inputs_of
from chalicelib.entrypoints.web.forms import normalise_ids
from chalicelib.entrypoints.web.navigation import FRAMEWORK_FIELDS
from chalicelib.entrypoints.web.page_errors import build_page_error
from chalicelib.entrypoints.web.rendering import render_console_problem
from chalicelib.entrypoints.web.request import find_opened, find_root, open_web_request
from chalicelib.usecases.ports import Ports

TIME_TO_BEGIN = 10.0
"""Seconds. One read takes 13 at most (three attempts, each with 1 s to connect and 3 to read), and
the function has 25."""


class TimeLimited:
    """A port that begins no call after the time is up. It raises Unavailable instead."""

    def __init__(self, port: object, ends_at: float) -> None:
        self._port, self._ends_at = port, ends_at

    def __getattr__(self, name: str) -> Callable[..., Any]:
        method = getattr(self._port, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            if time.monotonic() >= self._ends_at:
                raise Unavailable(Reason.RECORDS_UNAVAILABLE)
            return method(*args, **kwargs)

        return call


def limit_time(ports: Ports) -> Ports:
    """Return the ports for a page, which begin no read of a table ten seconds from now."""
    ends_at = time.monotonic() + TIME_TO_BEGIN
    state, trail = (cast("Any", TimeLimited(port, ends_at)) for port in (ports.state, ports.trail))
    return replace(ports, state=state, trail=trail)


_HEADINGS = {
    Reason.WEB_SESSION_OVER: "Sign in",
    Reason.MEMBER_SUSPENDED: "You are signed out",
    Reason.WEB_LINK_REFUSED: "This link does not work",
    Reason.WEB_FORM_REFUSED: "Please send the form again",
    Reason.NO_SUCH_WEB_PAGE: "Page not found",
    Reason.LEAD_ONLY: "Only for leads",
    Reason.LEAD_OR_AUDITOR_ONLY: "Only for leads and auditors",
}
_SIGNED_OUT = frozenset(
    {
        Reason.ENROLMENT_REFUSED,
        Reason.MEMBER_SUSPENDED,
        Reason.WEB_LINK_REFUSED,
        Reason.WEB_SIGN_IN_FAILED,
    }
)
"""Reasons whose page leads to the sign-in page, besides those of Unauthenticated."""


def render_web_problem(error: DaypassError, _route: Route, request: Request) -> Response:
    """Return a page that explains the error. To a member who is signed in, show it with the menu.
    If the browser is not signed in, the page says how to sign in."""
    from chalicelib.entrypoints.pages.render import find_heading, render_problem_page

    problem, request_id = build_problem(error, Surface.WEB), read_request_id(request)
    heading = _HEADINGS.get(error.reason, "")
    web = find_opened(request)
    if web is not None and not isinstance(error, Unauthenticated):
        return render_console_problem(web, problem, request_id, heading or find_heading(problem))
    url, label = find_root(build_base_url(request)), "Go to the first page"
    if isinstance(error, Unauthenticated) or error.reason in _SIGNED_OUT:
        url, label = f"{url}/sign-in", "Go to the sign-in page"
        heading = heading or _HEADINGS[Reason.WEB_SESSION_OVER]
    return render_problem_page(problem, request_id, url, heading=heading, back_label=label)


def read_fields(request: Request) -> dict[str, str]:
    """Return the query's fields. A field without a value counts as not sent, because a browser
    sends all fields of a form. Those about what an action did are the framework's own."""
    fields = read_query_params(request)
    return {
        name: value
        for name, value in fields.items()
        if value.strip() and name not in FRAMEWORK_FIELDS
    }


def _serve_page(route: Route, request: Request) -> Response:
    """Authenticate the browser's session, and call the view with the parsed path and query.

    If the query is wrong, show the page as it is without a query, with the error beside its field
    and with what was typed. Raise the error instead for a download (`route.media`), for a page
    about an object in its path, and if the request has no query.
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
    # Without `done`, the page does not also say that an action was done.
    web = replace(web, error=replace(page_error, is_without_query=True), done="")
    response = call_view(route, arguments | {"web": web, "query": inputs.query()})
    if response.status_code == HTTPStatus.OK:  # a redirect stays one
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
