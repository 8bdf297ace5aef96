"""Every event gets an answer as the OpenAPI document promises, with the headers of all answers."""

import base64
import hashlib
import json
import re

import pytest

from app import app
from tests.builders import token_text_of
from tests.entrypoints.driver import Response, event, fresh_api
from tests.entrypoints.http.contract import check, check_headers, check_problem
from tests.entrypoints.matrix import (
    ACCESS_PAGES,
    APPROVER_PAGES,
    PAGES,
    SETUP_PAGES,
    ask,
    path_of,
    routes,
)
from tests.entrypoints.onboarding.reading import PageText
from tests.entrypoints.valid import VEND
from tests.rows import every

UNRECOGNISED = {
    "": ("token-missing", 'Bearer realm="daypass"'),
    "Bearer nonsense": ("token-malformed", 'Bearer realm="daypass", error="invalid_token"'),
}


def test_a_schema_that_is_not_met_would_be_seen(api):
    answer = api.get("/v1/me", "alice")
    broken = Response(200, answer.headers, answer.text.replace('"created_at"', '"made_at"'))

    with pytest.raises(Exception, match="created_at"):
        check("GET /v1/me", broken)
    with pytest.raises(Exception, match="date-time"):
        check("GET /v1/me", Response(200, answer.headers, answer.text.replace("2026-", "26-")))


@every("header", UNRECOGNISED)
@every("route", ["GET /v1/me", VEND])
def test_an_unauthenticated_caller_learns_how_to_authenticate(api, route, header):
    """RFC 6750, 3: no error code for who sent no token."""
    answer = ask(api, route, "nobody", headers={"Authorization": header} if header else {})

    assert (answer.reason, answer.headers["WWW-Authenticate"]) == UNRECOGNISED[header]


@every("route", routes(), api=fresh_api)
def test_a_body_of_another_type_is_refused_as_documented(api, route):
    answer = ask(api, route, "lead", raw="<a/>", headers={"Content-Type": "text/xml"})

    check(route, answer)
    assert (answer.status, answer.reason) == (415, "unsupported-media-type")
    assert not api.world.entries


PATHS = sorted({path_of(route) for route in routes()})


@every(
    "path, method",
    [
        *[(path, "PUT") for path in PATHS],
        *[("/v1/me", item) for item in ("HEAD", "OPTIONS", "DELETE", "TRACE", "get", "BREW")],
    ],
)
def test_a_method_that_a_route_lacks_is_refused(api, path, method):
    answer = api.send(method, path, "lena")

    check_headers(answer)
    check_problem(answer)
    assert (answer.status, answer.reason) == (405, "method-not-allowed")
    offered = {route.partition(" ")[0] for route in routes() if path_of(route) == path}
    allowed = answer.headers["Allow"].split(", ")
    assert offered <= set(allowed)
    assert answer.json["detail"].endswith(f"this method. Send {' or '.join(allowed)}.")


def test_an_unknown_route_is_not_found(api):
    """API Gateway blocks unknown routes, except while its routes are newer than the function."""
    request = {"resourcePath": "/v1/new", "httpMethod": "GET", "requestId": "request-1"}
    answer = api.get("/v1/me", "lena", requestContext=request)

    check_headers(answer)
    check_problem(answer)
    assert (answer.status, answer.reason) == (404, "no-such-route")


@every("route", [*SETUP_PAGES, *ACCESS_PAGES, *APPROVER_PAGES], api=fresh_api)
def test_a_page_loads_nothing_and_allows_only_its_own_style_and_script(api, route):
    answer = ask(api, route, "nobody")
    if not answer.headers["Content-Type"].startswith("text/html"):
        assert answer.status == 303 or "/files/" in route
        return
    policy = {"default-src": "'none'", "base-uri": "'none'", "frame-ancestors": "'none'"}
    policy["form-action"] = "'self'"
    for tag in ("style", "script"):
        (inline,) = re.findall(f"<{tag}>(.*?)</{tag}>", answer.text, re.DOTALL)
        digest = base64.b64encode(hashlib.sha256(inline.encode()).digest()).decode()
        policy[f"{tag}-src"] = f"'sha256-{digest}'"
    directives = answer.headers["Content-Security-Policy"].split("; ")
    assert dict(directive.split(" ", 1) for directive in directives) == policy
    for tag, attributes in PageText(answer.text).elements:
        assert tag not in ("link", "img", "iframe", "object", "base")
        assert not [name for name in attributes if name.startswith("on") or name == "style"]
        assert "target" not in attributes or attributes["rel"] == "noreferrer noopener"
        for name in ("src", "href", "action"):
            url = attributes.get(name) or ""
            assert "//" not in url or url.startswith("https://signin.aws.amazon.com/federation?")


ALWAYS_SENT = (
    "headers",
    "multiValueQueryStringParameters",
    "pathParameters",
    "stageVariables",
    "body",
    "isBase64Encoded",
)


def answered(handed_over):
    parsed = json.loads(json.dumps(app(json.loads(json.dumps(handed_over)), None)))
    return Response(parsed["statusCode"], parsed["headers"], parsed["body"])


def without(name, route):
    """The event of a request, in which a field is missing that API Gateway always sends."""
    token = {"Authorization": f"Bearer {token_text_of('lena')}"}
    method = route.partition(" ")[0]
    request = event(method, path_of(route), headers=token)
    request["requestContext"]["requestId"] = "request-1"
    return {field: value for field, value in request.items() if field != name}


@every("name", ALWAYS_SENT)
def test_fields_that_api_gateway_always_sends_may_be_missing(api, name):
    answer = answered(without(name, "GET /v1/me"))

    check("GET /v1/me", answer)
    assert answer.status == (401 if name == "headers" else 200)


@every("route", [route for route in (*routes(), *PAGES) if "{" in route])
def test_a_path_without_its_names_is_a_problem_like_any_other(api, output, route):
    output.clear()
    before = dict(api.world.items), list(api.world.entries)
    answer = answered(without("pathParameters", route))

    check_headers(answer)
    check_problem(answer)
    assert (answer.status, answer.reason) == (500, "internal-error")
    assert (api.world.items, api.world.entries) == before
    bug, line = output.lines()
    assert (bug["message"], line["message"]) == ("bug", "request")
    assert (line["status"], line["reason"]) == (500, "internal-error")


@every(
    "handed_over",
    [
        {},
        None,
        [],
        "GET /healthz",
        {"requestContext": None},
        {"source": "aws.events"},
        {"requestContext": {"resourcePath": "/healthz"}},
        {"requestContext": {"resourcePath": None, "httpMethod": "GET"}},
        {"requestContext": {"resourcePath": "/healthz", "httpMethod": "GET"}, "headers": 7},
        {"version": "2.0", "rawPath": "/healthz", "requestContext": {"http": {"method": "GET"}}},
    ],
)
def test_an_event_that_is_no_request_gets_an_error(api, output, handed_over):
    """A caller with permission to invoke the function can send any event."""
    output.clear()
    answer = answered(handed_over)

    assert (answer.status, answer.reason) == (500, "internal-error")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert not api.world.entries + api.world.steps
    assert output.lines()[0]["message"] == "bug"
