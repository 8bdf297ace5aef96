"""Register routes with Chalice, and declare request parts that many routes share. Chalice's
middleware does not see a view's exceptions, so `register_route` turns them into responses."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, get_type_hints

from msgspec import field

from chalicelib.domain.identifiers import (
    EngagementId,
    LinkId,
    MemberId,
    RequestId,
    RoleName,
    SessionId,
    TokenId,
)
from chalicelib.domain.people.members import Kind
from chalicelib.domain.text import ReasonText
from chalicelib.domain.trail import Action
from chalicelib.domain.values import (
    USUAL_LIMIT,
    Limit,
    NameCursor,
    NoFields,
    Request,
    sent_fields,
)
from chalicelib.entrypoints.http.authentication import TOKEN
from chalicelib.entrypoints.http.framework import Chalice, Response
from chalicelib.entrypoints.http.observability import log_refusal
from chalicelib.entrypoints.http.routes import ROUTES, Authentication, Route, View
from chalicelib.usecases.admission import EVERYONE, LEADS, READERS, WITH_MACHINES

_AVAILABLE = ("ports", "caller", "lead", "by", "api_url")
"""The arguments of a view besides the request's parts: see `authentication.TOKEN`."""
_NO_FIELDS = NoFields()


class ReasonBody(Request):
    """The reason for the change."""

    why: ReasonText = field(name="reason")


class Routes:
    """Decorators that declare views as routes. `serve_routes` lets an app serve them.

    All its routes authenticate callers in the same way. Routes with tokens also admit the same
    `kinds` of members.
    """

    def __init__(
        self, kinds: frozenset[Kind] = frozenset(), *, authentication: Authentication = TOKEN
    ) -> None:
        self._shared = {"kinds": kinds, "authentication": authentication}

    def get(self, path: str, **more: Any) -> Callable[[View], View]:
        """Return a decorator for the view of a GET route. `more` are other fields of `Route`."""
        return self._route("GET", path, **more)

    def post(self, path: str, action: Action = Action.READ, **more: Any) -> Callable[[View], View]:
        """Return a decorator for the view of a POST route. `more` are other fields of `Route`."""
        return self._route("POST", path, action=action, **more)

    def patch(self, path: str, action: Action, **more: Any) -> Callable[[View], View]:
        """Return a decorator for the view of a PATCH route. `more` are other fields of `Route`."""
        return self._route("PATCH", path, action=action, **more)

    def serve(
        self,
        route: str,
        use_case: Callable[..., Any],
        summary: str,
        action: Action = Action.READ,
        body: type[Request] = ReasonBody,
        **more: Any,
    ) -> None:
        """Register a route that only calls a use case (`build_view`), by its method and path, such
        as `GET /v1/members/{member}`. `more` are other fields of `Route`."""
        method, path = route.split()
        view = build_view(use_case, re.findall(r"{(\w+)}", path), summary, body)
        # The view belongs to the module that calls `serve`, not to this one. A test reads
        # `__module__`, to learn which modules each Lambda function has to import.
        view.__module__ = sys._getframe(1).f_globals["__name__"]
        self._route(method, path, action=action, **more)(view)

    def _route(self, method: str, path: str, **more: Any) -> Callable[[View], View]:
        def declare(view: View) -> View:
            declared: dict[str, Any] = self._shared | more
            ROUTES.append(Route(method=method, path=path, view=view, **declared))
            return view

        return declare


everyone, with_machines, leads, readers = map(Routes, (EVERYONE, WITH_MACHINES, LEADS, READERS))
"""The routes for members with a token: of every kind but machines, of every kind, and of some."""


def serve_routes(app: Chalice, function: str) -> None:
    """Let the app serve this Lambda function's routes; all routes if the name is empty."""
    for route in ROUTES:
        if function in ("", route.function):
            register_route(app, route)


def register_route(app: Chalice, route: Route) -> None:
    """Register the route with Chalice. Its authentication serves its requests, and renders errors
    as responses."""
    authentication = route.authentication

    def serve_request(**_path: str) -> Response:
        request: Any = app.current_request
        try:
            return authentication.serve(route, request)
        except Exception as error:  # noqa: BLE001 - every bug becomes a response
            return authentication.render_problem(log_refusal(request, error), route, request)

    serve_request.__name__ = f"{route.method} {route.path}"
    serve_request.renders_errors = True  # type: ignore[attr-defined]  # tests check each route
    types = list(authentication.body_types)
    app.route(route.path, methods=[route.method], content_types=types)(serve_request)


class MemberPath(Request):
    member: MemberId


class MemberTokenPath(MemberPath):
    token: TokenId


class OwnTokenPath(Request):
    token: TokenId


class OwnSessionPath(Request):
    session: SessionId


class EngagementPath(Request):
    engagement: EngagementId


class SessionPath(EngagementPath):
    session: SessionId


class RolePath(EngagementPath):
    role: RoleName


class GrantPath(EngagementPath):
    member: MemberId


class LinkPath(EngagementPath):
    link: LinkId


class RequestPath(Request):
    request: RequestId


class PageQuery(Request):
    """A page of a list sorted by name."""

    limit: Limit = USUAL_LIMIT
    cursor: NameCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page."""


def build_view(
    use_case: Callable[..., Any],
    names: Sequence[str],
    summary: str,
    body: type[Request] = ReasonBody,
) -> View:
    """Return the view that calls the use case and returns its result.

    `names` are the path's parameters, which the use case takes by name. If a parameter of the use
    case is a `Request`, it gets the whole body. Otherwise `body` is the body's type, and the use
    case takes its fields, such as `why`. Parameters of _AVAILABLE, such as `ports`, are passed too.
    """
    parameters = get_type_hints(use_case, include_extras=True)
    result_type = parameters.pop("return")
    # At most one parameter is a Request.
    whole_body = [
        name
        for name, kind in parameters.items()
        if isinstance(kind, type) and issubclass(kind, Request)
    ]
    declared = {name: kind for name, kind in parameters.items() if name in _AVAILABLE}
    if names:
        declared["path"] = _build_path_type(tuple(names))
    if whole_body or "why" in parameters:
        declared["body"] = parameters[whole_body[0]] if whole_body else body

    def view(*, path: Request = _NO_FIELDS, body: Request = _NO_FIELDS, **available: Any) -> Any:
        fields = {whole_body[0]: body} if whole_body else sent_fields(body)
        return use_case(**available, **sent_fields(path), **fields)

    view.__doc__ = summary
    view.__annotations__ = declared | {"return": result_type}
    return view


@cache
def _build_path_type(names: tuple[str, ...]) -> Any:
    from chalicelib.domain.vending.stops.kinds import build_names_type  # no public route needs it

    return build_names_type("In".join(names), names)
