"""The OpenAPI 3.1 document, from the routes and their fields: `make openapi` writes it down."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.http.fields import NOTHING
from chalicelib.entrypoints.http.problems import GATEWAY, STATUS
from chalicelib.entrypoints.http.routing import ROUTES, Route
from chalicelib.entrypoints.http.schemas import NUMBER, TEXT
from chalicelib.entrypoints.http.values import Schema

PROBLEM: Schema = {
    "title": "Problem",
    "type": "object",
    "description": "RFC 9457. `reason` is stable and for machines, `detail` is for people.",
    "properties": {
        "type": {"const": "about:blank"},
        "title": TEXT,
        "status": NUMBER,
        "reason": {"type": "string", "enum": [reason.value for reason in Reason]},
        "detail": TEXT,
        "field": TEXT,
        "request_id": TEXT,
    },
    "required": ["type", "title", "status", "reason", "detail", "request_id"],
    "additionalProperties": False,
}


def document() -> dict[str, Any]:
    """The whole API. Every schema with a title is a component of its own."""
    components: dict[str, Schema] = {}
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, components)
    problem = _lift(PROBLEM, components)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Daypass",
            "version": "1",
            "description": "A serverless credential broker for consulting teams.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "security": [{"token": []}],
        "paths": dict(sorted(paths.items())),
        "components": {
            "schemas": dict(sorted(components.items())),
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "An API token: daypass_<member>_<secret>.",
                }
            },
            "responses": {
                "Problem": {
                    "description": "Daypass did not do it, and says why",
                    "content": {"application/problem+json": {"schema": problem}},
                },
                "ProblemPage": {
                    "description": "The same for people. API Gateway itself answers in JSON",
                    "content": {
                        "text/html": {"schema": TEXT},
                        "application/problem+json": {"schema": problem},
                    },
                },
            },
        },
    }


def _operation(route: Route, components: dict[str, Schema]) -> dict[str, Any]:
    content = {route.media: {"schema": _lift(route.gives, components)}}
    content |= {kind: {"schema": TEXT} for kind in route.other_types}
    leads_on = {"headers": {"Location": {"required": True, "schema": TEXT}}}
    body = leads_on if route.status == HTTPStatus.SEE_OTHER else {"content": content}
    problem = "ProblemPage" if route.is_page else "Problem"
    operation: dict[str, Any] = {
        "operationId": _operation_id(route),
        "summary": route.summary,
        "responses": {
            str(route.status): {"description": HTTPStatus(route.status).phrase} | body,
            **{
                status: {"$ref": f"#/components/responses/{problem}"} for status in _problems(route)
            },
        },
    }
    if route.public:
        operation["security"] = []
    else:
        kinds = ", ".join(sorted(kind.value for kind in route.kinds))
        operation["description"] = f"For: {kinds}."
    parameters = [
        {
            "name": name,
            "in": place,
            "required": place == "path" or name in fields.required,
            "schema": field.schema(),
        }
        for place, fields in (("path", route.params), ("query", route.query))
        for name, field in fields.fields.items()
    ]
    if parameters:
        operation["parameters"] = parameters
    if route.body is not NOTHING:
        operation["requestBody"] = {
            "required": bool(route.body.required or route.body.least),
            "content": {"application/json": {"schema": route.body.schema()}},
        }
    return operation


def _problems(route: Route) -> list[str]:
    # What API Gateway and Chalice say by themselves can come from every route.
    statuses = {HTTPStatus(status) for status in GATEWAY} | {HTTPStatus.INTERNAL_SERVER_ERROR}
    if route.is_page:
        statuses |= {STATUS[kind] for kind in (InvalidRequest, NotFound, Conflict, Unavailable)}
    elif not route.public:
        statuses |= set(STATUS.values())
    return [str(status.value) for status in sorted(statuses)]


def _operation_id(route: Route) -> str:
    words = [part for part in route.path.strip("/").split("/") if part != "v1"]
    name = "_".join(part.strip("{}").replace(".", "_") for part in words)
    return f"{route.method.lower()}_{name}"


def _lift(schema: Schema, components: dict[str, Schema]) -> Schema:
    """The schema with every titled schema in it replaced by a reference to its component."""
    lifted = {name: _lift_any(value, components) for name, value in schema.items()}
    title = schema.get("title")
    if not isinstance(title, str):
        return lifted
    components[title] = {name: value for name, value in lifted.items() if name != "title"}
    return {"$ref": f"#/components/schemas/{title}"}


def _lift_any(value: Any, components: dict[str, Schema]) -> Any:
    if isinstance(value, dict):
        return _lift(value, components)
    if isinstance(value, list):
        return [_lift_any(element, components) for element in value]
    return value


if __name__ == "__main__":
    import importlib
    import json
    import sys

    importlib.import_module("app")  # registers the routes
    json.dump(document(), sys.stdout, indent=1)
    sys.stdout.write("\n")
