"""A stand-in for the AWS console's federation endpoint.

It asks the local STS whether a session is valid, and answers as AWS does ("Enable custom identity
broker access to the AWS console", IAM User Guide).
"""

from __future__ import annotations

import html
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from local.endpoint import Endpoint

PATH = "/federation"


class _SignIn(ThreadingHTTPServer):
    """The server, with the accounts of the sign-in tokens that it gave."""

    def __init__(self, aws: Endpoint) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.aws = aws
        self.identities: dict[str, str] = {}
        """The ARN of each sign-in token's session."""

    def give_token(self, fields: dict[str, list[str]]) -> str | None:
        """Return a sign-in token for the session; None if AWS would refuse it.

        AWS refuses a duration for a chained role's session, as all sessions of Daypass are.
        """
        if fields.get("Action") != ["getSigninToken"] or "SessionDuration" in fields:
            return None
        try:
            session = json.loads(fields["Session"][0])
            sts = self.aws.client(
                "sts",
                access_key_id=session["sessionId"],
                secret_access_key=session["sessionKey"],
                session_token=session["sessionToken"],
            )
            arn = sts.get_caller_identity()["Arn"]
        except Exception:  # noqa: BLE001 - whatever is wrong with the session, AWS answers 400
            return None
        token = secrets.token_urlsafe(24)
        self.identities[token] = arn
        return token


class _Connection(BaseHTTPRequestHandler):
    """One connection: a broker's POST for a token, or a browser's GET with the token."""

    server: _SignIn

    def do_POST(self) -> None:
        """Answer with a sign-in token."""
        length = int(self.headers.get("Content-Length") or 0)
        fields = parse_qs(self.rfile.read(min(length, 65_536)).decode("ascii", "replace"))
        token = self.server.give_token(fields) if urlsplit(self.path).path == PATH else None
        if token is None:
            self._answer(400, "text/plain", "Invalid credentials")
        else:
            self._answer(200, "application/json", json.dumps({"SigninToken": token}))

    def do_GET(self) -> None:
        """Show the page where the console would open."""
        fields = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        arn = self.server.identities.get(fields.get("SigninToken", ""))
        if arn is None:
            self._answer(400, "text/html", "<h1>The sign-in token is not valid</h1>")
            return
        destination = html.escape(fields.get("Destination", ""))
        self._answer(
            200,
            "text/html",
            "<!doctype html><title>AWS console (stand-in)</title>"
            "<h1>The AWS console would open here</h1>"
            f"<p>Signed in as {html.escape(arn)}.</p><p>Page: {destination}</p>",
        )

    def _answer(self, status: int, kind: str, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *_: Any) -> None:
        """Log nothing, because this server's addresses are secrets."""


@contextmanager
def sign_in_stand_in(aws: Endpoint) -> Iterator[str]:
    """Run the stand-in until the block ends. Yield its endpoint's URL."""
    server = _SignIn(aws)
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}{PATH}"
    finally:
        server.shutdown()
        server.server_close()
