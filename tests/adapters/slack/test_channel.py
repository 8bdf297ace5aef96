"""Notices to a channel: what is sent, what is made of the answer, and what is never called."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from chalicelib.adapters.slack import channel as slack_channel
from chalicelib.adapters.slack.channel import Webhook
from chalicelib.domain.notifications.delivery import Delivery, DeliveryStatus
from chalicelib.domain.notifications.table import notification_of
from chalicelib.domain.slack.notification import ChannelWebhook, for_slack
from tests.domain.notifications.tables import TOLD

PATH = "/services/T0FIRM/B0HOOK/secretofthewebhook"
NOTICE = notification_of(TOLD[0][0])
assert NOTICE is not None


@dataclass
class Hooks:
    """Where Slack takes messages: it says what it is told to, and remembers what it was sent."""

    url: str = ""
    status: int = 200
    body: bytes = b"ok"
    headers: dict[str, str] = field(default_factory=dict)
    waits: float = 0
    instead: bytes | None = None
    """What is sent in place of an answer."""
    sent: list[tuple[str, str, dict[str, str], Any]] = field(default_factory=list)


@pytest.fixture
def hooks() -> Iterator[Hooks]:
    hooks = Hooks()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            told = json.loads(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            names = {name.lower(): value for name, value in self.headers.items()}
            hooks.sent.append((self.command, self.path, names, told))
            time.sleep(hooks.waits)
            if hooks.instead is not None:
                self.wfile.write(hooks.instead)
                return
            self.send_response(hooks.status)
            for name, value in hooks.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(hooks.body)))
            self.end_headers()
            self.wfile.write(hooks.body)

        def do_GET(self) -> None:
            hooks.sent.append((self.command, self.path, {}, None))

        def log_message(self, *_: Any) -> None: ...

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: Any) -> None:
            """Whoever did not wait for an answer is gone."""

    server = Server(("127.0.0.1", 0), Handler)
    hooks.url = f"http://127.0.0.1:{server.server_address[1]}"
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    yield hooks
    server.shutdown()
    server.server_close()


def send(hooks: str, url: str, *, user: str = "", again: bool = False) -> Delivery:
    assert NOTICE is not None
    channel = ChannelWebhook(team="T0FIRM", url=url)
    return Webhook(channel, hooks).send(NOTICE, user=user, again=again)


def test_a_notice_is_one_message_to_the_webhook(hooks: Hooks) -> None:
    assert send(hooks.url, hooks.url + PATH, user="U0ALICE", again=True) == Delivery(
        status=DeliveryStatus.TAKEN
    )
    ((method, path, headers, told),) = hooks.sent
    assert (method, path) == ("POST", PATH)
    assert headers["content-type"] == "application/json; charset=utf-8"
    assert told == for_slack(NOTICE, user="U0ALICE", again=True)


@pytest.mark.parametrize(
    ("http_status", "body", "status", "why"),
    [
        (200, b"ok", DeliveryStatus.TAKEN, ""),
        (201, b"", DeliveryStatus.TAKEN, ""),
        (400, b"invalid_payload", DeliveryStatus.REFUSED, "status 400 invalid_payload"),
        (403, b"action_prohibited", DeliveryStatus.REFUSED, "status 403 action_prohibited"),
        (404, b"no_service\n", DeliveryStatus.REFUSED, "status 404 no_service"),
        (410, b"channel_is_archived", DeliveryStatus.REFUSED, "status 410 channel_is_archived"),
        (
            400,
            b"<html>something long that nobody has asked for",
            DeliveryStatus.REFUSED,
            "status 400",
        ),
        (400, b"w" * 99, DeliveryStatus.REFUSED, "status 400"),
        (400, b"\xff\xfe", DeliveryStatus.REFUSED, "status 400"),
        (500, b"rollup_error", DeliveryStatus.NOT_TAKEN, "status 500 rollup_error"),
        (503, b"", DeliveryStatus.NOT_TAKEN, "status 503"),
    ],
)
def test_what_it_says_is_given_up_or_tried_again(
    hooks: Hooks, http_status: int, body: bytes, status: DeliveryStatus, why: str
) -> None:
    hooks.status, hooks.body = http_status, body
    assert send(hooks.url, hooks.url + PATH) == Delivery(status=status, why=why)
    assert len(hooks.sent) == 1


@pytest.mark.parametrize(
    ("retry_after", "wait"),
    [("30", 30), ("999999", 999_999), ("9999999", 0), ("-1", 0), ("soon", 0), ("٣", 0), (None, 0)],
)
def test_a_429_says_how_long_to_wait(hooks: Hooks, retry_after: str | None, wait: int) -> None:
    hooks.status, hooks.body = 429, b"rate_limited"
    if retry_after is not None:
        hooks.headers["Retry-After"] = retry_after.encode().decode("latin-1")
    expected = Delivery(status=DeliveryStatus.NOT_TAKEN, why="status 429 rate_limited", wait=wait)
    assert send(hooks.url, hooks.url + PATH) == expected


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_it_goes_to_no_other_place_than_it_was_sent_to(hooks: Hooks, status: int) -> None:
    hooks.status, hooks.headers = status, {"Location": f"{hooks.url}/elsewhere"}
    assert send(hooks.url, hooks.url + PATH).status is DeliveryStatus.NOT_TAKEN
    assert [path for _, path, *_ in hooks.sent] == [PATH]


@pytest.mark.parametrize("instead", [b"", b"not HTTP at all\r\n\r\n", b"HTTP/1.1 200"])
def test_no_answer_may_mean_that_it_has_arrived(hooks: Hooks, instead: bytes) -> None:
    hooks.instead = instead
    expected = (
        DeliveryStatus.TAKEN if instead.startswith(b"HTTP/1.1 200") else DeliveryStatus.UNKNOWN
    )
    assert send(hooks.url, hooks.url + PATH).status is expected


def test_an_answer_that_does_not_come_in_time_is_none(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(slack_channel, "SECONDS", 0.2)
    hooks.waits = 0.6
    assert send(hooks.url, hooks.url + PATH) == Delivery(
        status=DeliveryStatus.UNKNOWN, why="no answer"
    )


def test_where_nobody_answers_nothing_can_have_arrived() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{closed.getsockname()[1]}"
    expected = Delivery(status=DeliveryStatus.NOT_TAKEN, why="Slack cannot be reached")
    assert send(url, url + PATH) == expected


def test_an_address_that_is_not_slacks_is_never_called(hooks: Hooks) -> None:
    port = hooks.url.rpartition(":")[2]
    host = f"127.0.0.1:{port}"
    for url in (
        f"http://localhost:{port}{PATH}",
        f"http://user@{host}{PATH}",
        f"http://hooks.slack.com@{host}{PATH}",
        f"http://{host}",
        f"http://{host}\\@hooks.slack.com/",
        f"http://{host}{PATH} x",
        f"http://{host}{PATH}\n",
        f"//{host}{PATH}",
        f"http://[{host}{PATH}",
        f"file://{host}{PATH}",
        "",
    ):
        answer = send(hooks.url, url)
        assert answer == Delivery(
            status=DeliveryStatus.NOT_TAKEN, why="the webhook's address is not Slack's"
        ), url
        assert send("https://hooks.slack.com", f"{hooks.url}{PATH}") == answer
    assert hooks.sent == []


def test_nothing_that_it_says_of_itself_shows_the_webhook() -> None:
    channel = ChannelWebhook(team="T0FIRM", url=f"https://elsewhere.example{PATH}")
    assert "secretofthewebhook" not in repr(channel)
    assert NOTICE is not None
    answer = Webhook(channel, "https://hooks.slack.com").send(NOTICE, user="", again=False)
    assert "elsewhere" not in answer.why
