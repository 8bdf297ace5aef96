"""Define how routes authenticate their callers: not at all, or by a member's token, an enrolment
code or the link to a client's page. A view gets only the arguments that its parameters name."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from chalice.app import Request, Response
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
from chalicelib.domain.people.identities import is_identity_token
from chalicelib.domain.people.tokens import parse_token
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Request as RequestFields
from chalicelib.entrypoints.http.observability import annotate, request_id
from chalicelib.entrypoints.http.parsing import (
    base_url,
    parse,
    parse_json_body,
    readable_fields,
    single_query_params,
)
from chalicelib.entrypoints.http.problems import STATUS, problem
from chalicelib.entrypoints.http.responses import make_response, to_json
from chalicelib.entrypoints.http.routes import Authentication, Function, Route, inputs_of
from chalicelib.usecases.admission import Target, admit, sign_in
from chalicelib.usecases.ports import Ports, RequestOrigin


def call_view(route: Route, available: Mapping[str, Any]) -> Response:
    """Call the route's view with the available arguments that it names, and return its response."""
    names = inputs_of(route.view).names
    result = route.view(**{name: value for name, value in available.items() if name in names})
    if isinstance(result, Response):
        return result
    return make_response(route.status, "" if result is None else to_json(result))


def parse_request(route: Route, request: Request) -> dict[str, RequestFields]:
    """Parse the request as the route declares it. InvalidRequest names the first invalid field."""
    inputs = inputs_of(route.view)
    return {
        "path": parse(inputs.path, request.uri_params or {}),
        "query": parse(inputs.query, single_query_params(request), from_text=True),
        "body": parse(inputs.body, parse_json_body(request, route.largest_body)),
    }


def readable_body_fields(route: Route, request: Request) -> dict[str, Any]:
    """Return the valid fields of the request's body, ignoring invalid ones."""
    with suppress(InvalidRequest):
        body = parse_json_body(request, route.largest_body)
        return readable_fields(inputs_of(route.view).body, body)
    return {}


def source_address(request: Request) -> str:
    """Return the caller's IP address; empty if API Gateway does not report it."""
    return (request.context.get("identity") or {}).get("sourceIp") or ""


NO_AUTHENTICATION = Authentication(
    callers="anyone",
    serve=lambda route, _: call_view(route, {}),
    function=Function.STATIC,
)
"""For public routes."""


def request_origin(ports: Ports, request: Request) -> RequestOrigin:
    """Return the request's API token and IP address, before Daypass authenticates them. For an
    identity token, return the API token that stands for it (see `sign_in`). Raise Unauthenticated
    if the request has no token or a malformed one."""
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
    annotate(request, member=token.member)
    return RequestOrigin(token, source_address(request))


def _serve_member(route: Route, request: Request) -> Response:
    """Admit the member, parse the request and call the view. A refusal goes on the trail."""
    ports = bootstrap.ports()
    origin = request_origin(ports, request)
    caller = admit(ports, origin, route.kinds, route.action, target=_target_of(route, request))
    arguments = {"ports": ports, "caller": caller, "lead": caller, "base_url": base_url(request)}
    return call_view(route, parse_request(route, request) | arguments)


def _target_of(route: Route, request: Request) -> Target:
    """Return the engagement, role, member and other IDs that the request names in its path and
    query, for the trail. Ignore invalid ones."""
    inputs = inputs_of(route.view)
    names: dict[str, str] = readable_fields(inputs.path, request.uri_params or {})
    with suppress(InvalidRequest):  # an admitted caller gets this error later
        names |= readable_fields(inputs.query, single_query_params(request))
    target = {name: names[name] for name in ("engagement", "role", "member") if name in names}
    details: dict[str, str] = {name: names[name] for name in ("token", "link") if name in names}
    return Target(**target, details=details)


TOKEN = Authentication(
    serve=_serve_member,
    function=Function.API,
    assuming_function=Function.ENTER,
    limit=None,
    needs_token=True,
    refusals=frozenset(STATUS),
)
"""For members of the kinds that the route names. A view can name `ports`, the `caller` (or `lead`),
`path`, `query`, `body`, and `base_url`, this API's URL without a trailing slash."""


def serve_with_origin(route: Route, request: Request) -> Response:
    """Call a view that authenticates the caller itself. The vend does so, to read the caller's
    token and the facts of its decision in one call. The view can name the `origin`."""
    ports = bootstrap.ports()
    origin = request_origin(ports, request)
    try:
        arguments = parse_request(route, request)
    except InvalidRequest:
        # Only an admitted caller may learn what is wrong with the request.
        admit(ports, origin, route.kinds, route.action, target=_target_of(route, request))
        raise
    return call_view(route, {**arguments, "ports": ports, "origin": origin})


def _serve_enrolment(route: Route, request: Request) -> Response:
    """Call the view with the request's body, which contains the code."""
    body = parse_request(route, request)["body"]
    return call_view(
        route, {"ports": bootstrap.ports(), "body": body, "address": source_address(request)}
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
"""For holders of an enrolment code who also send an identity token, in the body too."""


def _serve_link(route: Route, request: Request) -> Response:
    """Call the view with the request's path, in which invalid fields are empty."""
    path_type = inputs_of(route.view).path
    fields = readable_fields(path_type, request.uri_params or {})
    path = path_type(**dict.fromkeys(path_type.__struct_fields__, "") | fields)
    return call_view(
        route, {"ports": bootstrap.ports(), "path": path, "address": source_address(request)}
    )


def _render_problem_page(error: DaypassError, route: Route, request: Request) -> Response:
    """Return an HTML page that explains the error. It links back to the client's page, unless that
    does not exist."""
    from chalicelib.entrypoints.pages.render import problem_page

    page_exists = error.reason is not Reason.NO_SUCH_PAGE
    path_depth = route.path.count("/") - 2
    link = (request.uri_params or {}).get("link", "")
    link_back = "../" * path_depth + link if page_exists and path_depth else ""
    return problem_page(problem(error, Surface.PAGE), request_id(request), link_back)


CLIENT_LINK = Authentication(
    callers="anyone with the link",
    serve=_serve_link,
    render_problem=_render_problem_page,
    function=Function.ANONYMOUS,
    body_types=(),
    media="text/html",
    response_types=(str,),
    problem_response="ProblemPage",
    refusals=frozenset({InvalidRequest, NotFound, Conflict, Unavailable}),
)
"""For holders of a link to a client's page. A view can name `ports`, `path` and `address`.
Malformed path fields become empty, so that a malformed link and an
unknown link get the same response."""
