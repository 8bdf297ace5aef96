"""Routes: every request comes in here, is recognised, parsed, and answered.

Chalice's middleware never sees what a view raises, so failures become answers in `register`.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib import bootstrap
from chalicelib.domain.errors import DaypassError, InvalidRequest, Unavailable, Unrecognised
from chalicelib.domain.people.identities import is_a_word
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.tokens import presented
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Request as Declared
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.answers import answer, to_json
from chalicelib.entrypoints.http.declared import ROUTES, Retell, Route, View, inputs_of
from chalicelib.entrypoints.http.observability import note, report, request_id, warn
from chalicelib.entrypoints.http.problems import framework_problem, problem
from chalicelib.entrypoints.http.reading import (
    base_url,
    json_object,
    parse,
    query,
    readable,
)
from chalicelib.usecases.admission import ANYBODY, Aim, admit
from chalicelib.usecases.ports import Asking, Ports

Serve = Callable[[Request], Response]


class Routes:
    """The routes of a blueprint that members of some kinds may use.

    A view is given what it names: `ports`, the `caller` (or `lead`), `path`, `query`, `body`, and
    `base_url`, where the caller reached this API: no slash at its end.
    """

    def __init__(self, blueprint: Blueprint, kinds: frozenset[Kind]) -> None:
        self._blueprint = blueprint
        self._kinds = kinds

    def get(self, path: str) -> Callable[[View], Any]:
        return self._route("GET", path, Action.READ)

    def post(self, path: str, action: Action, **more: Any) -> Callable[[View], Any]:
        """`more` is whatever else there is to say of a Route."""
        return self._route("POST", path, action, **more)

    def patch(self, path: str, action: Action, **more: Any) -> Callable[[View], Any]:
        return self._route("PATCH", path, action, **more)

    def _route(self, method: str, path: str, action: Action, **more: Any) -> Callable[[View], Any]:
        def decorate(view: View) -> Any:
            known = Route(
                method=method, path=path, view=view, action=action, kinds=self._kinds, **more
            )

            def serve(request: Request) -> Response:
                ports = bootstrap.ports()
                asking = who_is_asking(ports, request)
                caller = admit(ports, asking, self._kinds, action, aim=_aim(known, request))
                given = _parsed(known, request) | {
                    "ports": ports,
                    "caller": caller,
                    "lead": caller,
                    "base_url": base_url(request),
                }
                wanted = inputs_of(view).names
                named = {name: value for name, value in given.items() if name in wanted}
                return answer(known.status, to_json(view(**named)))

            return register(self._blueprint, known, serve)

        return decorate


def public(blueprint: Blueprint, path: str) -> Callable[[View], Any]:
    """A route for everybody: no token, no input."""

    def decorate(view: View) -> Any:
        known = Route(method="GET", path=path, view=view, public=True)

        def serve(_request: Request) -> Response:
            return answer(known.status, to_json(view()))

        return register(blueprint, known, serve)

    return decorate


def code_route(
    blueprint: Blueprint, path: str, *, status: int, takes_identity: bool = False
) -> Callable[[View], Any]:
    """A route for whoever has a code, which is in the body: no token, and no word of it in the URL.

    A view is given what it names: `ports`, `body`, and the `address` that the request came from.
    """

    def decorate(view: View) -> Any:
        known = Route(
            method="POST",
            path=path,
            view=view,
            status=status,
            public=True,
            takes_code=True,
            takes_identity=takes_identity,
        )

        def serve(request: Request) -> Response:
            body = _parsed(known, request)["body"]
            told = view(ports=bootstrap.ports(), body=body, address=_address(request))
            return answer(known.status, to_json(told))

        return register(blueprint, known, serve)

    return decorate


def vending_route(
    blueprint: Blueprint,
    path: str,
    *,
    gives: tuple[Any, ...],
    other_types: tuple[str, ...],
    retell: Retell,
) -> Callable[[View], Any]:
    """The route that vends: the use case itself recognises the caller, in its one read."""

    def decorate(view: View) -> Any:
        known = Route(
            method="POST",
            path=path,
            view=view,
            action=Action.VEND,
            kinds=ANYBODY,
            status=201,
            other_types=other_types,
            gives_one_of=gives,
            retell=retell,
            enters=True,
        )

        def serve(request: Request) -> Response:
            ports = bootstrap.ports()
            asking = who_is_asking(ports, request)
            try:
                given = _parsed(known, request)
            except InvalidRequest:
                # A stranger is told nothing else.
                admit(ports, asking, ANYBODY, Action.VEND, aim=_aim(known, request))
                raise
            told: Response = view(ports, asking, given["path"], given["body"])
            return told

        return register(blueprint, known, serve)

    return decorate


def page_route(
    blueprint: Blueprint, method: str, path: str, *, media: str = "text/html", **more: Any
) -> Callable[[View], Any]:
    """A route of a page, for whoever has the link in its path: no token, and no other input.

    What is not well-formed in the path is not there either, and nobody is told the difference: the
    view looks for what has no name. One that names it is given the caller's `address`.
    """

    def decorate(view: View) -> Any:
        known = Route(
            method=method,
            path=path,
            view=view,
            public=True,
            is_page=True,
            media=media,
            gives_one_of=(str,),
            **more,
        )

        def serve(request: Request) -> Response:
            takes = inputs_of(view)
            named = readable(takes.path, request.uri_params or {})
            path = takes.path(**dict.fromkeys(takes.path.__struct_fields__, "") | named)
            more = {"address": _address(request)} if "address" in takes.names else {}
            told: Response = view(bootstrap.ports(), path, **more)
            return told

        return register(blueprint, known, serve)

    return decorate


def register(blueprint: Blueprint, known: Route, serve: Serve) -> Any:
    ROUTES.append(known)

    def answered(**_path: str) -> Response:
        request: Request = blueprint.current_request
        try:
            _must_be_ours(known)
            return serve(request)
        except DaypassError as error:
            return _told(known, request, noted(request, error))
        except Exception as bug:  # noqa: BLE001 - the last line of defence answers for every bug
            report(request_id(request), bug)
            note(request, reason=Reason.BUG.value)
            return _told(known, request, framework_problem(500))

    answered.__name__ = f"{known.method} {known.path}"
    answered.is_answered = True  # type: ignore[attr-defined]
    # A page reads no body, so nobody is told, in JSON, that theirs is of the wrong type.
    media = "application/x-www-form-urlencoded" if known.is_slacks else "application/json"
    takes = [] if known.is_page else [media]
    register_view = blueprint.route(known.path, methods=[known.method], content_types=takes)
    return register_view(answered)


def noted(request: Request, error: DaypassError) -> Response:
    """The answer to what was refused, once operators can see why."""
    note(request, reason=error.reason.value)
    if error.reason is Reason.TOKEN_UNKNOWN:
        note(request, member="")  # the token's word for it, and it is not known
    if error.__cause__ is not None:
        warn(request_id(request), error.__cause__)
    return problem(error)


def _must_be_ours(known: Route) -> None:
    """Unavailable in a function that serves other routes, whose role may not do what this needs:
    what AWS refused to it would be taken for the client's doing.

    API Gateway sends a request to another function for a moment while the stack is updated, and
    whoever may invoke a function can send it anything.
    """
    ours = bootstrap.function()
    if ours and ours != known.function:
        raise Unavailable(Reason.SERVED_ELSEWHERE)


def _told(known: Route, request: Request, problem: Response) -> Response:
    """The problem as this route tells it. A page leads back to where the link leads."""
    if known.retell is not None:
        return known.retell(problem, _readable_body(known, request), request_id(request))
    if not known.is_page:
        return problem
    from chalicelib.entrypoints.pages.render import problem_page

    found = problem.body["reason"] != Reason.NO_SUCH_PAGE
    steps_up = known.path.count("/") - 2
    link = (request.uri_params or {}).get("link", "")
    back = "../" * steps_up + link if found and steps_up else ""
    return problem_page(problem, request_id(request), back)


def _readable_body(known: Route, request: Request) -> dict[str, Any]:
    """What the request asks for, whoever sends it and whatever else is wrong with it."""
    with suppress(InvalidRequest):
        body = json_object(request, known.largest_body)
        return readable(inputs_of(known.view).body, body)
    return {}


def who_is_asking(ports: Ports, request: Request) -> Asking:
    """The token that came with the request: one of ours, or the word of an identity provider.

    Unrecognised if there is none, or not a whole one; and for a provider's that is not taken, or
    by which nobody comes in. Unavailable if the provider's keys cannot be had.
    """
    header = request.headers.get("authorization") or ""
    scheme, _, text = header.partition(" ")
    if not text or scheme.lower() != "bearer":
        raise Unrecognised(Reason.TOKEN_MISSING)
    text = text.strip()
    token = presented(text)
    if token is None and is_a_word(text):
        from chalicelib.usecases.people.sign_in import sign_in  # no token of ours waits for it

        token = sign_in(ports, text)
    if token is None:
        raise Unrecognised(Reason.TOKEN_MALFORMED)
    note(request, member=token.member)
    return Asking(token, _address(request))


def _address(request: Request) -> str:
    return (request.context.get("identity") or {}).get("sourceIp") or ""


def _aim(known: Route, request: Request) -> Aim:
    """What the request's path and query name, as far as it can be read."""
    takes = inputs_of(known.view)
    named: dict[str, str] = readable(takes.path, request.uri_params or {})
    with suppress(InvalidRequest):  # whoever is let in is told so
        named |= readable(takes.query, query(request))
    aimed = {name: named[name] for name in ("engagement", "role", "member") if name in named}
    others: dict[str, str] = {name: named[name] for name in ("token", "link") if name in named}
    return Aim(**aimed, others=others)


def _parsed(known: Route, request: Request) -> dict[str, Declared]:
    """The request as the route declares it. InvalidRequest says what is wrong and where."""
    takes = inputs_of(known.view)
    return {
        "path": parse(takes.path, request.uri_params or {}),
        "query": parse(takes.query, query(request), from_text=True),
        "body": parse(takes.body, json_object(request, known.largest_body)),
    }
