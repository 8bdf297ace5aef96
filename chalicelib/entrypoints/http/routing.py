"""Routes: every request comes in here, is served as its way in says, and is answered.

Chalice's middleware never sees what a view raises, so failures become answers in `register`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from chalice.app import Blueprint, Request, Response

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.declared import ROUTES, Route, View, WayIn
from chalicelib.entrypoints.http.observability import note, report, request_id, warn
from chalicelib.entrypoints.http.problems import framework_problem, problem
from chalicelib.entrypoints.http.ways import TOKEN


class Routes:
    """The routes of a blueprint that have one way in; for a token, and members of these kinds."""

    def __init__(
        self, blueprint: Blueprint, kinds: frozenset[Kind] = frozenset(), *, way_in: WayIn = TOKEN
    ) -> None:
        self._blueprint = blueprint
        self._kinds = kinds
        self._way_in = way_in

    def get(self, path: str, **more: Any) -> Callable[[View], Any]:
        return self._route("GET", path, **more)

    def post(self, path: str, action: Action = Action.READ, **more: Any) -> Callable[[View], Any]:
        """`more` is whatever else there is to say of a Route."""
        return self._route("POST", path, action, **more)

    def patch(self, path: str, action: Action, **more: Any) -> Callable[[View], Any]:
        return self._route("PATCH", path, action, **more)

    def _route(
        self, method: str, path: str, action: Action = Action.READ, **more: Any
    ) -> Callable[[View], Any]:
        def decorate(view: View) -> Any:
            route = Route(
                method=method,
                path=path,
                view=view,
                way_in=self._way_in,
                action=action,
                kinds=self._kinds,
                **more,
            )
            return register(self._blueprint, route)

        return decorate


def register(blueprint: Blueprint, route: Route) -> Any:
    """Have Chalice serve the route. Whatever goes wrong is answered as its way in renders it."""
    ROUTES.append(route)
    way_in = route.way_in

    def answered(**_path: str) -> Response:
        request: Request = blueprint.current_request
        try:
            return way_in.serve(route, request)
        except DaypassError as error:
            return way_in.render_problem(noted(request, error), route, request)
        except Exception as bug:  # noqa: BLE001 - the last line of defence answers for every bug
            report(request_id(request), bug)
            note(request, reason=Reason.BUG.value)
            return way_in.render_problem(framework_problem(500), route, request)

    answered.__name__ = f"{route.method} {route.path}"
    answered.is_answered = True  # type: ignore[attr-defined]
    types = list(way_in.body_types)
    register_view = blueprint.route(route.path, methods=[route.method], content_types=types)
    return register_view(answered)


def noted(request: Request, error: DaypassError) -> Response:
    """The answer to what was refused, once operators can see why."""
    note(request, reason=error.reason.value)
    if error.reason is Reason.TOKEN_UNKNOWN:
        note(request, member="")  # the token's word for it, and it is not known
    if error.__cause__ is not None:
        warn(request_id(request), error.__cause__)
    return problem(error)
