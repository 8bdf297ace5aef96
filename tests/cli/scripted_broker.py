"""A broker of a few routes, whose answers a test replaces to see what the command makes of them."""

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from typing import Any, Self

from tests.cli.samples import ANSWERS, ENTRY, REVOCATION

TOKEN = "daypass_alice_" + "x" * 48
Answer = tuple[int, Any] | Callable[[BaseHTTPRequestHandler], None]
"""A status and a JSON document, or a function that writes to the connection by itself."""


def send(handler: BaseHTTPRequestHandler, document: Any, status: int = 200, **headers: str) -> None:
    """Write the answer: JSON, a text as lines of JSON, or bytes. A header such as `Content_Length`
    takes the place of the right one."""
    if isinstance(document, str):
        headers = {"Content_Type": "application/x-ndjson", **headers}
        document = document.encode()
    content = document if isinstance(document, bytes) else json.dumps(document).encode()
    handler.send_response_only(status)
    for name, value in {"Content_Length": str(len(content)), **headers}.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()
    handler.wfile.write(content)


def answer_with(document: Any, status: int = 200, **headers: str) -> Answer:
    return lambda handler: send(handler, document, status, **headers)


class _Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing if the command reads no answer: it shares the tests' stderr."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class ScriptedBroker:
    """Answers as Daypass does, unless `answers` has another answer for a path."""

    def __init__(self, context: SSLContext | None = None) -> None:
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, str, dict[str, str], Any]] = []
        self.lifetime = timedelta(hours=1)
        self.delay = 0.0
        """Seconds that a vend takes."""
        self.clock_offset = 0.0
        """Seconds that the broker's clock is ahead."""
        self._vends = 0
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        if context is not None:
            self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
            self.url = self.url.replace("http:", "https:")

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *error: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def vends(self) -> int:
        return self.counts["/v1/engagements/acme-prod/sessions"]

    @property
    def counts(self) -> Counter[str]:
        return Counter(path.partition("?")[0] for _, path, _, _ in self.requests)

    def refuse(self, path: str, reason: str, detail: str, status: int = 403) -> None:
        problem = {"reason": reason, "detail": detail, "request_id": "r-1", "status": status}
        self.answers[path] = (status, problem)

    def _answer(self, path: str, body: Any) -> Answer:
        if path in self.answers:
            return self.answers[path]
        if path in ANSWERS:
            return 200, ANSWERS[path]
        if path == "/v1/me/web-links":
            return 201, {"url": f"{self.url}/web/sign-in/x", "expires_at": "2026-11-24T12:01:00Z"}
        if path.startswith("/v1/me/sessions/") and path.endswith("/end"):
            return 200, {**REVOCATION, "message": "Given back."}
        if path.endswith("/sessions") and body:
            return self._vend(body["role"])
        return 404, {"reason": "no-such-route", "detail": "There is nothing here.", "status": 404}

    def _vend(self, role: str) -> Answer:
        time.sleep(self.delay)
        with self._lock:
            self._vends += 1
            number = self._vends
        now = datetime.now(UTC) + timedelta(seconds=self.clock_offset)
        end = (now + self.lifetime).strftime("%Y-%m-%dT%H:%M:%SZ")
        return 201, {
            "vend": f"v{number}",
            "engagement": "acme-prod",
            "role": role,
            "session_name": f"alice.{number}",
            "assumed_role_arn": f"arn:aws:sts::987654321098:assumed-role/R/alice.{number}",
            "expires_at": end,
            "credentials": {
                "AccessKeyId": f"ASIA{number:016}",
                "SecretAccessKey": "secret-access-key",
                "SessionToken": "session-token",
                "Expiration": end,
            },
        }

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        broker = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self._reply(None)

            def do_POST(self) -> None:
                content = self.rfile.read(int(self.headers["Content-Length"]))
                is_json = self.headers["Content-Type"] == "application/json"
                self._reply(json.loads(content) if is_json else content.decode())

            do_PATCH = do_POST  # noqa: N815

            def _reply(self, body: Any) -> None:
                broker.requests.append((self.command, self.path, dict(self.headers), body))
                answer = broker._answer(self.path.partition("?")[0], body)
                if "format=ndjson" in self.path and answer == (200, ANSWERS["/v1/trail"]):
                    answer = 200, f"{json.dumps(ENTRY)}\n"
                if callable(answer):
                    answer(self)
                    return
                date = formatdate(time.time() + broker.clock_offset, usegmt=True)
                send(self, answer[1], answer[0], Date=date)

            def log_message(self, format: str, *arguments: Any) -> None:
                """Log nothing."""

        return Handler
