"""Every answer is what the OpenAPI document promises, with the headers that every answer has."""

from __future__ import annotations

import re

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from tests.entrypoints.driver import Answer, Api
from tests.entrypoints.http.contract import check, check_headers, check_problem
from tests.entrypoints.matrix import PAGES, VEND, Cell, ask, cells, path_of, routes, with_token

UNRECOGNISED = {
    "": ("token-missing", 'Bearer realm="daypass"'),
    "Bearer nonsense": ("token-malformed", 'Bearer realm="daypass", error="invalid_token"'),
}


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_every_answer_is_as_documented(api: Api, cell: Cell) -> None:
    answer = ask(api, cell.route, cell.caller)

    check(cell.route, answer)
    if answer.status < 400 and cell.route not in PAGES:
        assert answer.headers["Content-Type"] == "application/json"


def test_a_schema_that_is_not_met_would_be_seen(api: Api) -> None:
    answer = api.get("/v1/me", "alice")
    broken = Answer(200, answer.headers, answer.text.replace('"created_at"', '"made_at"'))

    with pytest.raises(Exception, match="created_at"):
        check("GET /v1/me", broken)
    with pytest.raises(Exception, match="date-time"):
        check("GET /v1/me", Answer(200, answer.headers, answer.text.replace("2026-", "26-")))


@pytest.mark.parametrize("header", UNRECOGNISED)
@pytest.mark.parametrize("route", with_token())
def test_a_stranger_is_told_how_to_come_in(api: Api, route: str, header: str) -> None:
    """RFC 6750, 3: no error code for who sent no token."""
    answer = ask(api, route, "nobody", headers={"Authorization": header} if header else {})

    assert (answer.reason, answer.headers["WWW-Authenticate"]) == UNRECOGNISED[header]


@pytest.mark.parametrize("route", [r for r in routes() if "/v1/" in r])
def test_what_does_not_answer_is_said_to_come_back(api: Api, route: str) -> None:
    api.world.before = _broken
    answer = ask(api, route, "lead")

    check(route, answer)
    assert (answer.status, answer.reason) == (503, "records-unavailable")
    assert re.fullmatch("[1-9][0-9]?", answer.headers["Retry-After"])


@pytest.mark.parametrize("route", routes())
def test_a_body_of_another_type_is_refused_as_documented(api: Api, route: str) -> None:
    answer = ask(api, route, "lead", raw="<a/>", headers={"Content-Type": "text/xml"})

    check(route, answer)
    assert (answer.status, answer.reason) == (415, "unsupported-media-type")
    assert not api.world.entries


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "get", "BREW"])
@pytest.mark.parametrize("path", sorted({path_of(route) for route in routes()}))
def test_a_method_that_a_route_lacks_is_refused(api: Api, path: str, method: str) -> None:
    answer = api.send(method, path, "lena")

    check_headers(answer)
    check_problem(answer)
    assert (answer.status, answer.reason) == (405, "method-not-allowed")
    offered = {route.partition(" ")[0] for route in routes() if path_of(route) == path}
    assert offered <= set(answer.headers["Allow"].split(", "))


def test_what_is_no_route_at_all_is_not_found(api: Api) -> None:
    """API Gateway lets nothing through that it knows no route for, unless it is ahead of us."""
    request = {"resourcePath": "/v1/new", "httpMethod": "GET", "requestId": "request-1"}
    answer = api.get("/v1/me", "lena", requestContext=request)

    check_headers(answer)
    check_problem(answer)
    assert (answer.status, answer.reason) == (404, "no-such-route")


@pytest.mark.parametrize("form", ["env", "env-no-export", "fish", "powershell", "windows-cmd"])
def test_what_a_shell_reads_is_plain_text(api: Api, form: str) -> None:
    answer = ask(api, VEND, "member", body={"role": "readonly", "format": form})

    check(VEND, answer)
    assert answer.status == 201
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"


def test_a_process_reads_the_documented_json(api: Api) -> None:
    body = {"role": "readonly", "format": "credential_process"}
    answer = ask(api, VEND, "member", body=body)

    check(VEND, answer)
    assert answer.headers["Content-Type"] == "application/json"


def _broken(_step: str) -> None:
    raise Unavailable(Reason.RECORDS_UNAVAILABLE)
