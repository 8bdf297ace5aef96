"""Serve a session on this machine as a container credentials endpoint.

AWS SDKs read it from AWS_CONTAINER_CREDENTIALS_FULL_URI ("Container credential provider", AWS SDKs
and Tools Reference Guide). They wait one or two seconds, so the session comes from the cache.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from hmac import compare_digest
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from secrets import token_urlsafe
from typing import Any

from daypass.errors import CommandError
from daypass.json_object import JsonObject
from daypass.machine.programs import IS_WINDOWS
from daypass.terminal.output import warn

PATH = "/credentials"


class CredentialsServer(ThreadingHTTPServer):
    """Answers requests with the secret token. Each asks `get_entry` for the session again."""

    daemon_threads = True
    # On Windows, this option would let another user's program take the port over ("Using
    # SO_REUSEADDR and SO_EXCLUSIVEADDRUSE", Winsock).
    allow_reuse_address = not IS_WINDOWS

    def __init__(self, get_entry: Callable[[], JsonObject], port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.get_entry, self.token = get_entry, token_urlsafe(32)
        self._refused = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Print nothing about a connection that broke."""

    @property
    def variables(self) -> dict[str, str]:
        """The environment variables that make an AWS SDK use this server."""
        return {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": f"http://127.0.0.1:{self.server_port}{PATH}",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN": self.token,
        }

    def get_credentials(self) -> JsonObject:
        """Return the session's credentials. Raise CommandError for a refusal.

        The first refusal is printed, because some AWS SDKs hide it (JavaScript, Go 1).
        """
        try:
            credentials: JsonObject = self.get_entry()["credentials"]
        except CommandError as error:
            if not self._refused:
                warn(str(error))
            self._refused = True
            raise
        self._refused = False
        return credentials


class _Handler(BaseHTTPRequestHandler):
    server: CredentialsServer
    timeout = 10

    def do_GET(self) -> None:
        token = self.headers.get("Authorization", "")
        # A web page can make a browser call this address under another name (DNS rebinding).
        host = self.headers.get("Host", "").rpartition(":")[0]
        if not compare_digest(token.encode(), self.server.token.encode()) or host != "127.0.0.1":
            self._answer(403, {"code": "Forbidden", "message": "The token is wrong."})
            return
        if self.path != PATH:
            self._answer(404, {"code": "NotFound", "message": "There is nothing here."})
            return
        try:
            credentials = self.server.get_credentials()
        except Exception as error:  # noqa: BLE001 - the caller shows it; the terminal is a person's
            text = f"Daypass: {error if isinstance(error, CommandError) else type(error).__name__}"
            self._answer(
                400, {"code": "Refused", "message": text, "Code": "Refused", "Message": text}
            )
            return
        names = {"SessionToken": "Token"}
        answer = {names.get(name, name): value for name, value in credentials.items()}
        self._answer(200, {name: answer[name] for name in answer if name != "Version"})

    def _answer(self, status: int, document: JsonObject) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *arguments: Any) -> None:
        """Log nothing: the terminal belongs to the person."""
