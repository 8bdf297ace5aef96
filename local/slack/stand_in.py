"""The stand-in for Slack. It sends requests to Daypass, and accepts the messages that Daypass
posts."""

from __future__ import annotations

import json
import re
import secrets
import threading
import urllib.request
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.error import HTTPError

from local.slack import requests
from local.slack.requests import Person, Request

# A response_url works five times in half an hour ("Handling user interaction", docs.slack.dev).
MOST_ANSWERS = 5
PATIENCE = 3
"""Seconds that Slack waits for Daypass before it shows a timeout."""

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """Daypass's immediate answer to a request. If it has no message, Slack shows nothing."""

    status: int
    """The HTTP status. 0 if Daypass did not answer in time."""
    message: Message | None


@dataclass(frozen=True, slots=True)
class Posted:
    """A message posted to Slack, and the status of Slack's answer."""

    path: str
    message: Message
    status: int

    @property
    def is_accepted(self) -> bool:
        return self.status == 200

    @property
    def is_for_the_channel(self) -> bool:
        """Return whether the message was posted to the webhook: everyone in the channel sees it."""
        return self.path.startswith("/services/")


class SlackStandIn:
    """A server on 127.0.0.1 that runs during a `with` block.

    The caller decides when each request is delivered, so requests can be late, repeated or out of
    order. `posted` has every message that Daypass posted, accepted or not.
    """

    def __init__(
        self,
        signing_secret: str,
        daypass_url: str = "",
        *,
        port: int = 0,
        webhook_path: str = "/services/T0EXAMPLE/B0EXAMPLE/of-no-secrecy",
    ) -> None:
        """Listen on the port (0: any free port). Raise OSError if the port is in use."""
        self.signing_secret, self.daypass_url = signing_secret, daypass_url
        self.posted: list[Posted] = []
        self.webhook_path = webhook_path
        self._answers: dict[str, int] = {}
        """The number of posts to each response_url."""
        self._refusals: deque[int] = deque()
        self._changed = threading.Condition()
        self._server = _Server(("127.0.0.1", port), _Connection)
        self._server.slack = self

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The stand-in's URL, which replaces https://hooks.slack.com."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def webhook(self) -> str:
        return self.url + self.webhook_path

    def response_url(self) -> str:
        path = f"/commands/{secrets.token_hex(16)}"
        self._answers[path] = 0
        return self.url + path

    def command(self, text: str, person: Person, *, age: float = 0) -> Request:
        """Return the request of a typed command, signed `age` seconds ago. `text` must be escaped
        (`requests.escaped`)."""
        form = requests.command(text, person, self.response_url())
        return requests.signed("/v1/slack/commands", form, secret=self.signing_secret, age=age)

    def press(
        self, button: dict[str, Any], person: Person, typed: Mapping[str, str] = {}
    ) -> Request:
        """Return the request that Slack sends when someone presses this button. `typed` are the
        texts in the message's fields, by the name of each."""
        form = requests.press(button, person, self.response_url(), typed)
        return requests.signed("/v1/slack/actions", form, secret=self.signing_secret)

    def deliver(self, request: Request, *, patience: float = PATIENCE) -> Answer:
        """Send the request to Daypass, and return the answer. A request can be sent again."""
        http_request = urllib.request.Request(
            self.daypass_url + request.path, request.body, request.headers, method="POST"
        )
        direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with direct.open(http_request, timeout=patience) as response:
                return Answer(response.status, _parse_message(response.read()))
        except HTTPError as response:
            with response:
                return Answer(response.code, _parse_message(response.read()))
        except OSError:
            return Answer(0, None)

    def will_refuse(self, *statuses: int) -> None:
        """Answer the next posts with these statuses, one each. 429 comes with Retry-After; 0 closes
        the connection without an answer."""
        self._refusals.extend(statuses)

    def wait_for(self, count: int, *, seconds: float = 10) -> list[Posted]:
        """Wait until Daypass has posted this many messages, and return all. Else raise
        TimeoutError."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.posted) >= count, timeout=seconds):
                raise TimeoutError(f"Daypass posted {len(self.posted)} of {count} messages in time")
            return [*self.posted]

    def take(self, path: str, body: bytes) -> int:
        """Store a posted message, and return the HTTP status to answer with."""
        with self._changed:
            message = _parse_message(body)
            status = self._status_for(path, message)
            self.posted.append(Posted(path, message or {}, status))
            self._changed.notify_all()
            return status

    def _status_for(self, path: str, message: Message | None) -> int:
        """Return the HTTP status with which Slack would answer the post."""
        if self._refusals:
            return self._refusals.popleft()
        if message is None:
            return 400
        if path == self.webhook_path:
            return 200
        if self._answers.get(path, MOST_ANSWERS) >= MOST_ANSWERS:
            return 404
        self._answers[path] += 1
        return 200


class _Server(ThreadingHTTPServer):
    """The server of the stand-in."""

    slack: SlackStandIn


class _Connection(BaseHTTPRequestHandler):
    """One connection from Daypass."""

    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Store the posted message, and answer as Slack does."""
        length = self.headers.get("Content-Length") or ""
        body = self.rfile.read(int(length)) if re.fullmatch("[0-9]{1,7}", length) else b""
        status = self.server.slack.take(self.path, body)
        if status == 0:
            self.close_connection = True
            return
        text = b"ok" if status == 200 else b"not ok"
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def log_message(self, format: str, *_: Any) -> None:
        """Log nothing, because this server's addresses are secrets."""


def _parse_message(body: bytes) -> Message | None:
    """Return the message in a body; None if it is not a JSON object."""
    try:
        message = json.loads(body)
    except ValueError:
        return None
    return message if isinstance(message, dict) else None
