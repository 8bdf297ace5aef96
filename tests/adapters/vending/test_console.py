"""A sign-in URL for the AWS console: the credentials stay in the body of one POST to AWS."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.adapters.vending import console
from chalicelib.adapters.vending.console import get_sign_in_url
from chalicelib.domain.vending.credentials import Credentials
from local.sample_accounts import FIRM
from local.sign_in import sign_in_stand_in
from tests.adapters.scene import Aws
from tests.rows import every

CREDENTIALS = Credentials(
    access_key_id="ASIAEXAMPLE",
    secret_access_key="the-secret-key",
    session_token="the-session-token",
    expires_at=datetime(2036, 1, 1, tzinfo=UTC),
    assumed_role_arn="arn:aws:sts::987654321098:assumed-role/R/alice",
    request_id="r",
)
Answer = Callable[[BaseHTTPRequestHandler], None]


class Endpoint:
    """A federation endpoint that gives one answer, and keeps the requests."""

    def __init__(self, answer: Answer) -> None:
        self.requests: list[tuple[str, str, dict[str, list[str]]]] = []
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"])).decode()
                endpoint.requests.append((self.command, self.path, parse_qs(body)))
                answer(self)

            def do_GET(self) -> None:
                self.do_POST()

            def log_message(self, format: str, *_: Any) -> None:
                """Log nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/federation"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def answering(status: int, body: bytes, **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


@pytest.fixture
def endpoint() -> Iterator[Callable[[Answer], Endpoint]]:
    opened: list[Endpoint] = []

    def open_endpoint(answer: Answer) -> Endpoint:
        opened.append(Endpoint(answer))
        return opened[-1]

    yield open_endpoint
    for each in opened:
        each.close()


def test_the_session_is_in_the_body_and_no_duration_is_sent(
    endpoint: Callable[[Answer], Endpoint],
) -> None:
    aws = endpoint(answering(200, b'{"SigninToken": "a token/+"}'))
    url = get_sign_in_url("aws", aws.url, CREDENTIALS)
    ((method, path, form),) = aws.requests
    assert (method, path) == ("POST", "/federation")
    assert set(form) == {"Action", "Session"}
    assert json.loads(form["Session"][0]) == {
        "sessionId": "ASIAEXAMPLE",
        "sessionKey": "the-secret-key",
        "sessionToken": "the-session-token",
    }
    assert url is not None
    assert parse_qs(urlsplit(url).query) == {
        "Action": ["login"],
        "Issuer": ["daypass"],
        "Destination": ["https://console.aws.amazon.com/console/home"],
        "SigninToken": ["a token/+"],
    }
    assert "the-secret-key" not in url


@every(
    "answer",
    [
        answering(400, b"Invalid credentials"),
        answering(500, b""),
        answering(200, b"<html>"),
        answering(200, b"[]"),
        answering(200, b'{"SigninToken": ""}'),
        answering(200, b'{"SigninToken": 7}'),
        answering(200, b"\xff\xfe"),
        lambda handler: handler.connection.close(),
    ],
)
def test_without_a_token_there_is_no_url(
    endpoint: Callable[[Answer], Endpoint], answer: Answer
) -> None:
    assert get_sign_in_url("aws", endpoint(answer).url, CREDENTIALS) is None


def test_a_redirect_is_not_followed(endpoint: Callable[[Answer], Endpoint]) -> None:
    other = endpoint(answering(200, b'{"SigninToken": "t"}'))
    aws = endpoint(answering(307, b"", Location=other.url))
    assert get_sign_in_url("aws", aws.url, CREDENTIALS) is None
    assert other.requests == []


def test_an_endpoint_that_does_not_answer_is_given_up(
    endpoint: Callable[[Answer], Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console, "TIMEOUT", 0.05)
    waits = threading.Event()
    aws = endpoint(lambda _: waits.wait(5) and None)
    assert get_sign_in_url("aws", aws.url, CREDENTIALS) is None
    waits.set()


def test_an_unknown_partition_has_no_console() -> None:
    assert get_sign_in_url("aws-iso", "", CREDENTIALS) is None


def test_the_stand_in_signs_in_a_session_that_the_local_sts_knows(aws: Aws) -> None:
    issued = aws.endpoint.as_root(FIRM, "sts").get_session_token()["Credentials"]
    keys = {
        "access_key_id": issued["AccessKeyId"],
        "secret_access_key": issued["SecretAccessKey"],
        "session_token": issued["SessionToken"],
    }
    rest = {"expires_at": issued["Expiration"], "assumed_role_arn": "", "request_id": ""}
    with sign_in_stand_in(aws.endpoint) as url:
        assert get_sign_in_url("aws", url, Credentials(**keys, **rest)) is not None
        assert get_sign_in_url("aws", url, CREDENTIALS) is None
