"""Log in through the browser: wait on this machine for the code that the browser brings after a
sign-in at the identity provider.

The browser sends the code to a port of 127.0.0.1, in the body of a form (RFC 8252, section 7.3).
Nobody else can use the code: its exchange needs the verifier, which only this process knows (PKCE,
RFC 7636). For the same reason no other member's code can log this machine in as them, unless they
have seen this login's challenge.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import Empty, Queue
from threading import Lock, Thread
from typing import Any, Callable
from urllib.parse import parse_qs

from daypass.broker import Broker
from daypass.errors import CommandError, LocalProblem
from daypass.machine.programs import open_browser
from daypass.terminal.output import progress

PATIENCE = 300.0
"""Seconds that the command waits for the browser. `wait` says the five minutes in its message."""
_LARGEST_FORM = 4096
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>{0} – Daypass</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<style>body {{ font: 1.1em/1.5 system-ui, sans-serif; max-width: 36em; margin: 3em auto }}</style>
<body><main><h1>{0}</h1><p>{1}</p></main></body></html>
"""
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
_DONE = ("You are logged in", "Close this tab, and go back to the terminal.")
_FAILED = ("The login failed", "Go back to the terminal, which says why.")
_NOTHING = (
    "Nothing to see here",
    "The daypass command waits here for a login, and for nothing else.",
)


def log_in_with_browser(broker: Broker, label: str) -> dict[str, Any]:
    """Open the sign-in page, wait until the member has signed in, and return the new token as the
    API answers it. Raise LocalProblem if that takes more than PATIENCE, and the errors of the
    exchange."""
    verifier = secrets.token_urlsafe(32)
    digest = hashlib.sha256(verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def exchange(code: str) -> dict[str, Any]:
        body = {"code": code, "verifier": verifier, "label": label}
        return dict(broker.post("/v1/enrol", body))

    with _Receiver(exchange) as receiver:
        page = f"{broker.address}/web/sign-in?challenge={challenge}&port={receiver.server_port}"
        try:
            open_browser(page)
            print("The sign-in page opens in your browser. If it does not, open:", file=sys.stderr)
        except LocalProblem:
            print("Open this page in a browser on this computer:", file=sys.stderr)
        print(page, file=sys.stderr)
        with progress("Waiting for your browser"):
            return receiver.wait()


class _Receiver(ThreadingHTTPServer):
    """A server at a free port of 127.0.0.1, which exchanges the first code that arrives."""

    daemon_threads = True

    def __init__(self, exchange: Callable[[str], dict[str, Any]]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self._exchange = exchange
        self._first_code = Lock()
        """Never released: only the first code counts."""
        self._outcomes: Queue[dict[str, Any] | CommandError] = Queue()
        """The answer of the exchange, or its error, for `wait`."""

    def __enter__(self) -> _Receiver:
        Thread(target=self.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()

    def wait(self) -> dict[str, Any]:
        """Return the answer of the exchange. Raise its error, or LocalProblem if no code comes."""
        try:
            outcome = self._outcomes.get(timeout=PATIENCE)
        except Empty:
            raise LocalProblem(
                "No one signed in within 5 minutes. Type daypass login again, or paste an enrolment"
                " code there."
            ) from None
        if isinstance(outcome, CommandError):
            raise outcome
        return dict(outcome)

    def redeem(self, code: str, answer: Callable[[tuple[str, str]], None]) -> None:
        """Exchange the code if it is the first. Answer the browser, and then put the outcome into
        the queue, which ends the waiting command."""
        if not self._first_code.acquire(blocking=False):
            answer(_NOTHING)
            return
        try:
            outcome: dict[str, Any] | CommandError = self._exchange(code)
        except CommandError as error:  # a call of the broker raises no other error
            outcome = error
        try:
            answer(_FAILED if isinstance(outcome, CommandError) else _DONE)
        finally:
            self._outcomes.put(outcome)


class _Handler(BaseHTTPRequestHandler):
    """Answers the browser. It takes a code from a form only, addressed to this very port, so that
    no other name leads here (DNS rebinding)."""

    timeout = 10
    server: _Receiver

    def do_POST(self) -> None:
        """Take the code from the form that the browser sends after the sign-in."""
        length = self.headers.get("Content-Length") or ""
        is_form = length.isdigit() and int(length) <= _LARGEST_FORM
        if self.headers.get("Host") != f"127.0.0.1:{self.server.server_port}" or not is_form:
            self._answer(_NOTHING)
            return
        form = parse_qs(self.rfile.read(int(length)).decode("ascii", "replace"))
        code = form.get("code", [""])[0]
        if code.startswith("daypass_enrol_"):
            self.server.redeem(code, self._answer)
        else:
            self._answer(_NOTHING)

    def do_GET(self) -> None:
        self._answer(_NOTHING)

    def _answer(self, page: tuple[str, str]) -> None:
        """Send a page with this heading and sentence."""
        content = _PAGE.format(*page).encode()
        self.send_response(404 if page is _NOTHING else 200)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", _POLICY)
        self.send_header("Cache-Control", "no-store")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Print nothing: the terminal shows the login's progress."""
