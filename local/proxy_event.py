"""Convert HTTP requests to API Gateway's events for a function (REST API, Lambda proxy)."""

from __future__ import annotations

import base64
import re
import time
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes

STAGE = "api"

_MALFORMED_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


class BadRequest(Exception):
    """The request's path or query is malformed."""


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request as received."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    source_ip: str

    @property
    def path(self) -> str:
        """The raw path, without a slash at its end, which API Gateway ignores."""
        path = self.target.partition("?")[0]
        return path if path == "/" else path.removesuffix("/")

    @property
    def query(self) -> str:
        return self.target.partition("?")[2]

    def header(self, name: str) -> str:
        """The header's last value, or an empty string."""
        values = [value for header, value in self.headers if header.lower() == name.lower()]
        return values[-1] if values else ""


@dataclass(frozen=True, slots=True)
class Resource:
    """A resource of the API, and the values of its path parameters."""

    pattern: str
    parameters: Mapping[str, str]


def find_resource(path: str, patterns: Iterable[str]) -> Resource | None:
    """Return the resource that matches the raw path, or None.

    From left to right, a static segment wins over a parameter, and a parameter over a greedy one,
    such as `{page+}`, which takes the rest of the path. Raise BadRequest if a parameter's
    percent-encoding is malformed.
    """
    segments = path.split("/")
    matching = [pattern for pattern in patterns if _matches(segments, pattern.split("/"))]
    if not matching:
        return None
    best = min(matching, key=lambda pattern: [_kind(part) for part in pattern.split("/")])
    expected = best.split("/")
    parts = [*segments[: len(expected) - 1], "/".join(segments[len(expected) - 1 :])]
    return Resource(
        pattern=best,
        parameters={
            name.strip("{+}"): decode(part)
            for name, part in zip(expected, parts, strict=True)
            if _kind(name)
        },
    )


def _matches(segments: list[str], pattern: list[str]) -> bool:
    is_long_enough = len(segments) == len(pattern) or (
        _kind(pattern[-1]) == _GREEDY and len(segments) > len(pattern)
    )
    return is_long_enough and all(
        bool(segment) if _kind(expected) else segment == expected
        for segment, expected in zip(segments, pattern, strict=False)
    )


_STATIC, _PARAMETER, _GREEDY = range(3)


def _kind(part: str) -> int:
    """Return the kind of a resource's path part."""
    if not (part.startswith("{") and part.endswith("}")):
        return _STATIC
    return _GREEDY if part.endswith("+}") else _PARAMETER


def decode(text: str) -> str:
    """Decode percent-encoding. Raise BadRequest if it is malformed or not UTF-8."""
    if _MALFORMED_ESCAPE.search(text):
        raise BadRequest
    try:
        return unquote_to_bytes(text).decode()
    except UnicodeDecodeError:
        raise BadRequest from None


def event(request: Request, resource: Resource, *, binary_types: Iterable[str]) -> dict[str, Any]:
    """Return API Gateway's event for a request. Raise BadRequest if its path or query is
    malformed."""
    query = _query_parameters(request.query)
    headers = _values_by_name((*request.headers, *_added_headers(request)))
    body, is_base64 = _body(request, binary_types)
    path = decode(request.path)
    return {
        "resource": resource.pattern,
        "path": path,
        "httpMethod": request.method,
        "headers": _last_values(headers),
        "multiValueHeaders": headers,
        "queryStringParameters": _last_values(query) or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": dict(resource.parameters) or None,
        "stageVariables": None,
        "requestContext": {
            "resourceId": "local",
            "resourcePath": resource.pattern,
            "httpMethod": request.method,
            "path": path,
            "protocol": "HTTP/1.1",
            "accountId": "123456789012",
            "apiId": "local",
            "stage": STAGE,
            "domainName": request.header("Host"),
            "requestId": str(uuid.uuid4()),
            "extendedRequestId": uuid.uuid4().hex[:16],
            "requestTime": time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime()),
            "requestTimeEpoch": int(time.time() * 1000),
            "identity": {
                "sourceIp": request.source_ip,
                "userAgent": request.header("User-Agent") or None,
            },
        },
        "body": body,
        "isBase64Encoded": is_base64,
    }


def _added_headers(request: Request) -> tuple[tuple[str, str], ...]:
    forwarded_for = request.header("X-Forwarded-For")
    return (
        ("X-Amzn-Trace-Id", f"Root=1-{int(time.time()):08x}-{uuid.uuid4().hex[:24]}"),
        # API Gateway appends the address. Only the last one can be trusted.
        (
            "X-Forwarded-For",
            f"{forwarded_for}, {request.source_ip}" if forwarded_for else request.source_ip,
        ),
        ("X-Forwarded-Port", request.header("Host").rpartition(":")[2] or "80"),
        ("X-Forwarded-Proto", "http"),
    )


def _query_parameters(query: str) -> dict[str, list[str]]:
    pairs = (pair.partition("=") for pair in query.split("&") if pair)
    return _values_by_name(
        (decode(name.replace("+", " ")), decode(value.replace("+", " ")))
        for name, _, value in pairs
    )


def _values_by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    grouped: dict[str, list[str]] = {}
    for name, value in pairs:
        grouped.setdefault(name, []).append(value)
    return grouped


def _last_values(grouped: Mapping[str, list[str]]) -> dict[str, str]:
    return {name: values[-1] for name, values in grouped.items()}


def _body(request: Request, binary_types: Iterable[str]) -> tuple[str | None, bool]:
    if not request.body:
        return None, False
    media_type = request.header("Content-Type").partition(";")[0].strip().lower()
    if media_type not in binary_types:
        try:
            return request.body.decode(), False
        except UnicodeDecodeError:
            pass
    return base64.b64encode(request.body).decode(), True
