"""Every answer is what the OpenAPI document promises, with the headers that every answer has."""

from __future__ import annotations

import pytest

from tests.entrypoints.driver import Api, Response
from tests.entrypoints.http.contract import check, check_headers, check_problem
from tests.entrypoints.matrix import ask, path_of, routes
from tests.entrypoints.valid import VEND

UNRECOGNISED = {
    "": ("token-missing", 'Bearer realm="daypass"'),
    "Bearer nonsense": ("token-malformed", 'Bearer realm="daypass", error="invalid_token"'),
}


def test_a_schema_that_is_not_met_would_be_seen(api: Api) -> None:
    answer = api.get("/v1/me", "alice")
    broken = Response(200, answer.headers, answer.text.replace('"created_at"', '"made_at"'))

    with pytest.raises(Exception, match="created_at"):
        check("GET /v1/me", broken)
    with pytest.raises(Exception, match="date-time"):
        check("GET /v1/me", Response(200, answer.headers, answer.text.replace("2026-", "26-")))


@pytest.mark.parametrize("header", UNRECOGNISED)
@pytest.mark.parametrize("route", ["GET /v1/me", VEND])
def test_an_unauthenticated_caller_learns_how_to_authenticate(
    api: Api, route: str, header: str
) -> None:
    """RFC 6750, 3: no error code for who sent no token."""
    answer = ask(api, route, "nobody", headers={"Authorization": header} if header else {})

    assert (answer.reason, answer.headers["WWW-Authenticate"]) == UNRECOGNISED[header]


@pytest.mark.parametrize("route", routes())
def test_a_body_of_another_type_is_refused_as_documented(api: Api, route: str) -> None:
    answer = ask(api, route, "lead", raw="<a/>", headers={"Content-Type": "text/xml"})

    check(route, answer)
    assert (answer.status, answer.reason) == (415, "unsupported-media-type")
    assert not api.world.entries


PATHS = sorted({path_of(route) for route in routes()})


@pytest.mark.parametrize(
    ("path", "method"),
    [
        *[(path, "PUT") for path in PATHS],
        *[("/v1/me", item) for item in ("HEAD", "OPTIONS", "DELETE", "TRACE", "get", "BREW")],
    ],
)
def test_a_method_that_a_route_lacks_is_refused(api: Api, path: str, method: str) -> None:
    answer = api.send(method, path, "lena")

    check_headers(answer)
    check_problem(answer)
    assert (answer.status, answer.reason) == (405, "method-not-allowed")
    offered = {route.partition(" ")[0] for route in routes() if path_of(route) == path}
    allowed = answer.headers["Allow"].split(", ")
    assert offered <= set(allowed)
    assert answer.json["detail"].endswith(f"this method. Send {' or '.join(allowed)}.")


def test_an_unknown_route_is_not_found(api: Api) -> None:
    """API Gateway blocks unknown routes, except while its routes are newer than the function."""
    request = {"resourcePath": "/v1/new", "httpMethod": "GET", "requestId": "request-1"}
    answer = api.get("/v1/me", "lena", requestContext=request)

    check_headers(answer)
    check_problem(answer)
    assert (answer.status, answer.reason) == (404, "no-such-route")
