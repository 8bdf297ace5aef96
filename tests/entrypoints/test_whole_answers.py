"""Every route's answer to a valid request, to the same request again, and about unknown items."""

from __future__ import annotations

from itertools import groupby

import pytest

from tests.entrypoints.calls import Calls
from tests.entrypoints.driver import NO_BODY, fresh_api
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import CALLERS, PATH, ask, path_of, routes, served_by
from tests.entrypoints.valid import BODIES, QUERIES

UNKNOWN = {
    "engagement": "no-such-client",
    "role": "no-such-role",
    "member": "nobody-we-know",
    "approver": "nobody-we-know",
    "token": "0" * 12,
    "link": "0" * 12,
    "session": "0" * 16,
    "request": "alice." + "0" * 16,
}


def _area_of(route: str) -> str:
    return route.removesuffix("}").replace("/v1/", "/").split("/")[1]


AREAS = {area: list(each) for area, each in groupby(sorted(routes(), key=_area_of), _area_of)}
WHOLE = "openapi.json"  # tests/entrypoints/http/test_shape.py has its content


@pytest.mark.golden
@pytest.mark.parametrize("area", sorted({*AREAS} - {WHOLE}))
def test_each_routes_answers_are_as_the_file_says(area: str) -> None:
    calls: Calls | None = None
    for route in AREAS[area]:
        caller = served_by(route)
        path, body = path_of(route, caller), BODIES.get(route, NO_BODY)
        with fresh_api() as api:
            if calls is None:
                calls = Calls(api)
            calls.serve(api)
            calls.show(f"{caller}: {route}", ask(api, route, caller), route)
            method = route.partition(" ")[0]
            again = api.send(method, path, CALLERS[caller], body, query=QUERIES.get(route))
            check(route, again)
            calls.show("again", again, route)
            for name in [name for name in PATH if f"{{{name}}}" in route]:
                path = route.partition(" ")[2].format(**PATH | {name: UNKNOWN[name]})
                answer = ask(api, route, caller, path=path)
                check(route, answer)
                calls.show(f"about the {name} {UNKNOWN[name]}", answer, name)
    assert calls is not None
    calls.hold(f"{area}")
