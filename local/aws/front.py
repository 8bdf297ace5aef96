"""What stands before ministack: our own `/_local/` endpoints, and nothing a web page may reach."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from local.aws import function_credentials, judgements
from local.aws.fixes import conflicts
from local.aws.fixes.policies import organizations
from local.aws.fixes.roles import sessions

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_DIGITS = re.compile("[0-9]{1,5}")
_LOOPBACK = ("127.0.0.1", "localhost")
# With a stage: ministack takes what names none for a call of some AWS service.
_DEPLOYED_API = re.compile("/_aws/execute-api/[^/]+/[^/]+/.*", re.DOTALL)
_NOT_FOUND = HTTPStatus.NOT_FOUND, {"message": "Not found."}


@dataclass(frozen=True, slots=True)
class Front:
    """Answers `/_local/`, refuses browsers and ministack's own unauthenticated administration."""

    application: Application
    port: int

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
        elif not self._from_a_program(scope):
            await _answer(send, HTTPStatus.FORBIDDEN, {"message": "Not for web pages."})
        elif scope["path"].startswith("/_local/"):
            await _answer(send, *_local(scope["method"], scope["path"]))
        elif scope["path"].startswith(("/_ministack/", "/_localstack/")):
            await _answer(send, *_NOT_FOUND)
        else:
            await self.application(scope, receive, send)

    def _from_a_program(self, scope: Scope) -> bool:
        """Whether the request can only come from a program: of no page, and addressed to loopback.

        Root keys of the local AWS need no real signature, so a page in the developer's browser
        must not be able to use them, be it by a cross-origin request or by a rebound DNS name. An
        API that is deployed here asks for what it wants by itself, and its pages have forms: what
        ministack hands to such an API, or answers with a 404, is no call of AWS. Not so by the
        name of a service or a bucket, such as `bucket.s3.localhost`: that name comes first.
        """
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1").removesuffix(f":{self.port}")
        # For an `<img src=…>` a browser sends no Origin, but says that a page has asked.
        site = headers.get(b"sec-fetch-site", b"none")
        if b"origin" in headers or site != b"none":
            return host in _LOOPBACK and _DEPLOYED_API.fullmatch(scope["path"]) is not None
        return host in _LOOPBACK or host.endswith(".localhost")


def _local(method: str, path: str) -> tuple[HTTPStatus, Any]:
    match method, path.split("/")[2:]:
        case "GET", ["function-credentials", account, role_name, function]:
            credentials = function_credentials.issue(account, role_name, function)
            return (HTTPStatus.OK, credentials) if credentials else _NOT_FOUND
        case "GET", ["judgements"]:
            return HTTPStatus.OK, judgements.made()
        case "POST", ["sessions", access_key_id, "expire"]:
            expired = sessions.expire(access_key_id)
            return (HTTPStatus.OK, {"message": "Expired."}) if expired else _NOT_FOUND
        case "PUT", ["transaction-milliseconds", milliseconds] if _DIGITS.fullmatch(milliseconds):
            conflicts.set_duration(int(milliseconds))
            return HTTPStatus.OK, {"message": f"A transaction takes {int(milliseconds)} ms."}
        case "PUT", ["organizations", organization, "accounts", account]:
            organizations.join(account, organization)
            return HTTPStatus.OK, {"message": f"{account} is in {organization}."}
        case "DELETE", ["organizations", _, "accounts", account]:
            organizations.leave(account)
            return HTTPStatus.OK, {"message": f"{account} is in no organization."}
        case _:
            return _NOT_FOUND


async def _answer(send: Send, status: HTTPStatus, body: Any) -> None:
    payload = json.dumps(body).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(payload))]
    await send({"type": "http.response.start", "status": status.value, "headers": headers})
    await send({"type": "http.response.body", "body": payload})
