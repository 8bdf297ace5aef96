"""A tiny Daypass for the stand-in: it keeps each request, and answers as configured."""

import json
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl

from slack_sdk.signature import SignatureVerifier


@dataclass(frozen=True, slots=True)
class Called:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode(), keep_blank_values=True, strict_parsing=True))

    def answer(self, message: dict[str, Any]) -> None:
        form = self.form
        url = form.get("response_url") or json.loads(form["payload"])["response_url"]
        request = urllib.request.Request(url, json.dumps(message).encode(), method="POST")
        urllib.request.urlopen(request, timeout=5).close()

    def is_signed_with(self, secret: str) -> bool:
        """Slack's own SDK is the judge."""
        return SignatureVerifier(secret).is_valid_request(self.body, self.headers)


@dataclass(slots=True)
class TinyDaypass:
    url: str
    called: list[Called] = field(default_factory=list)
    status: int = 200
    answer_body: dict[str, Any] | None = None
    later: dict[str, Any] | None = None
    """The message that it posts to the response_url before it answers."""
    seconds: float = 0


@contextmanager
def tiny_daypass() -> Iterator[TinyDaypass]:
    class Connection(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            tiny.called.append(Called(self.path, dict(self.headers), body))
            if tiny.later is not None:
                tiny.called[-1].answer(tiny.later)
            time.sleep(tiny.seconds)
            body = json.dumps(tiny.answer_body).encode() if tiny.answer_body is not None else b""
            self.send_response(tiny.status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Connection)
    tiny = TinyDaypass(f"http://127.0.0.1:{server.server_address[1]}")
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield tiny
    finally:
        server.shutdown()
        server.server_close()
