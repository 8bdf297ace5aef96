"""Define how routes authenticate their callers: not at all, or by a member's token, an enrolment
code or a link to a page. A view is a route's function. It gets only the arguments that its
parameters name."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from msgspec.structs import replace

from chalicelib import bootstrap
from chalicelib.domain.errors import (
    AccessDenied,
    Conflict,
    DaypassError,
    InvalidRequest,
    NotFound,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from chalicelib.domain.one_time_secrets import LinkText
from chalicelib.domain.people.identities import is_identity_token
from chalicelib.domain.people.tokens import parse_token
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Request as RequestFields
from chalicelib.domain.values import Secret
from chalicelib.entrypoints.http.framework import Request, Response
from chalicelib.entrypoints.http.observability import add_log_fields, read_request_id
from chalicelib.entrypoints.http.parsing import (
    build_base_url,
    parse,
    parse_form,
    parse_json_body,
    parse_valid_fields,
    read_query_params,
)
from chalicelib.entrypoints.http.problems import STATUS_OF_ERROR, build_problem
from chalicelib.entrypoints.http.responses import make_response, to_json_value
from chalicelib.entrypoints.http.routes import Authentication, Function, Route, inputs_of
from chalicelib.usecases.admission import Target, admit, sign_in
from chalicelib.usecases.ports import Ports, RequestOrigin


def call_view(route: Route, available: Mapping[str, Any]) -> Response:
    """Call the route's view with those available arguments that its parameters name.

    Return the view's response, or a JSON response with the value that the view returns.
    """
    names = inputs_of(route.view).names
    result = route.view(**{name: value for name, value in available.items() if name in names})
    if isinstance(result, Response):
        return result
    return make_response(route.status, "" if result is None else to_json_value(result))


def parse_request(route: Route, request: Request) -> dict[str, RequestFields]:
    """Parse the request's path, query and body as the types that the route's view declares.

    Return them by the names `path`, `query` and `body`. Raise InvalidRequest for the first invalid
    field, and TooLarge for a body that is too long.
    """
    inputs = inputs_of(route.view)
    return {
        "path": parse(inputs.path, request.uri_params or {}),
        "query": parse(inputs.query, read_query_params(request), from_text=True),
        "body": parse(inputs.body, parse_json_body(request, route.largest_body)),
    }


def parse_valid_body_fields(route: Route, request: Request) -> dict[str, Any]:
    """Return the valid fields of the request's body. Ignore invalid ones."""
    with suppress(InvalidRequest):
        body = parse_json_body(request, route.largest_body)
        return parse_valid_fields(inputs_of(route.view).body, body)
    return {}


def find_source_address(request: Request) -> str:
    """Return the caller's IP address; empty if API Gateway does not report it."""
    return (request.context.get("identity") or {}).get("sourceIp") or ""


NO_AUTHENTICATION = Authentication(
    callers="anyone",
    serve=lambda route, _: call_view(route, {}),
    function=Function.STATIC,
)
"""For public routes, whose views have no parameters."""


def read_request_origin(ports: Ports, request: Request) -> RequestOrigin:
    """Return the request's token and IP address. The token is parsed, but not yet verified.

    For an identity provider's token, return the API token that `sign_in` puts in its place. Raise
    Unauthenticated if the request has no token or a malformed one.
    """
    header = request.headers.get("authorization") or ""
    scheme, _, text = header.partition(" ")
    if not text or scheme.lower() != "bearer":
        raise Unauthenticated(Reason.TOKEN_MISSING)
    text = text.strip()
    token = parse_token(text)
    if token is None and is_identity_token(text):
        token = sign_in(ports, text)
    if token is None:
        raise Unauthenticated(Reason.TOKEN_MALFORMED)
    add_log_fields(request, member=token.member)
    return RequestOrigin(token, find_source_address(request))


def _serve_member(route: Route, request: Request) -> Response:
    """Authenticate the member, parse the request and call the view.

    If the member may not use the route, record the refusal on the trail.
    """
    ports = bootstrap.ports()
    origin = read_request_origin(ports, request)
    caller = admit(ports, origin, route.kinds, route.action, target=read_target(route, request))
    arguments: dict[str, Any] = {"ports": ports, "api_url": build_base_url(request)}
    # A view takes the caller under one of these names.
    arguments |= dict.fromkeys(("caller", "lead", "by"), caller)
    return call_view(route, parse_request(route, request) | arguments)


def read_target(route: Route, request: Request) -> Target:
    """Return the IDs that the request's path and query name, for a trail entry about a refusal.

    They are the engagement, role, member, token and link. Ignore invalid IDs.
    """
    inputs = inputs_of(route.view)
    names: dict[str, str] = parse_valid_fields(inputs.path, request.uri_params or {})
    with suppress(InvalidRequest):  # if the caller is admitted, `parse_request` raises this error
        names |= parse_valid_fields(inputs.query, read_query_params(request))
    return build_target(names)


