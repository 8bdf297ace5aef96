"""Every event from Lambda gets a response in the usual form, and no event raises an error."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app import app
from tests.builders import token_text_of
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import Api, Response, event
from tests.entrypoints.http.contract import check, check_headers, check_problem
from tests.entrypoints.matrix import PAGES, path_of, routes

ALWAYS_SENT = (
    "headers",
    "multiValueQueryStringParameters",
    "pathParameters",
    "stageVariables",
    "body",
    "isBase64Encoded",
)


def answered(handed_over: Any) -> Response:
    parsed = json.loads(json.dumps(app(json.loads(json.dumps(handed_over)), None)))
    return Response(parsed["statusCode"], parsed["headers"], parsed["body"])


def without(name: str, route: str) -> dict[str, Any]:
    """The event of a request, in which a field is missing that API Gateway always sends."""
    token = {"Authorization": f"Bearer {token_text_of('lena')}"}
    method = route.partition(" ")[0]
    request = event(method, path_of(route), headers=token)
    request["requestContext"]["requestId"] = "request-1"
    return {field: value for field, value in request.items() if field != name}


@pytest.mark.parametrize("name", ALWAYS_SENT)
def test_fields_that_api_gateway_always_sends_may_be_missing(api: Api, name: str) -> None:
    answer = answered(without(name, "GET /v1/me"))

    check("GET /v1/me", answer)
    assert answer.status == (401 if name == "headers" else 200)


@pytest.mark.parametrize("route", [route for route in (*routes(), *PAGES) if "{" in route])
def test_a_path_without_its_names_is_a_problem_like_any_other(
    api: Api, output: Output, route: str
) -> None:
    before = dict(api.world.items), list(api.world.entries)
    answer = answered(without("pathParameters", route))

    check_headers(answer)
    check_problem(answer)
    assert (answer.status, answer.reason) == (500, "internal-error")
    assert (api.world.items, api.world.entries) == before
    bug, line = output.lines()
    assert (bug["message"], line["message"]) == ("bug", "request")
    assert (line["status"], line["reason"]) == (500, "internal-error")


@pytest.mark.parametrize(
    "handed_over",
    [
        {},
        None,
        [],
        "GET /healthz",
        {"requestContext": None},
        {"requestContext": {"resourcePath": "/healthz"}},
        {"requestContext": {"resourcePath": None, "httpMethod": "GET"}},
        {"requestContext": {"resourcePath": "/healthz", "httpMethod": "GET"}, "headers": 7},
        {"version": "2.0", "rawPath": "/healthz", "requestContext": {"http": {"method": "GET"}}},
    ],
)
def test_an_event_that_is_no_request_gets_an_error(
    api: Api, output: Output, handed_over: Any
) -> None:
    answer = answered(handed_over)

    assert (answer.status, answer.reason) == (500, "internal-error")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not api.world.entries
    assert output.lines()[0]["message"] == "bug"
