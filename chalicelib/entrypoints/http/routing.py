"""The door: every request comes in here, is recognised, parsed, and answered.

Chalice's middleware never sees what a view raises, so failures become answers in this decorator.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError, InvalidRequest, Unrecognised
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import presented
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.fields import NOTHING, Fields
from chalicelib.entrypoints.http.observability import note, report, request_id, warn
from chalicelib.entrypoints.http.problems import answer, framework_problem, problem
from chalicelib.entrypoints.http.requests import LARGEST_BODY, base_url, json_object, query
from chalicelib.entrypoints.http.schemas import TEXT
from chalicelib.entrypoints.http.values import Schema
from chalicelib.usecases.admission import ANYBODY, admit
from chalicelib.usecases.ports import Asking, Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request that was let in. `path`, `query` and `body` are parsed."""

    ports: Ports
    asking: Asking
    path: dict[str, Any]
    query: dict[str, Any]
    body: dict[str, Any]
    base_url: str
    """Where the caller reached this API: no slash at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """All that is known of a route: enough to serve it, and to describe it."""

    method: str
    path: str
    summary: str
    kinds: frozenset[Kind]
    action: Action
    params: Fields
    query: Fields
    body: Fields
    status: int
    gives: Schema
    public: bool = False
    is_page: bool = False
    """For people: whatever goes wrong is told in HTML as well."""
    media: str = "application/json"
    other_types: tuple[str, ...] = field(default=())
    largest_body: int = LARGEST_BODY


ROUTES: list[Route] = []

View = Callable[[Call, Caller], Any]


def public(
    blueprint: Blueprint, path: str, *, summary: str, gives: Schema
) -> Callable[[Callable[[], Any]], Any]:
    """A route for everybody: no token, no input."""
    route = Route(
        method="GET",
        path=path,
        summary=summary,
        kinds=frozenset(),
        action=Action.READ,
        params=NOTHING,
        query=NOTHING,
        body=NOTHING,
        status=200,
        gives=gives,
        public=True,
    )

    def decorate(view: Callable[[], Any]) -> Any:
        def serve(_request: Request) -> Response:
            return answer(route.status, view())

        return _register(blueprint, route, serve)

    return decorate


def route(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    summary: str,
    kinds: frozenset[Kind],
    gives: Schema,
    action: Action = Action.READ,
    params: Mapping[str, Any] | None = None,
    query: Fields = NOTHING,
    body: Fields = NOTHING,
    status: int = 200,
    largest_body: int = LARGEST_BODY,
) -> Callable[[View], Any]:
    """A route for members of these kinds. The view gets the parsed request and who is calling."""
    known = Route(
        method=method,
        path=path,
        summary=summary,
        kinds=kinds,
        action=action,
        params=Fields(params or {}),
        query=query,
        body=body,
        status=status,
        gives=gives,
        largest_body=largest_body,
    )

    def decorate(view: View) -> Any:
        def serve(request: Request) -> Response:
            ports, asking = bootstrap.ports(), who_is_asking(request)
            caller = admit(ports, asking, kinds, action)
            return answer(status, view(parse(known, request, ports, asking), caller))

        return _register(blueprint, known, serve)

    return decorate


def vending_route(
    blueprint: Blueprint,
    path: str,
    *,
    summary: str,
    gives: Schema,
    params: Mapping[str, Any],
    body: Fields,
    other_types: tuple[str, ...],
) -> Callable[[Callable[[Call], Response]], Any]:
    """The route that vends: the use case itself recognises the caller, in its one read."""
    known = Route(
        method="POST",
        path=path,
        summary=summary,
        kinds=ANYBODY,
        action=Action.VEND,
        params=Fields(params),
        query=NOTHING,
        body=body,
        status=201,
        gives=gives,
        other_types=other_types,
    )

    def decorate(view: Callable[[Call], Response]) -> Any:
        def serve(request: Request) -> Response:
            ports, asking = bootstrap.ports(), who_is_asking(request)
            try:
                call = parse(known, request, ports, asking)
            except InvalidRequest:
                admit(ports, asking, ANYBODY, Action.VEND)  # a stranger is told nothing else
                raise
            return view(call)

        return _register(blueprint, known, serve)

    return decorate


def page_route(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    summary: str,
    params: Mapping[str, Any],
    status: int = 200,
    media: str = "text/html",
) -> Callable[[Callable[..., Response]], Any]:
    """A route of a page, for whoever has the link in its path: no token, and no other input.

    The path is only described and not parsed: what is not well-formed is not there either, and
    nobody is told the difference.
    """
    known = Route(
        method=method,
        path=path,
        summary=summary,
        kinds=frozenset(),
        action=Action.READ,
        params=Fields(params),
        query=NOTHING,
        body=NOTHING,
        status=status,
        gives=TEXT,
        public=True,
        is_page=True,
        media=media,
    )

    def decorate(view: Callable[..., Response]) -> Any:
        def serve(request: Request) -> Response:
            return view(bootstrap.ports(), **(request.uri_params or {}))

        return _register(blueprint, known, serve)

    return decorate


def _register(blueprint: Blueprint, known: Route, serve: Callable[[Request], Response]) -> Any:
    ROUTES.append(known)

    def behind_the_door(**_path: str) -> Response:
        request: Request = blueprint.current_request
        try:
            return serve(request)
        except DaypassError as error:
            note(request, reason=error.reason.value)
            if error.reason is Reason.TOKEN_UNKNOWN:
                note(request, member="")  # the token's word for it, and it is not known
            if error.__cause__ is not None:
                warn(request_id(request), error.__cause__)
            return _told(known, request, problem(error))
        except Exception as bug:  # noqa: BLE001 - the last line of defence answers for every bug
            report(request_id(request), bug)
            note(request, reason=Reason.BUG.value)
            return _told(known, request, framework_problem(500))

    behind_the_door.__name__ = f"{known.method} {known.path}"
    behind_the_door.has_door = True  # type: ignore[attr-defined]
    # A page reads no body, so nobody is told, in JSON, that theirs is of the wrong type.
    takes = [] if known.is_page else ["application/json"]
    register = blueprint.route(known.path, methods=[known.method], content_types=takes)
    return register(behind_the_door)


def _told(known: Route, request: Request, problem: Response) -> Response:
    """The problem as this route tells it. A page leads back to where the link leads."""
    if not known.is_page:
        return problem
    from chalicelib.entrypoints.pages.render import problem_page

    found = problem.body["reason"] != Reason.NO_SUCH_PAGE
    steps_up = known.path.count("/") - 2
    link = (request.uri_params or {}).get("link", "")
    back = "../" * steps_up + link if found and steps_up else ""
    return problem_page(problem, request_id(request), back)


def who_is_asking(request: Request) -> Asking:
    """The token that came with the request. Unrecognised if there is none, or not a whole one."""
    header = request.headers.get("authorization") or ""
    scheme, _, text = header.partition(" ")
    if not text or scheme.lower() != "bearer":
        raise Unrecognised(Reason.TOKEN_MISSING)
    token = presented(text.strip())
    if token is None:
        raise Unrecognised(Reason.TOKEN_MALFORMED)
    note(request, member=token.member)
    address = (request.context.get("identity") or {}).get("sourceIp") or ""
    return Asking(token, address)


def parse(known: Route, request: Request, ports: Ports, asking: Asking) -> Call:
    """The request as the route declares it. InvalidRequest says what is wrong and where."""
    return Call(
        ports=ports,
        asking=asking,
        path=known.params.parse(request.uri_params or {}),
        query=known.query.parse(query(request)),
        body=known.body.parse(json_object(request, known.largest_body)),
        base_url=base_url(request),
    )
