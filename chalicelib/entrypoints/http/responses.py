"""Render values as JSON responses, as their types declare."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from chalice.app import Response
from msgspec import UNSET

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.values import Value, marked_fields, shown_property

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Strict-Transport-Security": "max-age=63072000",
}


def make_response(status: int, body: Any, content_type: str = "application/json") -> Response:
    """Return a response with the headers that every response has."""
    return Response(body, {**HEADERS, "Content-Type": content_type}, status)


def as_text(body: Any) -> str | bytes:
    """Return the body as it is sent. JSON ends with a newline, so that a shell prompt starts on its
    own line."""
    return body if isinstance(body, str | bytes) else msgspec.json.encode(body).decode() + "\n"


def to_json(value: Any) -> Any:
    """Return the value as responses show it: without internal fields, with moments in RFC 3339 and
    sets sorted."""
    if isinstance(value, str | int) or value is None:  # the most frequent types
        return value
    match value:
        case Value():
            return _shown(value)
        case datetime():
            return rfc3339(value)
        case tuple() | list():
            return [to_json(element) for element in value]
        case frozenset():
            return sorted(to_json(element) for element in value)
        case Mapping():
            return {str(name): to_json(element) for name, element in value.items()}
    return value


def _shown(thing: Value) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for attribute, name, is_inline in shown_by(type(thing)):
        value = getattr(thing, attribute)
        if is_inline:
            found |= _shown(value)
        elif value is not UNSET:
            found[name] = to_json(value)
    return found


@cache
def shown_by(kind: type[Value]) -> tuple[tuple[str, str, bool], ...]:
    """What answers show of a kind of thing: attributes, their names in JSON, and whether they are
    shown inline. An `id` comes first, and what else follows from the fields comes last."""
    hidden, inline, renamed = (
        marked_fields(kind, mark) for mark in ("internal", "inline", "renamed")
    )
    fields = (field for field in msgspec.structs.fields(kind) if field.name not in hidden)
    found = [
        (
            field.name,
            field.name if field.name in renamed else field.encode_name,
            field.name in inline,
        )
        for field in fields
    ]
    of_all_bases = dict(pair for base in reversed(kind.__mro__) for pair in vars(base).items())
    found += [
        (name, name, False) for name, one in of_all_bases.items() if isinstance(one, shown_property)
    ]
    return tuple(sorted(found, key=lambda one: one[1] != "id"))
