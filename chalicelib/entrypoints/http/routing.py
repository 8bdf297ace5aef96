"""Register routes with Chalice, and declare request parts that many routes share. Chalice's
middleware does not see a view's exceptions, so `register_route` turns them into responses."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

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
from chalicelib.domain.values import USUAL_LIMIT, Limit, NameCursor, Request
from chalicelib.entrypoints.http.authentication import TOKEN
from chalicelib.entrypoints.http.framework import Blueprint, Response
from chalicelib.entrypoints.http.observability import log_refusal
from chalicelib.entrypoints.http.routes import ROUTES, Authentication, Route, View


class Routes:
    """Decorators that register views as routes of one blueprint.

    All its routes authenticate callers in the same way. Routes with tokens also admit the same
    `kinds` of members.
    """

    def __init__(
        self,
        blueprint: Blueprint,
        kinds: frozenset[Kind] = frozenset(),
        *,
        authentication: Authentication = TOKEN,
    ) -> None:
        self._blueprint = blueprint
        self._kinds = kinds
        self._authentication = authentication

    def get(self, path: str, **more: Any) -> Callable[[View], Any]:
        """Return a decorator for the view of a GET route. `more` are other fields of `Route`."""
        return self._route("GET", path, **more)

    def post(self, path: str, action: Action = Action.READ, **more: Any) -> Callable[[View], Any]:
        """Return a decorator for the view of a POST route. `more` are other fields of `Route`."""
        return self._route("POST", path, action=action, **more)

    def patch(self, path: str, action: Action, **more: Any) -> Callable[[View], Any]:
        """Return a decorator for the view of a PATCH route. `more` are other fields of `Route`."""
        return self._route("PATCH", path, action=action, **more)

    def _route(self, method: str, path: str, **more: Any) -> Callable[[View], Any]:
        declared = more | {"authentication": self._authentication, "kinds": self._kinds}
        return lambda view: register_route(
            self._blueprint, Route(method=method, path=path, view=view, **declared)
        )


def register_route(blueprint: Blueprint, route: Route) -> Any:
    """Register the route with Chalice, and return what Chalice's decorator returns.

    The route's authentication serves its requests, and renders errors as responses.
    """
    ROUTES.append(route)
    authentication = route.authentication

    def serve_request(**_path: str) -> Response:
        request = blueprint.current_request
        try:
            return authentication.serve(route, request)
        except Exception as error:  # noqa: BLE001 - every bug becomes a response
            return authentication.render_problem(log_refusal(request, error), route, request)

    serve_request.__name__ = f"{route.method} {route.path}"
    serve_request.renders_errors = True  # type: ignore[attr-defined]  # tests check each route
    types = list(authentication.body_types)
    register_view = blueprint.route(route.path, methods=[route.method], content_types=types)
    return register_view(serve_request)


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


class ReasonBody(Request):
    """The reason for the change."""

    reason: ReasonText


class PageQuery(Request):
    """A page of a list sorted by name."""

    limit: Limit = USUAL_LIMIT
    cursor: NameCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page."""
