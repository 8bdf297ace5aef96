"""The ways in that several subjects share: nobody's, a member's token, an enrolment code, a link.
A view is given what it names of what `serve` has for it."""

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
    Unavailable,
    Unrecognised,
)
from chalicelib.domain.people.identities import is_identity_token
from chalicelib.domain.people.tokens import presented
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Request as Declared
from chalicelib.entrypoints.http.observability import note, request_id
from chalicelib.entrypoints.http.problems import STATUS, problem
from chalicelib.entrypoints.http.reading import base_url, json_object, parse, query, readable
from chalicelib.entrypoints.http.responses import answer, to_json
from chalicelib.entrypoints.http.routes import Authentication, Function, Route, inputs_of
from chalicelib.usecases.admission import Target, admit, sign_in
from chalicelib.usecases.ports import Ports, RequestOrigin


def called(route: Route, given: Mapping[str, Any]) -> Response:
    """Call the view with what it names of `given`, and make the response of what it returns."""
    wanted = inputs_of(route.view).names
    result = route.view(**{name: value for name, value in given.items() if name in wanted})
    if isinstance(result, Response):
        return result
    return answer(route.status, "" if result is None else to_json(result))


def parsed(route: Route, request: Request) -> dict[str, Declared]:
    """The request as the route declares it. InvalidRequest says what is wrong and where."""
    takes = inputs_of(route.view)
    return {
        "path": parse(takes.path, request.uri_params or {}),
        "query": parse(takes.query, query(request), from_text=True),
        "body": parse(takes.body, json_object(request, route.largest_body)),
    }


def readable_body(route: Route, request: Request) -> dict[str, Any]:
    """What the request asks for, whoever sends it and whatever else is wrong with it."""
    with suppress(InvalidRequest):
        body = json_object(request, route.largest_body)
        return readable(inputs_of(route.view).body, body)
    return {}


def address(request: Request) -> str:
    """Return the address that the request came from; empty where API Gateway does not say it."""
    return (request.context.get("identity") or {}).get("sourceIp") or ""


NO_AUTHENTICATION = Authentication(
    callers="anybody",
    serve=lambda route, _: called(route, {}),
    function=Function.STATIC,
)
"""For everybody: neither recognised nor asked for anything."""


def request_origin(ports: Ports, request: Request) -> RequestOrigin:
    """The token that came with the request: one of ours, or the word of an identity provider. As
    `sign_in`; Unrecognised too if there is none, or not a whole one."""
    header = request.headers.get("authorization") or ""
    scheme, _, text = header.partition(" ")
    if not text or scheme.lower() != "bearer":
        raise Unrecognised(Reason.TOKEN_MISSING)
    text = text.strip()
    token = presented(text)
    if token is None and is_identity_token(text):
        token = sign_in(ports, text)
    if token is None:
        raise Unrecognised(Reason.TOKEN_MALFORMED)
    note(request, member=token.member)
    return RequestOrigin(token, address(request))


def _member(route: Route, request: Request) -> Response:
    ports = bootstrap.ports()
    origin = request_origin(ports, request)
    caller = admit(ports, origin, route.kinds, route.action, target=_target(route, request))
    given = {"ports": ports, "caller": caller, "lead": caller, "base_url": base_url(request)}
    return called(route, parsed(route, request) | given)


def _target(route: Route, request: Request) -> Target:
    """What the request's path and query name, as far as it can be read."""
    takes = inputs_of(route.view)
    named: dict[str, str] = readable(takes.path, request.uri_params or {})
    with suppress(InvalidRequest):  # whoever is let in is told so
        named |= readable(takes.query, query(request))
    aimed = {name: named[name] for name in ("engagement", "role", "member") if name in named}
    others: dict[str, str] = {name: named[name] for name in ("token", "link") if name in named}
    return Target(**aimed, others=others)


TOKEN = Authentication(
    serve=_member,
    function=Function.API,
    entering=Function.ENTER,
    limit=None,
    needs_token=True,
    refusals=frozenset(STATUS),
)
"""For members of the kinds that the route names. A view can name `ports`, the `caller` (or `lead`),
`path`, `query`, `body`, and `base_url`, where the caller reached this API: no slash at its end."""


def authenticated_by_the_use_case(route: Route, request: Request) -> Response:
    """For the vend, which recognises its caller in its one read: a view can name the `asking`."""
    ports = bootstrap.ports()
    origin = request_origin(ports, request)
    try:
        given = parsed(route, request)
    except InvalidRequest:
        # A stranger is told nothing else.
        admit(ports, origin, route.kinds, route.action, target=_target(route, request))
        raise
    return called(route, {**given, "ports": ports, "origin": origin})


def _code(route: Route, request: Request) -> Response:
    body = parsed(route, request)["body"]
    return called(route, {"ports": bootstrap.ports(), "body": body, "address": address(request)})


ENROLMENT_CODE = Authentication(
    callers="who has the code",
    serve=_code,
    function=Function.ANONYMOUS,
    refusals=frozenset({InvalidRequest, TooLarge, AccessDenied, Conflict, Unavailable}),
)
"""For whoever has a code, which is in the body and not in the URL: a view can name `ports`, `body`
and `address`."""

CODE_AND_IDENTITY = replace(
    ENROLMENT_CODE,
    refusals=ENROLMENT_CODE.refusals | {Unrecognised},
)


def _link(route: Route, request: Request) -> Response:
    takes = inputs_of(route.view).path
    named = readable(takes, request.uri_params or {})
    path = takes(**dict.fromkeys(takes.__struct_fields__, "") | named)
    return called(route, {"ports": bootstrap.ports(), "path": path, "address": address(request)})


def _as_page(error: DaypassError, route: Route, request: Request) -> Response:
    """Return a page with the error, and a way back to the page that the link opens."""
    from chalicelib.entrypoints.pages.render import problem_page

    is_there = error.reason is not Reason.NO_SUCH_PAGE
    steps_up = route.path.count("/") - 2
    link = (request.uri_params or {}).get("link", "")
    back = "../" * steps_up + link if is_there and steps_up else ""
    return problem_page(problem(error, Surface.PAGE), request_id(request), back)


CLIENT_LINK = Authentication(
    callers="who has the link",
    serve=_link,
    render_problem=_as_page,
    function=Function.ANONYMOUS,
    body_types=(),
    media="text/html",
    gives=(str,),
    problem_response="ProblemPage",
    refusals=frozenset({InvalidRequest, NotFound, Conflict, Unavailable}),
)
"""For whoever has the link in the path of a page: a view can name `ports`, `path` and `address`.
What is malformed in the path is empty, so that nobody is told it from a wrong one."""
