"""`make openapi`: write the pages in docs/reference from the declarations of the API."""

from __future__ import annotations

import ast
import importlib
import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.entrypoints.http.problems import FRAMEWORK_REASONS, GATEWAY_REASONS, STATUS_OF_ERROR
from chalicelib.entrypoints.http.routes import ROUTES, Route
from chalicelib.usecases.admission import EVERYONE, build_refusal_error
from chalicelib.usecases.requests.refusing import CONFLICTS
from local.documents.openapi import Schema, build_document

FOLDER = Path(__file__).parents[2] / "docs" / "reference"
_SOURCES = Path(__file__).parents[2] / "chalicelib"
_NOTE = "`make openapi` writes this page from the code. Do not edit this page."

_BODIES = {"text/html": "an HTML page", "text/plain": "text", "application/zip": "a zip file"}

# Raised through a variable, and not by the rules of access, whose errors `refusal` makes.
_OTHER_STATUSES = {
    Reason.DAYPASS_ACCOUNT: {400},
    Reason.FIRM_ACCOUNT: {400},
    Reason.SHARED_IDENTITY: {401},
    Reason.BUG: {500},
}


def build_pages() -> dict[str, str]:
    """Return the text of each page, by the name of its file."""
    importlib.import_module("app")  # registers the routes
    api = build_document()
    return {
        "routes.md": _build_routes_page(api),
        "fields.md": _build_fields_page(api),
        "reasons.md": _build_reasons_page(),
    }


@cache
def find_statuses() -> Mapping[Reason, frozenset[int]]:
    """Return the HTTP statuses that each reason is sent with."""
    by_reason: dict[Reason, set[int]] = defaultdict(set)
    for table in (FRAMEWORK_REASONS, GATEWAY_REASONS):
        for status, reason in table.items():
            by_reason[reason].add(status)
    for reason, status in _find_raised_reasons():
        by_reason[reason].add(status)
    for reason in CONFLICTS:
        by_reason[reason].add(409)
    for reason, codes in _OTHER_STATUSES.items():
        by_reason[reason] |= codes
    for reason in Reason:
        if reason not in by_reason:
            by_reason[reason] = {STATUS_OF_ERROR[type(build_refusal_error(reason))].value}
    return {reason: frozenset(by_reason[reason]) for reason in Reason}


def _find_raised_reasons() -> Iterator[tuple[Reason, int]]:
    """Yield each reason that the code passes to an error by name, and the error's status."""
    errors = {kind.__name__: status.value for kind, status in STATUS_OF_ERROR.items()}
    for path in _SOURCES.rglob("*.py"):
        if path.parts[-3:-1] == ("adapters", "prober"):
            continue  # reads the answers of the deployed API
        text = path.read_text(encoding="utf-8")
        if "Reason." not in text:
            continue  # parsing takes much longer than reading
        for call in ast.walk(ast.parse(text)):
            match call:
                case ast.Call(func=ast.Name(name), args=[first, *_]) if name in errors:
                    for part in ast.walk(first):
                        match part:
                            case ast.Attribute(value=ast.Name("Reason"), attr=reason):
                                yield Reason[reason], errors[name]


def _build_reasons_page() -> str:
    """Return the page that lists all reasons for a refusal."""
    rows = (
        f"| `{reason.value}` | {_join_numbers(statuses)} | {reason.text(Surface.API)} |\n"
        for reason, statuses in find_statuses().items()
    )
    return (
        "# Reasons for a refusal\n\n"
        f"{_NOTE} A refusal names its `reason`. Programs can rely on it: a reason's name does not"
        " change. Its sentence may.\n"
        "[How to read a refusal](../api.md#errors)\n\n"
        "| reason | status | sentence |\n| --- | --- | --- |\n"
    ) + "".join(rows)


def _join_numbers(numbers: frozenset[int]) -> str:
    return ", ".join(str(number) for number in sorted(numbers))


def _build_routes_page(api: dict[str, Any]) -> str:
    """Return the page with a table of all routes and a section for each."""
    routes = sorted(ROUTES, key=lambda route: (route.path, route.method))
    rows = (
        f"| [`{name}`](#{_build_anchor(name)}) | {_describe_callers(route)} | {route.summary} |\n"
        for route, name in zip(routes, map(_build_route_name, routes), strict=True)
    )
    sections = (
        _build_route_section(route, api["paths"][route.path][route.method.lower()])
        for route in routes
    )
    return (
        "# Routes\n\n"
        f"{_NOTE} [How to call the API](../api.md), [fields of the answers](fields.md),"
        " [reasons for a refusal](reasons.md)\n\n"
        "| route | who may call it | what it does |\n| --- | --- | --- |\n"
    ) + "".join((*rows, "\n", "\n".join(sections)))


def _build_route_name(route: Route) -> str:
    return f"{route.method} {route.path}"


