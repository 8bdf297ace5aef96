"""What a request says, before any route's own fields: where it came in, its query, its body."""

from __future__ import annotations

import json
from typing import Any

from chalice.app import Request

from chalicelib.domain.errors import InvalidRequest, TooLarge
from chalicelib.domain.reasons import Reason

LARGEST_BODY = 16 * 1024  # bytes; the largest that most routes can make use of is far smaller
LARGEST_TEXT_BODY = 48 * 1024  # bytes; where a body holds a text that is written for others


def base_url(request: Request) -> str:
    """The domain is API Gateway's word, which serves no other; the stage is before the route."""
    host = request.context.get("domainName") or ""
    path = request.context.get("path") or ""
    depth = request.context.get("resourcePath", "").count("/")
    stage = path.rsplit("/", depth)[0] if depth else ""
    scheme = "http" if host.partition(":")[0] in ("127.0.0.1", "localhost") else "https"
    return f"{scheme}://{host}{stage}"


def query(request: Request) -> dict[str, str]:
    if request.query_params is None:
        return {}
    found: dict[str, str] = {}
    for name in request.query_params:
        values = request.query_params.getlist(name)
        if len(values) != 1:
            raise InvalidRequest(Reason.BAD_VALUE, "A query's field can be given once only.")
        found[name] = values[0]
    return found


def json_object(request: Request, largest: int) -> dict[str, Any]:
    try:
        raw: Any = request.raw_body
        if len(raw) > largest:
            raise TooLarge(Reason.BODY_TOO_LARGE)
        if not raw.strip():
            return {}
        body = _JSON.decode(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise InvalidRequest(Reason.MALFORMED_BODY) from None
    if not isinstance(body, dict):
        raise InvalidRequest(Reason.MALFORMED_BODY)
    return body


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A field that comes twice could mean one thing to us and another to whoever checks us."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a field came twice")
    return found


def _no_constant(constant: str) -> Any:
    raise ValueError(constant)


_JSON = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant)
