"""JSON schemas of answers, in the few forms that this API needs."""

from __future__ import annotations

from enum import StrEnum

from chalicelib.entrypoints.http.values import Schema

TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}
TRUTH: Schema = {"type": "boolean"}
TIME: Schema = {"type": "string", "format": "date-time"}
MAYBE_TEXT: Schema = {"type": ["string", "null"]}
MAYBE_TIME: Schema = {"type": ["string", "null"], "format": "date-time"}


def thing(title: str, /, **properties: Schema) -> Schema:
    """An object with exactly these properties. With a title, a component of its own."""
    return {
        "title": title,
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def maybe_thing(of: Schema) -> Schema:
    return {"anyOf": [of, {"type": "null"}]}


def words(kind: type[StrEnum]) -> Schema:
    return {"type": "string", "enum": [word.value for word in kind]}


def many(of: Schema) -> Schema:
    return {"type": "array", "items": of}


def listed(name: str, of: Schema) -> Schema:
    """The answer to a question for all of something."""
    return thing(f"{of['title']}List", **{name: many(of)})
