"""The ASGI middleware in front of ministack, the emulator of AWS.

It serves the paths under `/_local/` itself, and refuses requests from web pages.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from local.aws import events, function_credentials, mails, policy_decisions
from local.aws.fixes import conflicts
from local.aws.fixes.policies import delays, organizations
from local.aws.fixes.roles import sessions

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_DIGITS = re.compile("[0-9]{1,5}")
_LOOPBACK = ("127.0.0.1", "localhost")
# With a stage: without one, ministack routes the path to an AWS service.
_DEPLOYED_API = re.compile("/_aws/execute-api/[^/]+/[^/]+/.*", re.DOTALL)
_NOT_FOUND = HTTPStatus.NOT_FOUND, {"message": "Not found."}


@dataclass(frozen=True, slots=True)
class Middleware:
    """The middleware: it serves `/_local/`, and passes other requests on to ministack.

    It refuses requests from web pages. It also refuses requests to ministack's administration API,
    which requires no credentials.
    """

    application: Application
    port: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
        elif not self._is_from_program(scope):
            message = (
                "The local AWS accepts no requests from web pages. Send them from a program, such"
                " as the AWS CLI."
            )
            await _send(send, HTTPStatus.FORBIDDEN, {"message": message})
        elif scope["path"].startswith("/_local/"):
            await _send(send, *_answer_local_request(scope["method"], scope["path"]))
        elif scope["path"].startswith(("/_ministack/", "/_localstack/")):
            await _send(send, *_NOT_FOUND)
        else:
            await self._pass_on(scope, receive, send)

    async def _pass_on(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let ministack serve the request, and keep its event."""
        received, sent, status = bytearray(), bytearray(), 0

        async def receive_and_keep() -> MutableMapping[str, Any]:
            message = await receive()
            _keep_start(received, message)
            return message

        async def send_and_keep(message: MutableMapping[str, Any]) -> None:
            nonlocal status
            status = message.get("status", status)
            _keep_start(sent, message)
            await send(message)

        await self.application(scope, receive_and_keep, send_and_keep)
        headers = {
            name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]
        }
        body, response = (each.decode(errors="replace") for each in (received, sent))
        events.record(scope["method"], scope["path"], headers, body, status, response)

    def _is_from_program(self, scope: Scope) -> bool:
        """Return whether no web page can have sent the request, except to a deployed API.

        The local AWS accepts root keys without a real signature. A page in the developer's browser
        must not use them, be it in a cross-origin request or through a rebound DNS name.

        A deployed API has pages with forms, and authenticates its callers itself. So a page may
        call such an API, but only at a loopback name: ministack prefers a service or bucket in the
        host name, such as `bucket.s3.localhost`, to the path.
        """
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").removesuffix(f":{self.port}")
        # For an `<img src=…>` a browser sends no Origin, but Sec-Fetch-Site.
        site = headers.get(b"sec-fetch-site", b"none")
        if b"origin" in headers or site != b"none":
            return host in _LOOPBACK and _DEPLOYED_API.fullmatch(scope["path"]) is not None
        return host in _LOOPBACK or host.endswith(".localhost")


def _keep_start(kept: bytearray, message: MutableMapping[str, Any]) -> None:
    """Keep the first 64 KB of a body. A request of STS has less."""
    kept += message.get("body", b"")[: 65536 - len(kept)]


def _answer_local_request(method: str, path: str) -> tuple[HTTPStatus, Any]:
    """Do what a request under `/_local/` asks for. Return the response's status and body."""
    match method, path.split("/")[2:]:
        case "GET", ["function-credentials", account, role_name, function]:
            credentials = function_credentials.issue(account, role_name, function)
            return (HTTPStatus.OK, credentials) if credentials else _NOT_FOUND
        case "GET", ["policy-decisions"]:
            return HTTPStatus.OK, policy_decisions.made()
        case "GET", ["events", account]:
            return HTTPStatus.OK, events.list_events(account)
        case "GET", ["mails", account]:
            return HTTPStatus.OK, {"mails": mails.list_mails(account)}
        case "POST", ["sessions", access_key_id, "expire"]:
            expired = sessions.expire(access_key_id)
            return (HTTPStatus.OK, {"message": "Expired."}) if expired else _NOT_FOUND
        case "PUT", ["transaction-milliseconds", milliseconds] if _DIGITS.fullmatch(milliseconds):
            conflicts.set_duration(int(milliseconds))
            return HTTPStatus.OK, {"message": f"A transaction takes {int(milliseconds)} ms."}
        case "PUT", ["policy-milliseconds", milliseconds] if _DIGITS.fullmatch(milliseconds):
            delays.set_delay(int(milliseconds))
            return HTTPStatus.OK, {"message": f"A new version takes {int(milliseconds)} ms."}
        case "PUT", ["organizations", organization, "accounts", account]:
            organizations.join(account, organization)
            return HTTPStatus.OK, {"message": f"{account} is in {organization}."}
        case "DELETE", ["organizations", _, "accounts", account]:
            organizations.leave(account)
            return HTTPStatus.OK, {"message": f"{account} is in no organization."}
        case _:
            return _NOT_FOUND


async def _send(send: Send, status: HTTPStatus, body: Any) -> None:
    """Send a JSON response."""
    payload = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(payload))]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": payload})
