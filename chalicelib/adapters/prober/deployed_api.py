"""Send the prober's requests to the deployed API over HTTPS. The prober is the function that tests
the deployed API.

A check sends one request and compares the response. Of the content of a successful response, it
gets only the fields that it names.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.request import Request

from chalicelib.adapters.no_redirects import send_without_redirects
from chalicelib.domain.errors import AccessDenied, Reason, Unavailable
from chalicelib.domain.prober.checks import ApiCheck, ApiResponse

TIMEOUT_SECONDS = 10  # of each step of a request
MAX_RESPONSE_BYTES = 2 * 1024 * 1024  # the largest response, /openapi.json, has some 520 KiB
# These headers differ between responses to equal requests.
_VARYING_HEADERS = {
    *("connection", "date", "via", "x-amz-apigw-id", "x-amz-cf-id", "x-amz-cf-pop"),
    *("x-amzn-requestid", "x-amzn-trace-id", "x-cache", "x-request-id"),
}


class DeployedApi:
    """The DeployedApi port on the standard library's HTTP client."""

    def __init__(self, url: str) -> None:
        self._url = url.rstrip("/")

    def send(self, check: ApiCheck, token: str) -> ApiResponse:
        """Send the check's request, and return the parts of the response that the prober compares.

        For a refusal, `shape` has the whole response without its request ID and the headers that
        vary, so that two refusals can be compared.
        """
        status, headers, body = self._send(check.method, check.path, token, check.body)
        content = _parse_json_object(body)
        if status < 400:
            return ApiResponse(
                status=status,
                request_id=_find_request_id(headers),
                extracted=_extract_fields(content, check.extract),
            )
        request_id = str(content.pop("request_id", "")) or _find_request_id(headers)
        stable_headers = [
            (name.lower(), value) for name, value in headers if name.lower() not in _VARYING_HEADERS
        ]
        return ApiResponse(
            status=status,
            reason=str(content.get("reason", "")),
            request_id=request_id,
            shape=json.dumps([sorted(stable_headers), content], sort_keys=True),
        )

    def find_token_routes(self) -> Sequence[tuple[str, str]]:
        """Return the method and path of each route that needs a token, from the API's OpenAPI
        document. Return none if the document cannot be read."""
        status, _, body = self._send("GET", "/openapi.json", "", None)
        if status != 200:
            return ()
        return tuple(
            (method.upper(), path)
            for path, methods in sorted(_parse_json_object(body).get("paths", {}).items())
            for method, route in sorted(methods.items())
            if route.get("security") != []  # an empty list marks a route without a token
        )

    def enrol(self, code: str, label: str) -> str:
        """Exchange an enrolment code for a token with this label, and return the token."""
        return self._request_token("/v1/enrol", "", {"code": code, "label": label})

    def rotate(self, token: str) -> str:
        """Replace the token, and return the new one."""
        return self._request_token("/v1/me/tokens/rotate", token, {})

    def _request_token(self, path: str, token: str, body: Mapping[str, str]) -> str:
        """Send a POST request, and return the new token in the response. Raise AccessDenied with
        the API's reason if the API refused the request, and Unavailable for any other response, or
        if none arrives."""
        status, _, response = self._send("POST", path, token, body)
        content = _parse_json_object(response)
        if status == 201 and isinstance(content.get("token"), str):
            token_text: str = content["token"]
            return token_text
        if 400 <= status < 500 and content.get("reason") in list(Reason):
            raise AccessDenied(Reason(content["reason"]))
        raise Unavailable(Reason.TIMED_OUT)

    def _send(
        self, method: str, path: str, token: str, body: Mapping[str, Any] | None
    ) -> tuple[int, list[tuple[str, str]], bytes]:
        """Send a request and return the response's status, headers and body. If no response
        arrives in time, return the status 0 without headers and body."""
        headers = {"Accept": "application/json", "User-Agent": "daypass-prober"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        data = None
        if body is not None:
            data = json.dumps(body).encode()
            headers["Content-Type"] = "application/json"
        # The settings accept only https, and http on this machine.
        request = Request(self._url + path, data, headers, method=method)  # noqa: S310
        try:
            with send_without_redirects(request, TIMEOUT_SECONDS) as response:
                return (
                    response.status,
                    list(response.headers.items()),
                    response.read(MAX_RESPONSE_BYTES),
                )
        except (OSError, http.client.HTTPException):
            return 0, [], b""


def _parse_json_object(body: bytes) -> dict[str, Any]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _extract_fields(content: Mapping[str, Any], names: Sequence[str]) -> dict[str, str]:
    """Return the content's fields with these names, if they are text. A name such as "member.id" is
    a field of a nested object."""
    extracted = {}
    for name in names:
        value: Any = content
        for part in name.split("."):
            value = value.get(part) if isinstance(value, dict) else None
        if isinstance(value, str):
            extracted[name] = value
    return extracted


def _find_request_id(headers: Sequence[tuple[str, str]]) -> str:
    return next((value for name, value in headers if name.lower() == "x-request-id"), "")
