"""Whatever is wrong with a request is refused in words, changes nothing, and is never a crash."""

from __future__ import annotations

import base64
from typing import Any

from chalicelib.entrypoints.http.routes import ROUTES
from tests.builders import LINK_TEXT, token_text_of
from tests.entrypoints.driver import Api, fresh_api
from tests.entrypoints.http.contract import refused
from tests.entrypoints.matrix import ask, routes
from tests.entrypoints.valid import BODIES, VEND
from tests.rows import every

OPEN = "POST /v1/engagements"
NAME = "POST /v1/members"
TRAIL = "GET /v1/trail"
SESSIONS = "GET /v1/sessions"

WITH_BODY = sorted(BODIES)
LEADS_ROUTES = [route for route in routes() if "/v1/" in route]


MALFORMED = {
    "not JSON": "{",
    "no quotes": "{role: readonly}",
    "a list": '["role"]',
    "null": "null",
    "a form": "role=readonly",
    "a field twice": '{"role": "readonly", "role": "admin"}',
    "a field twice, further in": '{"role": {"a": 1, "a": 2}}',
    "NaN": '{"role": "readonly", "duration": NaN}',
    "Infinity": '{"role": "readonly", "duration": Infinity}',
    "-Infinity": '{"role": "readonly", "duration": -Infinity}',
    "nested deeply": "[" * 16_000,
    "objects nested deeply": '{"a":' * 3_000,
    "a byte order mark": '\ufeff{"role": "readonly"}',
    "a number of 5,000 digits": '{"role": "readonly", "duration": ' + "9" * 5_000 + "}",
    "a lone surrogate, unescaped": '{"role": "\ud800"}',
    "a control character, unescaped": '{"role": "read\nonly"}',
}


@every("what", MALFORMED)
def test_a_body_that_is_no_json_object_is_refused(api: Api, what: str) -> None:
    answer = refused(api, VEND, raw=MALFORMED[what])

    assert (answer.status, answer.reason) == (400, "malformed-body")


@every("route", WITH_BODY, api=fresh_api)
def test_every_body_must_be_a_json_object(api: Api, route: str) -> None:
    assert refused(api, route, raw=MALFORMED["a list"]).reason == "malformed-body"


BYTES = {
    "bytes that are not UTF-8": base64.b64encode(b'{"role": "\xff\xfe"}').decode(),
    "UTF-16": base64.b64encode('{"role": "readonly"}'.encode("utf-16")).decode(),
    "base64 with letters of another alphabet": "ключ",
    "too short for base64": "e",
}


@every("what", BYTES)
def test_bytes_that_are_no_text_are_refused(api: Api, what: str) -> None:
    assert refused(api, VEND, raw=BYTES[what], isBase64Encoded=True).reason == "malformed-body"


def test_a_body_in_base64_is_read_like_any_other(api: Api) -> None:
    body = base64.b64encode(b'{"role": "readonly"}').decode()

    assert ask(api, VEND, "member", raw=body, isBase64Encoded=True).status == 201


@every(
    "route, kind",
    [
        *[(VEND, kind) for kind in ("brackets", "blanks", "bytes")],
        *[(route, "bytes") for route in LEADS_ROUTES if route != VEND],
    ],
    api=fresh_api,
)
def test_a_body_that_is_too_large_is_not_even_read(api: Api, route: str, kind: str) -> None:
    (match,) = [item for item in ROUTES if f"{item.method} {item.path}" == route]
    largest = match.largest_body
    body = {
        "brackets": "[" * 100_000,
        "blanks": " " * (largest + 1),
        "bytes": '{"a": "' + "é" * (largest // 2 - 2) + '"}',
    }
    answer = refused(api, route, raw=body[kind])

    assert (answer.status, answer.reason) == (413, "body-too-large")


@every("name", ["admin", "__proto__", "sts:ExternalId"])
def test_a_name_that_could_be_one_is_repeated(api: Api, name: str) -> None:
    assert refused(api, VEND, body=BODIES[VEND] | {name: "x"}).json["field"] == name


@every("name", ["\ud800", "", "a b", "<b>", "x" * 65, token_text_of("alice")[:60], LINK_TEXT])
def test_a_name_that_could_be_anything_is_not_repeated(api: Api, name: str) -> None:
    answer = refused(api, VEND, body=BODIES[VEND] | {name: "x"})
    assert (answer.status, answer.reason) == (400, "unknown-field")
    assert answer.json.get("field") is None
    assert len(name) < 3 or name not in answer.text


@every("route", LEADS_ROUTES, api=fresh_api)
def test_no_request_chooses_an_external_id_or_a_parameter_of_the_view(api: Api, route: str) -> None:
    for name in ("external_id", "ports", "lead"):
        answer = refused(api, route, body=BODIES.get(route, {}) | {name: "x"})
        assert (answer.status, answer.reason) == (400, "unknown-field")
        assert answer.json["field"] == name
    assert refused(api, route, query={"external_id": "x"}).reason == "unknown-field"


@every("route", [SESSIONS, TRAIL, VEND, NAME])
def test_a_query_that_a_route_does_not_know_is_refused(api: Api, route: str) -> None:
    for name in ("token", "access_token", "format", "Engagement", "", "engagement[]"):
        assert refused(api, route, query={name: "acme-prod"}).reason == "unknown-field"


@every("route", [SESSIONS, TRAIL])
def test_a_query_can_be_given_once_only(api: Api, route: str) -> None:
    for values in (["acme-prod", "globex"], ["acme-prod", "acme-prod"], []):
        assert refused(api, route, query={"engagement": values}).reason == "bad-value"


def test_a_route_that_takes_no_fields_says_so(api: Api) -> None:
    answer = api.post("/v1/members/alice/reinstate", "lena", {"reason": "found"})
    assert (answer.status, answer.reason) == (400, "unknown-field")
    assert answer.json["detail"] == "This request has no such field. Send no fields."


def test_no_body_at_all_is_an_empty_one(api: Api) -> None:
    for raw in (None, "", " \n"):
        assert refused(api, NAME, raw=raw).reason == "missing-field"


def test_a_number_beyond_all_numbers_is_refused(api: Api) -> None:
    answer = refused(api, VEND, raw='{"role": "readonly", "duration": 1e999}')

    assert (answer.reason, answer.json["field"]) == ("bad-value", "duration")


@every("happening", [{}, {"source": "aws.events"}, {"requestContext": {}}])
def test_an_invocation_that_is_no_request_does_nothing(api: Api, happening: Any) -> None:
    """A caller with permission to invoke the function can send any event."""
    assert api.invoke(happening).status == 500
    assert not api.world.steps
