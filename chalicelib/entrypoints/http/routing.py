"""Routes: every request comes in here, is recognised, parsed, and answered.

Chalice's middleware never sees what a view raises, so failures become answers in these decorators.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.app import Blueprint, Response
from chalice.app import Request as ChaliceRequest

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError, InvalidRequest, Unrecognised
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.people.tokens import presented
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Request, Thing
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.answers import answer, to_json
from chalicelib.entrypoints.http.observability import note, report, request_id, warn
from chalicelib.entrypoints.http.problems import framework_problem, problem
from chalicelib.entrypoints.http.reading import LARGEST_BODY, base_url, json_object, parse, query
from chalicelib.entrypoints.http.requests import Nothing
from chalicelib.usecases.admission import ANYBODY, admit
from chalicelib.usecases.ports import Asking, Ports


class Call(Thing, frozen=True, kw_only=True):
    """One request that was let in. `path`, `query` and `body` are as the route declares them."""

    ports: Ports
    asking: Asking
    path: Any
    query: Any
    body: Any
    base_url: str
    """Where the caller reached this API: no slash at its end."""


class Route(Thing, frozen=True, kw_only=True):
    """All that is known of a route: enough to serve it, and to describe it."""

    method: str
    path: str
    summary: str
    view: Callable[..., Any]
    gives: tuple[Any, ...] = ()
    """What it answers with, one or another; if it is empty, what the view returns."""
    kinds: frozenset[Kind] = frozenset()
    action: Action = Action.READ
    named: type[Request] = Nothing
    """What its path names."""
    query: type[Request] = Nothing
    body: type[Request] = Nothing
    status: int = 200
    public: bool = False
    is_page: bool = False
    """For people: whatever goes wrong is told in HTML as well."""
    media: str = "application/json"
    other_types: tuple[str, ...] = ()
    largest_body: int = LARGEST_BODY


ROUTES: list[Route] = []

View = Callable[[Call, Caller], Thing]


def public(blueprint: Blueprint, path: str, *, summary: str) -> Callable[[Callable[[], Any]], Any]:
    """A route for everybody: no token, no input."""

    def decorate(view: Callable[[], Any]) -> Any:
        known = Route(method="GET", path=path, summary=summary, view=view, public=True)

        def serve(_request: ChaliceRequest) -> Response:
            return answer(known.status, to_json(view()))

        return _register(blueprint, known, serve)

    return decorate


def route(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    summary: str,
    kinds: frozenset[Kind],
    action: Action = Action.READ,
    named: type[Request] = Nothing,
    query: type[Request] = Nothing,
    body: type[Request] = Nothing,
    status: int = 200,
    largest_body: int = LARGEST_BODY,
) -> Callable[[View], Any]:
    """A route for members of these kinds. The view gets the parsed request and who is calling."""

    def decorate(view: View) -> Any:
        known = Route(
            method=method,
            path=path,
            summary=summary,
            view=view,
            kinds=kinds,
            action=action,
            named=named,
            query=query,
            body=body,
            status=status,
            largest_body=largest_body,
        )

        def serve(request: ChaliceRequest) -> Response:
            ports, asking = bootstrap.ports(), who_is_asking(request)
            caller = admit(ports, asking, kinds, action)
            return answer(status, to_json(view(_call(known, request, ports, asking), caller)))

        return _register(blueprint, known, serve)

    return decorate


def vending_route(
    blueprint: Blueprint,
    path: str,
    *,
    summary: str,
    gives: tuple[Any, ...],
    named: type[Request],
    body: type[Request],
    other_types: tuple[str, ...],
) -> Callable[[Callable[[Call], Response]], Any]:
    """The route that vends: the use case itself recognises the caller, in its one read."""

    def decorate(view: Callable[[Call], Response]) -> Any:
        known = Route(
            method="POST",
            path=path,
            summary=summary,
            view=view,
            gives=gives,
            kinds=ANYBODY,
            action=Action.VEND,
            named=named,
            body=body,
            status=201,
            other_types=other_types,
        )

        def serve(request: ChaliceRequest) -> Response:
            ports, asking = bootstrap.ports(), who_is_asking(request)
            try:
                call = _call(known, request, ports, asking)
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
    named: type[Request],
    status: int = 200,
    media: str = "text/html",
) -> Callable[[Callable[..., Response]], Any]:
    """A route of a page, for whoever has the link in its path: no token, and no other input.

    The path is only described and not parsed: what is not well-formed is not there either, and
    nobody is told the difference.
    """

    def decorate(view: Callable[..., Response]) -> Any:
        known = Route(
            method=method,
            path=path,
            summary=summary,
            view=view,
            gives=(str,),
            named=named,
            status=status,
            public=True,
            is_page=True,
            media=media,
        )

        def serve(request: ChaliceRequest) -> Response:
            return view(bootstrap.ports(), **(request.uri_params or {}))

        return _register(blueprint, known, serve)

    return decorate


def _register(
    blueprint: Blueprint, known: Route, serve: Callable[[ChaliceRequest], Response]
) -> Any:
    ROUTES.append(known)

    def answered(**_path: str) -> Response:
        request: ChaliceRequest = blueprint.current_request
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

    answered.__name__ = f"{known.method} {known.path}"
    answered.is_answered = True  # type: ignore[attr-defined]
    # A page reads no body, so nobody is told, in JSON, that theirs is of the wrong type.
    takes = [] if known.is_page else ["application/json"]
    register = blueprint.route(known.path, methods=[known.method], content_types=takes)
    return register(answered)


def _told(known: Route, request: ChaliceRequest, problem: Response) -> Response:
    """The problem as this route tells it. A page leads back to where the link leads."""
    if not known.is_page:
        return problem
    from chalicelib.entrypoints.pages.render import problem_page

    found = problem.body["reason"] != Reason.NO_SUCH_PAGE
    steps_up = known.path.count("/") - 2
    link = (request.uri_params or {}).get("link", "")
    back = "../" * steps_up + link if found and steps_up else ""
    return problem_page(problem, request_id(request), back)


def who_is_asking(request: ChaliceRequest) -> Asking:
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


def _call(known: Route, request: ChaliceRequest, ports: Ports, asking: Asking) -> Call:
    """The request as the route declares it. InvalidRequest says what is wrong and where."""
    return Call(
        ports=ports,
        asking=asking,
        path=parse(known.named, request.uri_params or {}),
        query=parse(known.query, query(request), from_text=True),
        body=parse(known.body, json_object(request, known.largest_body)),
        base_url=base_url(request),
    )
