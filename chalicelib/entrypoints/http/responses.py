"""Render values as JSON responses, as their types declare."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
from msgspec import UNSET

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.values import Value, marked_fields, shown_property
from chalicelib.entrypoints.http.framework import Response

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


def encode_body(body: Any) -> str | bytes:
    """Return a response's body as API Gateway sends it. JSON ends with a newline, so that the
    caller's shell prompt starts on its own line."""
    return body if isinstance(body, str | bytes) else msgspec.json.encode(body).decode() + "\n"


def to_json_value(value: Any) -> Any:
    """Return the value as a response shows it, as dicts, lists and texts for a JSON encoder.

    Leave out internal fields and fields that are UNSET. Times become RFC 3339 texts, and sets
    become sorted lists.
    """
    if isinstance(value, str | int) or value is None:  # the most frequent types
        return value
    match value:
        case Value():
            return _render_fields(value)
        case datetime():
            return rfc3339(value)
        case tuple() | list():
            return [to_json_value(element) for element in value]
        case frozenset():
            return sorted(to_json_value(element) for element in value)
        case Mapping():
            return {str(name): to_json_value(element) for name, element in value.items()}
    return value


def _render_fields(shown_value: Value) -> dict[str, Any]:
    """Return the value's fields as a response shows them, by their names in JSON."""
    fields: dict[str, Any] = {}
    for attribute, name, is_inline in list_shown_fields(type(shown_value)):
        value = getattr(shown_value, attribute)
        if is_inline:
            fields |= _render_fields(value)
        elif value is not UNSET:
            fields[name] = to_json_value(value)
    return fields


@cache
def list_shown_fields(kind: type[Value]) -> tuple[tuple[str, str, bool], ...]:
    """Return the fields of a value type that responses show, as (attribute, name, is inline).

    The name is the field's name in JSON. Responses show the fields of an inline value instead of
    the value itself. A field named `id` comes first, and properties come last.
    `chalicelib/domain/values.py` defines the marks.
    """
    hidden, inline = (marked_fields(kind, mark) for mark in ("internal", "inline"))
    shown_fields = [
        (field.name, field.encode_name, field.name in inline)
        for field in msgspec.structs.fields(kind)
        if field.name not in hidden
    ]
    # Base classes first, so that a subclass's attribute replaces one with the same name.
    attributes = dict(pair for base in reversed(kind.__mro__) for pair in vars(base).items())
    shown_fields += [
        (name, name, False)
        for name, attribute in attributes.items()
        if isinstance(attribute, shown_property)
    ]
    # `id` first: False sorts before True. The other fields keep their order.
    return tuple(sorted(shown_fields, key=lambda shown: shown[1] != "id"))


def redirect(location: str) -> Response:
    """Return a response that redirects the browser to this URL."""
    response = make_response(303, "", "text/plain; charset=utf-8")
    response.headers["Location"] = location
    return response
