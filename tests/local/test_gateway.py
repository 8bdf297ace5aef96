"""The local gateway, tested over HTTP."""

import http.client
import json
import logging
import re
import socket
import time
from contextlib import closing
from dataclasses import dataclass

import pytest

from local.gateway import LARGEST_BODY, listen
from tests.golden import hold_against_file
from tests.local.tiny_app import tiny_app
from tests.rows import every


@dataclass(frozen=True)
class Response:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)


@pytest.fixture(scope="module")
def port():
    with closing(listen(port=0)) as gateway:
        gateway.serve(tiny_app())
        yield int(gateway.url.rpartition(":")[2])


def call(port, target, *, method="GET", body=None, headers=None):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        connection.request(method, target, body, headers or {})
        response = connection.getresponse()
        return Response(response.status, response.headers, response.read())


def send(port, raw):
    """Send the bytes, and return all that the server sends until it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(raw)
        return b"".join(iter(lambda: connection.recv(65536), b""))


def assert_problem(response, status, reason):
    assert response.status == status
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.headers["Cache-Control"] == "no-store"
    assert (response.json["type"], response.json["status"]) == ("about:blank", status)
    assert response.json["reason"] == reason
    assert response.json["title"]
    assert response.json["detail"].endswith(".")
    assert response.json["request_id"] == response.headers["X-Request-Id"] != ""
    assert response.body.endswith(b"}\n")


# Each request, and what it shows.
REQUESTS = [
    ("POST", "/event?b=2&a=1&a=x%20y&empty=", {
        "body": '{"naïve": true}'.encode(),
        "headers": {"Content-Type": "application/json", "X-Two": "1", "User-Agent": "cli/1"}}),
    ("GET", "/event", {"headers": {"X-Forwarded-For": "203.0.113.7"}}),
    ("PUT", "/event", {"body": b"\xff\xfe"}),  # not UTF-8
    ("HEAD", "/event", {}),
    ("HEAD", "/nowhere", {}),
    *(("GET", target, {}) for target in (
        "/", "/engagements/acme/sessions/s1", "/engagements/acme/sessions/s1/",
        "/engagements/acme/sessions/all", "/engagements/a%20b/sessions/c%2Fd",
        "/engagements/z%C3%BCrich/sessions/+",
        "/nowhere", "/engagements//sessions/s1", "/engagements/acme/sessions", "/event/more",
        "/event?a=%zz", "/event?a=%", "/event?a=%ff", "/engagements/%c3%28/sessions/s",
        "/greedy/a", "/greedy/a%2Fb/c/", "/greedy", "/greedy/a/form", "/cookies", "/refused",
        # The function fails.
        "/unserialisable", "/split-header",
    )),
    ("PROPFIND", "/event", {}),
    ("DELETE", "/event", {}),
    ("OPTIONS", "/event", {}),
    ("POST", "/", {}),
    ("POST", "/greedy/a/form", {}),
    ("OPTIONS", "/from-a-page", {}),  # which allows another origin
]  # fmt: skip
VARYING = {
    r'(?<="requestTimeEpoch": )\d+': "TIME",
    r"Root=1-[0-9a-f]{8}-[0-9a-f]{24}": "TRACE",
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}|[0-9a-f]{16}": "ID",
    r"\d\d/\w{3}/\d{4}:[\d:]+ \+0000": "TIME",
    r"Date: .*": "Date: TIME",
    r"Content-Length: \d{3,}": "Content-Length: LENGTH",
}


def test_each_request_gets_the_response_of_api_gateway(port, caplog):
    lines = []
    with caplog.at_level(logging.CRITICAL, logger="local.gateway"):
        for method, target, more in REQUESTS:
            response = call(port, target, method=method, **more)
            headers = [f"{name}: {value}" for name, value in sorted(response.headers.items())]
            body = response.body.decode()
            if body.startswith("{"):
                body = json.dumps(response.json, indent=1, sort_keys=True)
            lines += [f"=== {method} {target}: {response.status}", *headers, body]
    text = "\n".join(lines).replace(str(port), "PORT")
    for pattern, instead in VARYING.items():
        text = re.sub(pattern, instead, text)
    hold_against_file("gateway.txt", text)


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
def test_a_broken_request_is_a_bad_request_and_closes(port, raw):
    response = send(port, raw)
    assert b" 400 " in response.partition(b"\r\n")[0] or response.startswith(b"{")
    assert b'"reason": "bad-request"' in response


def test_a_body_of_more_than_10_mb_is_too_large(port):
    response = call(port, "/event", method="POST", body=b"x" * (LARGEST_BODY + 1))
    assert_problem(response, 413, "body-too-large")


def test_a_connection_serves_many_requests(port):
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=5)) as connection:
        for target in ("/", "/nowhere", "/event", "/"):
            connection.request("GET", target)
            response = connection.getresponse()
            response.read()
            assert response.getheader("Connection") is None


def test_a_client_that_waits_for_100_continue_gets_it(port):
    head = b"POST /event HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n"
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(head + b"Content-Length: 2\r\n\r\n")
        assert connection.recv(1024).startswith(b"HTTP/1.1 100")
        connection.sendall(b"{}")
        assert connection.recv(1024).startswith(b"HTTP/1.1 200")


def test_a_client_that_sends_nothing_does_not_block_others(port):
    with (
        socket.create_connection(("127.0.0.1", port)) as idle,
        socket.create_connection(("127.0.0.1", port)) as slow,
    ):
        idle.sendall(b"GET / HT")
        slow.sendall(b"POST /event HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nhalf")
        started = time.monotonic()
        assert call(port, "/").status == 200
        assert time.monotonic() - started < 1


def test_nothing_of_a_request_is_printed(port, capfd):
    headers = {"Authorization": "Bearer dp_secret"}
    for target in ("/event?token=dp_secret", "/dp_secret", "/unserialisable?dp_secret"):
        call(port, target, headers=headers)
    send(port, b"dp_secret dp_secret dp_secret dp_secret\r\n\r\n")
    said = capfd.readouterr()
    assert "dp_secret" not in said.out + said.err


def test_a_port_in_use_raises_an_os_error(port):
    with pytest.raises(OSError, match="in use"):
        listen(port=port)
