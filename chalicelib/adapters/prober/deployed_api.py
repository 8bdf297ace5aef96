"""Ask the deployed API as anybody would: over HTTPS, by its address, with a token or without.

What it gives is read here, and dropped here: only what is asked for by name leaves.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.request import Request

from chalicelib.adapters.no_redirects import answered
from chalicelib.domain.errors import AccessDenied, Unavailable
from chalicelib.domain.prober.checks import ApiCheck, ApiResponse
from chalicelib.domain.reasons import Reason

SECONDS = 10
"""For each answer."""
LARGEST = 1024 * 1024  # bytes; the API's description, the largest answer, has some 140 KiB
# What differs from one answer to the next, whatever is asked.
_OF_ONE_REQUEST = {
    *("connection", "date", "via", "x-amz-apigw-id", "x-amz-cf-id", "x-amz-cf-pop"),
    *("x-amzn-requestid", "x-amzn-trace-id", "x-cache", "x-request-id"),
}


class DeployedApi:
    """The DeployedApi port, by the standard library."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def ask(self, trial: ApiCheck, token: str) -> ApiResponse:
        status, headers, body = self._send(trial.method, trial.path, token, trial.body)
        told = _object(body)
        if status < 400:
            return ApiResponse(
                status=status, request_id=_id(headers), kept=_kept(told, trial.keeps)
            )
        request_id = str(told.pop("request_id", "")) or _id(headers)
        same = [(n.lower(), v) for n, v in headers if n.lower() not in _OF_ONE_REQUEST]
        return ApiResponse(
            status=status,
            reason=str(told.get("reason", "")),
            request_id=request_id,
            shape=json.dumps([sorted(same), told], sort_keys=True),
        )

    def routes(self) -> Sequence[tuple[str, str]]:
        status, _, body = self._send("GET", "/openapi.json", "", None)
        if status != 200:
            return ()
        return tuple(
            (method.upper(), path)
            for path, methods in sorted(_object(body).get("paths", {}).items())
            for method, route in sorted(methods.items())
            if route.get("security") != []  # as the description marks what asks for no token
        )

    def enrol(self, code: str, label: str) -> str:
        return self._token("/v1/enrol", "", {"code": code, "label": label})

    def rotate(self, token: str) -> str:
        return self._token("/v1/me/tokens/rotate", token, {})

    def _token(self, path: str, token: str, body: Mapping[str, str]) -> str:
        status, _, answer = self._send("POST", path, token, body)
        told = _object(answer)
        if status == 201 and isinstance(told.get("token"), str):
            new: str = told["token"]
            return new
        if 400 <= status < 500 and told.get("reason") in list(Reason):
            raise AccessDenied(Reason(told["reason"]))
        raise Unavailable(Reason.TIMED_OUT)

    def _send(
        self, method: str, path: str, token: str, body: Mapping[str, Any] | None
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Status, headers and body; 0 and nothing, if there is no answer in time."""
        headers = {"Accept": "application/json", "User-Agent": "daypass-prober"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        # Of https, or of this machine: see the settings.
        asked = Request(self._url + path, data, headers, method=method)  # noqa: S310
        try:
            with answered(asked, SECONDS) as answer:
                return answer.status, list(answer.headers.items()), answer.read(LARGEST)
        except (OSError, http.client.HTTPException):
            return 0, [], b""


def _object(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _kept(told: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    kept = {}
    for name in names:
        value: Any = told
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, str):
            kept[name] = value
    return kept


def _id(headers: Sequence[tuple[str, str]]) -> str:
    return next((value for name, value in headers if name.lower() == "x-request-id"), "")
