"""The local gateway, tested over HTTP."""

from __future__ import annotations

import http.client
import json
import logging
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import pytest

from local.gateway import LARGEST_BODY, listen
from tests.local.tiny_app import tiny_app
from tests.rows import every


@dataclass(frozen=True)
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with closing(listen(port=0)) as gateway:
        gateway.serve(tiny_app())
        yield int(gateway.url.rpartition(":")[2])


def call(
    port: int,
    target: str,
    *,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        return Response(response.status, response.headers, response.read())


def send(port: int, raw: bytes) -> bytes:
    """Send the bytes, and return all that the server sends until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(raw)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def assert_problem(response: Response, status: int, reason: str) -> None:
    assert response.status == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert (response.json["type"], response.json["status"]) == ("about:blank", status)
    assert response.json["reason"] == reason
    assert response.json["title"]
    assert response.json["detail"].endswith(".")
    assert response.json["request_id"] == response.headers["X-Request-Id"] != ""
    assert response.body.endswith(b"}\n")


def test_the_function_gets_the_event_of_a_lambda_proxy_integration(port: int) -> None:
    event = call(
        port,
        "/event?b=2&a=1&a=x%20y&empty=",
        method="POST",
        body='{"naïve": true}'.encode(),
        headers={"Content-Type": "application/json", "X-Two": "1", "User-Agent": "cli/1"},
    ).json
    assert (event["resource"], event["path"], event["httpMethod"]) == ("/event", "/event", "POST")
    assert event["queryStringParameters"] == {"b": "2", "a": "x y", "empty": ""}
    assert event["multiValueQueryStringParameters"] == {
        "b": ["2"],
        "a": ["1", "x y"],
        "empty": [""],
    }
    assert event["pathParameters"] is None
    assert event["stageVariables"] is None
    assert event["headers"]["X-Two"] == "1"
    assert event["multiValueHeaders"]["X-Two"] == ["1"]
    assert event["headers"]["X-Forwarded-For"] == "127.0.0.1"
    assert event["headers"]["X-Forwarded-Port"] == str(port)
    assert (event["body"], event["isBase64Encoded"]) == ('{"naïve": true}', False)
    context = event["requestContext"]
    assert (context["resourcePath"], context["path"]) == ("/event", "/event")
    assert (context["httpMethod"], context["stage"]) == ("POST", "api")
    assert context["protocol"] == "HTTP/1.1"
    assert context["identity"] == {"sourceIp": "127.0.0.1", "userAgent": "cli/1"}
    assert len(context["requestId"]) == 36


def test_without_query_and_body_the_event_has_none(port: int) -> None:
    event = call(port, "/event").json
    assert event["queryStringParameters"] is None
    assert event["multiValueQueryStringParameters"] is None
    assert event["body"] is None


def test_the_callers_address_is_appended_to_the_forwarded_ones(port: int) -> None:
    event = call(port, "/event", headers={"X-Forwarded-For": "203.0.113.7"}).json
    assert event["multiValueHeaders"]["X-Forwarded-For"] == [
        "203.0.113.7",
        "203.0.113.7, 127.0.0.1",
    ]
    assert event["headers"]["X-Forwarded-For"] == "203.0.113.7, 127.0.0.1"
    assert event["requestContext"]["identity"]["sourceIp"] == "127.0.0.1"


@every(
    "target, expected",
    [
        ("/", {"ok": True}),
        ("/engagements/acme/sessions/s1", {"engagement": "acme", "session": "s1"}),
        ("/engagements/acme/sessions/s1/", {"engagement": "acme", "session": "s1"}),
        ("/engagements/acme/sessions/all", {"all of": "acme"}),
        ("/engagements/a%20b/sessions/c%2Fd", {"engagement": "a b", "session": "c/d"}),
        ("/engagements/z%C3%BCrich/sessions/+", {"engagement": "zürich", "session": "+"}),
    ],
)
def test_a_path_matches_its_resource(port: int, target: str, expected: dict[str, Any]) -> None:
    assert call(port, target).json == expected


@every(
    "method, target",
    [
        ("GET", "/nowhere"),
        ("GET", "/engagements//sessions/s1"),
        ("GET", "/engagements/acme/sessions"),
        ("GET", "/event/more"),
        ("PROPFIND", "/event"),
    ],
)
def test_an_unknown_path_or_method_is_refused_as_no_such_route(
    port: int, method: str, target: str
) -> None:
    response = call(port, target, method=method)
    assert_problem(response, 404, "no-such-route")
    assert "GET /openapi.json" in response.json["detail"]


@every(
    "method, target, allowed",
    [
        ("DELETE", "/event", "GET, POST, PUT, HEAD"),
        ("OPTIONS", "/event", "GET, POST, PUT, HEAD"),
        ("POST", "/", "GET"),
    ],
)
def test_the_function_refuses_a_method_that_the_route_lacks(
    port: int, method: str, target: str, allowed: str
) -> None:
    response = call(port, target, method=method)
    assert (response.status, response.headers["Allow"]) == (405, allowed)


@every("target", ["/event?a=%zz", "/event?a=%", "/event?a=%ff", "/engagements/%c3%28/sessions/s"])
def test_a_malformed_escape_is_a_bad_request(port: int, target: str) -> None:
    assert_problem(call(port, target), 400, "bad-request")


@every(
    "raw",
    [
        b"POST /event HTTP/1.1\r\nHost: x\r\nContent-Length: ten\r\n\r\n",
        b"POST /event HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        b"POST /event HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST /event HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /event\x00 HTTP/9.9\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"GET /" + b"x" * 70_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_a_broken_request_is_a_bad_request_and_closes(port: int, raw: bytes) -> None:
    response = send(port, raw)
    assert b" 400 " in response.partition(b"\r\n")[0] or response.startswith(b"{")
    assert b'"reason": "bad-request"' in response


def test_a_body_of_more_than_10_mb_is_too_large(port: int) -> None:
    response = call(port, "/event", method="POST", body=b"x" * (LARGEST_BODY + 1))
    assert_problem(response, 413, "body-too-large")


def test_a_body_of_10_mb_passes(port: int) -> None:
    octets = {"Content-Type": "application/octet-stream", "Accept": "application/octet-stream"}
    body = bytes(range(256)) * (LARGEST_BODY // 256)
    response = call(port, "/bytes", method="POST", body=body, headers=octets)
    assert (response.status, response.body == body) == (200, True)


def test_a_body_that_is_not_utf_8_arrives_unchanged(port: int) -> None:
    event = call(port, "/event", method="PUT", body=b"\xff\xfe").json
    assert (event["body"], event["isBase64Encoded"]) == ("//4=", True)


@pytest.mark.parametrize("target", ["/unserialisable", "/split-header"])
def test_a_function_that_fails_is_an_internal_error(
    port: int, target: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.CRITICAL, logger="local.gateway"):
        assert_problem(call(port, target), 502, "internal-error")


def test_every_value_of_a_header_is_returned(port: int) -> None:
    response = call(port, "/cookies")
    assert (response.status, response.body) == (201, b"two")
    assert response.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert response.headers.get_all("Content-Type") == ["text/plain"]


def test_the_header_www_authenticate_is_renamed_as_by_api_gateway(port: int) -> None:
    response = call(port, "/refused")
    assert response.headers["x-amzn-Remapped-WWW-Authenticate"] == "Bearer"
    assert "WWW-Authenticate" not in response.headers


def test_head_has_the_headers_and_no_body(port: int) -> None:
    response = call(port, "/event", method="HEAD")
    assert (response.status, response.body) == (200, b"")
    assert int(response.headers["Content-Length"]) > 0
    assert call(port, "/nowhere", method="HEAD").status == 404


def test_a_preflight_request_gets_a_response_if_cors_is_on(port: int) -> None:
    response = call(port, "/from-a-page", method="OPTIONS")
    assert response.status == 200
    assert response.headers["Access-Control-Allow-Origin"] == "https://page.example"
    assert response.headers["Access-Control-Allow-Methods"] == "GET,OPTIONS"


def test_a_connection_serves_many_requests(port: int) -> None:
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        for target in ("/", "/nowhere", "/event", "/"):
            connection.request("GET", target)
            response = connection.getresponse()
            response.read()
            assert response.getheader("Connection") is None


def test_a_client_that_waits_for_100_continue_gets_it(port: int) -> None:
    head = b"POST /event HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(head + b"Content-Length: 2\r\n\r\n")
        assert connection.recv(1024).startswith(b"HTTP/1.1 100")
        connection.sendall(b"{}")
        assert connection.recv(1024).startswith(b"HTTP/1.1 200")


def test_a_client_that_sends_nothing_does_not_block_others(port: int) -> None:
    with (
        socket.create_connection(("127.0.0.1", port)) as idle,
        socket.create_connection(("127.0.0.1", port)) as slow,
    ):
        idle.sendall(b"GET / HT")
        slow.sendall(b"POST /event HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        started = time.monotonic()
        assert call(port, "/").status == 200
        assert time.monotonic() - started < 1


def test_nothing_of_a_request_is_printed(port: int, capfd: pytest.CaptureFixture[str]) -> None:
    headers = {"Authorization": "Bearer dp_secret"}
    for target in ("/event?token=dp_secret", "/dp_secret", "/unserialisable?dp_secret"):
        call(port, target, headers=headers)
    send(port, b"dp_secret dp_secret dp_secret dp_secret\r\n\r\n")
    said = capfd.readouterr()
    assert "dp_secret" not in said.out + said.err


def test_a_port_in_use_raises_an_os_error(port: int) -> None:
    with pytest.raises(OSError, match="in use"):
        listen(port=port)
