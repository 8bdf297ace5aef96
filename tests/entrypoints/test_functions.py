"""Which function serves a route: what enters a client has its own, and nothing else enters one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.entrypoints.http.declared import ROUTES, Function, Route
from tests.builders import Scene, a_scene
from tests.entrypoints.driver import Api, served
from tests.entrypoints.matrix import VEND, Cell, ask, cells

TABLE = """
Enter        POST  /v1/engagements/{engagement}/sessions
Enter        POST  /v1/engagements/{engagement}/roles/{role}/verify
ClientCheck  POST  /setup/{link}/check
ClientCheck  POST  /setup/{link}/policy/{until}
ClientCheck  POST  /access/{link}
Anonymous    GET   /access/{link}
Anonymous    GET   /setup/{link}
Anonymous    GET   /setup/{link}/check
Anonymous    GET   /setup/{link}/roles/{role}/launch
Anonymous    GET   /setup/{link}/roles/{role}/files/{name}
Anonymous    POST  /v1/enrol
Anonymous    POST  /v1/enrol/identity
Slack        POST  /v1/slack/commands
Slack        POST  /v1/slack/actions
Static       GET   /healthz
Static       GET   /openapi.json
"""
ROUTE = {f"{route.method} {route.path}": route for route in ROUTES}


def test_the_functions_besides_the_apis_own_serve_these_routes() -> None:
    rows = [line.split() for line in TABLE.strip().splitlines()]
    assert {f"{method} {path}": name for name, method, path in rows} == {
        name: route.function.value
        for name, route in ROUTE.items()
        if route.function is not Function.API
    }


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_who_has_no_token_is_never_served_where_members_are(route: Route) -> None:
    for_members = route.function in (Function.API, Function.ENTER)
    assert for_members is route.way_in.needs_token


@pytest.mark.parametrize("route", ROUTE)
@pytest.mark.parametrize("function", Function)
def test_a_function_serves_its_own_routes_alone(
    api: Api, sts: Watched, monkeypatch: pytest.MonkeyPatch, route: str, function: Function
) -> None:
    """In another, what its role may not do would look like the client's doing."""
    monkeypatch.setattr("chalicelib.bootstrap.function", lambda: function.value)

    answer = ask(api, route, "lead" if route != VEND else "member")

    if function is ROUTE[route].function:
        assert answer.status < 400
        return
    assert answer.status == 503
    assert "Daypass is being updated" in answer.text
    assert answer.headers["Retry-After"]
    assert [*api.world.steps, *api.world.entries, *sts.asked] == []


class Watched:
    """A port that notes what it is asked."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self.asked: list[str] = []

    def __getattr__(self, name: str) -> Any:
        self.asked.append(name)
        return getattr(self._port, name)


@pytest.fixture
def sts(scene: Scene) -> Watched:
    return Watched(scene.ports.sts)


@pytest.fixture
def scene() -> Scene:
    return a_scene()


@pytest.fixture
def api(scene: Scene, sts: Watched) -> Iterator[Api]:
    with served(Scene(scene.world, replace(scene.ports, sts=sts))) as driven:
        yield driven


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_a_route_enters_a_client_for_whom_it_serves_if_it_is_declared_and_never_else(
    api: Api, sts: Watched, cell: Cell
) -> None:
    answer = ask(api, cell.route, cell.caller)

    assert answer.status == cell.status, answer.text
    assert bool(sts.asked) is (ROUTE[cell.route].enters and cell.status < 400)