TARGET_FIELDS = ("engagement", "role", "member")
"""The fields of a request that a refusal's trail entry has as its own fields."""
TARGET_DETAILS = ("token", "link", "session", "request")
"""The fields of a request that a refusal's trail entry has as details."""


def build_target(fields: Mapping[str, Any]) -> Target:
    """Return the target that valid fields of a request name."""
    return Target(
        **{name: fields[name] for name in TARGET_FIELDS if name in fields},
        details={name: fields[name] for name in TARGET_DETAILS if name in fields},
    )


TOKEN = Authentication(
    serve=_serve_member,
    function=Function.API,
    assuming_function=Function.ENTER,
    limit=None,
    needs_token=True,
    refusals=frozenset(STATUS_OF_ERROR),
)
"""For members of the kinds that the route names. A view can name `ports`, the `caller`
(or `lead`, or `by`), `path`, `query`, `body`, and `api_url`, this API's URL without a trailing
slash."""


def serve_with_origin(route: Route, request: Request) -> Response:
    """Parse the request, and call a view that authenticates the caller itself.

    The view gets the `origin`: the caller's token, not yet verified, and IP address. The route that
    issues a session uses this. It reads the token from DynamoDB in the same call as everything else
    that its decision needs.
    """
    ports = bootstrap.ports()
    origin = read_request_origin(ports, request)
    try:
        arguments = parse_request(route, request)
    except InvalidRequest:
        # Only an admitted caller may learn what is wrong with the request. So refuse others first.
        admit(ports, origin, route.kinds, route.action, target=read_target(route, request))
        raise
    return call_view(route, {**arguments, "ports": ports, "origin": origin})


def _serve_enrolment(route: Route, request: Request) -> Response:
    """Call the view with the request's parsed body, which contains the enrolment code."""
    body = parse_request(route, request)["body"]
    return call_view(
        route, {"ports": bootstrap.ports(), "body": body, "address": find_source_address(request)}
    )


ENROLMENT_CODE = Authentication(
    callers="anyone with the code",
    serve=_serve_enrolment,
    function=Function.ANONYMOUS,
    refusals=frozenset({InvalidRequest, TooLarge, AccessDenied, Conflict, Unavailable}),
)
"""For holders of an enrolment code, which is in the body and not in the URL. A view can name
`ports`, `body` and `address`."""

CODE_AND_IDENTITY = replace(
    ENROLMENT_CODE,
    refusals=ENROLMENT_CODE.refusals | {Unauthenticated},
)
"""For holders of an enrolment code who also send an identity provider's token. Both are in the
body."""


def _serve_link_holder(route: Route, request: Request) -> Response:
    """Call the view with the request's parsed path, and the fields of its form. A malformed field
    of the path becomes empty text."""
    path_type = inputs_of(route.view).path
    fields = parse_valid_fields(path_type, request.uri_params or {})
    path = path_type(**dict.fromkeys(path_type.__struct_fields__, "") | fields)
    arguments = {
        "ports": bootstrap.ports(),
        "path": path,
        "form": parse_form(request.raw_body),
        "address": find_source_address(request),
    }
    return call_view(route, arguments)


class SecretLinkPath(RequestFields):
    """The path of a page. `link` is the link's secret text."""

    link: Secret[LinkText]


def render_problem_page(error: DaypassError, route: Route, request: Request) -> Response:
    """Return an HTML page that explains the error.

    It links back to the client's page, `/setup/<secret link>`, unless the request was a GET of that
    page itself, or the page does not exist.
    """
    from chalicelib.entrypoints.pages import render

    # 0 for the client's page itself, /setup/{link}, and 1 for /setup/{link}/pause.
    levels_below_page = route.path.count("/") - 2
    is_page = route.method == "GET" and not levels_below_page
    link = (request.uri_params or {}).get("link", "")
    has_page = link and not is_page and error.reason is not Reason.NO_SUCH_PAGE
    return render.render_problem_page(
        build_problem(error, Surface.PAGE),
        read_request_id(request),
        "../" * levels_below_page + link if has_page else "",
        heading=route.authentication.headings.get(error.reason, ""),
    )


CLIENT_LINK = Authentication(
    callers="anyone with the link",
    serve=_serve_link_holder,
    render_problem=render_problem_page,
    function=Function.ANONYMOUS,
    body_types=(),
    media="text/html",
    response_types=(str,),
    problem_response="ProblemPage",
    refusals=frozenset({InvalidRequest, NotFound, Conflict, Unavailable}),
)
"""For holders of a link to a client's page. A view can name `ports`, `path`, `form` and `address`.
Malformed path fields become empty text. So a malformed link and an unknown link get the same
response."""