def _describe_callers(route: Route) -> str:
    """Return who may call the route: kinds of members, or those who need no token."""
    for kinds, callers in ((frozenset(Kind), "every member"), (EVERYONE, "every person")):
        if route.kinds == kinds:
            return callers
    return ", ".join(sorted(route.kinds, reverse=True)) or route.authentication.callers


def _build_route_section(route: Route, operation: dict[str, Any]) -> str:
    """Return the section of a route: its summary, inputs and answer."""
    rows = [
        _build_row(parameter["name"], parameter["in"], parameter["schema"], parameter["required"])
        for parameter in operation.get("parameters", ())
    ]
    for content in operation.get("requestBody", {}).get("content", {}).values():
        body = content["schema"]
        required = body.get("required", ())
        for name, schema in body.get("properties", {}).items():
            rows.append(_build_row(name, "body", schema, name in required))
    text = f"## `{_build_route_name(route)}`\n\n{route.summary}.\n\n"
    if rows:
        table = "".join(rows)
        text += f"| field | in | type | |\n| --- | --- | --- | --- |\n{table}\n"
    return f"{text}Answer: {_describe_answer(operation)}\n"


def _build_row(name: str, part: str, schema: Schema, required: bool) -> str:  # noqa: FBT001
    kind = f"{_describe_type(schema)}, required" if required else _describe_type(schema)
    return f"| `{name}` | {part} | {kind} | {_describe_field(schema)} |\n"


def _describe_answer(operation: dict[str, Any]) -> str:
    """Return the status and the body of the route's answer if it succeeds."""
    status, response = next(iter(operation["responses"].items()))
    if "headers" in response:
        return f"{status}, a redirect (`Location`)"
    bodies = [
        _BODIES.get(media) or _describe_type(content["schema"])
        for media, content in response.get("content", {}).items()
    ]
    return ", ".join([status, " or ".join(bodies)]) if bodies else status


def _build_fields_page(api: dict[str, Any]) -> str:
    """Return the page that describes all objects and sets of values."""
    sections = (
        _build_component_section(name, schema)
        for name, schema in api["components"]["schemas"].items()
    )
    return (
        "# Fields\n\n"
        f"{_NOTE} Each section is a JSON object, or a set of values, that the [routes](routes.md)"
        " refer to. A *time* is text in UTC, such as `2026-11-24T18:00:00Z` (RFC 3339).\n\n"
    ) + "\n".join(sections)


def _build_component_section(name: str, schema: Schema) -> str:
    """Return the section of an object or a set of values."""
    text = f"## {name}\n\n"
    if "description" in schema:
        text += f"{schema['description']}\n\n"
    if "enum" in schema:
        return text + _describe_values(name, schema)
    rows = [
        f"| `{field}` | {_describe_type(of)} | {_describe_field(of)} |\n"
        for field, of in schema["properties"].items()
    ]
    return text + "".join(["| field | type | |\n| --- | --- | --- |\n", *rows])


def _describe_values(name: str, schema: Schema) -> str:
    """Return the values of an enum, as a table if they have descriptions."""
    if name == Reason.__name__:
        return "Each with its sentence: [reasons](reasons.md).\n"
    docs = schema.get("x-enumDescriptions", {})
    if not docs:
        return ", ".join(f"`{value}`" for value in schema["enum"]) + "\n"
    rows = [f"| `{value}` | {docs.get(value, '')} |\n" for value in schema["enum"]]
    return "".join(["| value | |\n| --- | --- |\n", *rows])


def _describe_type(schema: Schema) -> str:
    """Return the type of a field in words, with a link to its section."""
    match schema:
        case {"$ref": str(reference)}:
            name = reference.rpartition("/")[2]
            return f"[{name}](fields.md#{_build_anchor(name)})"
        case {"anyOf": kinds} | {"oneOf": kinds}:
            return " or ".join(_describe_type(kind) for kind in kinds)
        case {"enum": values}:
            return " or ".join(f"`{value}`" for value in values)
        case {"type": "array", "items": items}:
            return f"list of {_describe_type(items)}"
        case {"type": "object", "additionalProperties": dict() as values}:
            return f"object of {_describe_type(values)}"
        case {"format": "date-time"}:
            return "time"
    return str(schema.get("type", "any"))


def _describe_field(schema: Schema) -> str:
    """Return the description, and the limits and the default that the description may lack."""
    bounds = []
    match schema:
        case {"minimum": least, "maximum": most}:
            bounds.append(f"{least} to {most}.")
        case {"minLength": least, "maxLength": most} if "pattern" not in schema:
            bounds.append(f"{least} to {most:,} characters.")
        case {"minItems": least, "maxItems": most}:
            bounds.append(f"{least} to {most} items.")
    if "default" in schema:
        bounds.append(f"Default: `{json.dumps(schema['default'])}`.")
    return " ".join([schema.get("description", ""), *bounds]).strip().replace("|", "\\|")


def _build_anchor(heading: str) -> str:
    """Return the name that GitHub gives a heading in a link."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for file, text in build_pages().items():
        (FOLDER / file).write_text(text, encoding="utf-8")
