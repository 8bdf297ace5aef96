"""The stand-in: what Daypass calls Slack. It delivers to Daypass, and takes what comes back."""

from __future__ import annotations

import json
import re
import secrets
import threading
import urllib.request
from collections import deque
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.error import HTTPError

from local.slack import requests
from local.slack.requests import Person, Request

# "Handling user interaction" (docs.slack.dev): a response_url is good five times in half an hour.
MOST_ANSWERS = 5
PATIENCE = 3
"""Seconds that whoever types waits for Daypass; then Slack tells them that it has timed out."""

Message = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Answer:
    """What Daypass answered at once. Without a message, nothing is shown."""

    status: int
    """0 if it took longer than Slack waits, or nobody answered."""
    message: Message | None


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted to Slack later on, and what Slack said to it."""

    path: str
    message: Message
    status: int

    @property
    def is_taken(self) -> bool:
        return self.status == 200

    @property
    def is_for_the_channel(self) -> bool:
        """It came by the webhook, and everybody in the channel sees it."""
        return self.path.startswith("/services/")


class SlackStandIn:
    """Answers on 127.0.0.1 while its block runs.

    A request that is made can be delivered at once, late, twice or after another, as the caller
    likes. What is posted is on record, whether it was taken or not.
    """

    def __init__(
        self,
        signing_secret: str,
        daypass_url: str = "",
        *,
        port: int = 0,
        webhook_path: str = "/services/T0EXAMPLE/B0EXAMPLE/of-no-secrecy",
    ) -> None:
        """OSError if somebody else listens at the port (0: any that is free)."""
        self.signing_secret, self.daypass_url = signing_secret, daypass_url
        self.posted: list[Posted] = []
        self.webhook_path = webhook_path
        self._answers: dict[str, int] = {}
        """To each response_url that was handed out."""
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
        """What Daypass has to take for https://hooks.slack.com."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def webhook(self) -> str:
        return self.url + self.webhook_path

    def response_url(self) -> str:
        path = f"/commands/{secrets.token_hex(16)}"
        self._answers[path] = 0
        return self.url + path

    def command(self, text: str, person: Person, *, age: float = 0) -> Request:
        """The request of a command, as it is sent (see `requests.escaped`) and signed `age` seconds
        ago."""
        form = requests.command(text, person, self.response_url())
        return requests.signed("/v1/slack/commands", form, secret=self.signing_secret, age=age)

    def press(self, button: dict[str, Any], person: Person) -> Request:
        """The request of a press on a button of a message of Daypass's."""
        form = requests.press(button, person, self.response_url())
        return requests.signed("/v1/slack/actions", form, secret=self.signing_secret)

    def deliver(self, request: Request, *, patience: float = PATIENCE) -> Answer:
        """Send it to Daypass. The same request can be sent again, as by whoever has caught it."""
        asked = urllib.request.Request(
            self.daypass_url + request.path, request.body, request.headers, method="POST"
        )
        directly = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with directly.open(asked, timeout=patience) as answer:
                return Answer(answer.status, _message(answer.read()))
        except HTTPError as refused:
            with refused:
                return Answer(refused.code, _message(refused.read()))
        except OSError:
            return Answer(0, None)

    def will_refuse(self, *statuses: int) -> None:
        """Answer the next posts with these, one each: 500, 429 (with Retry-After), 404; 0 hangs up
        without an answer."""
        self._refusals.extend(statuses)

    def wait_for(self, count: int, *, seconds: float = 10) -> list[Posted]:
        """All that was posted, once it is so many at least. TimeoutError if it is not, in time."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.posted) >= count, timeout=seconds):
                raise TimeoutError(f"{len(self.posted)} of {count} messages were posted in time")
            return [*self.posted]

    def take(self, path: str, body: bytes) -> int:
        """Take what is posted to a path, and give the status that Slack answers with."""
        with self._changed:
            message = _message(body)
            status = self._status_for(path, message)
            self.posted.append(Posted(path, message or {}, status))
            self._changed.notify_all()
            return status

    def _status_for(self, path: str, message: Message | None) -> int:
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
    slack: SlackStandIn


class _Connection(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length") or ""
        body = self.rfile.read(int(length)) if re.fullmatch("[0-9]{1,7}", length) else b""
        status = self.server.slack.take(self.path, body)
        if status == 0:
            self.close_connection = True
            return
        said = b"ok" if status == 200 else b"not ok"
        self.send_response(status)
        if status == 429:
            self.send_header("Retry-After", "1")
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *_: Any) -> None:
        """Say nothing: an address of this server's is as good as a secret."""


def _message(body: bytes) -> Message | None:
    """The message in a body; None if it is no JSON object."""
    try:
        found = json.loads(body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
