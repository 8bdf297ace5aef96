"""`make openapi`: make the OpenAPI 3.1 document from the routes and their types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import EnumType
from functools import cache, reduce
from http import HTTPStatus
from operator import or_
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, UnsetType

from chalicelib.domain.values import ABSENT, Change, NoFields, Request, Value, meta_annotations
from chalicelib.entrypoints.http.parsing import without_none
from chalicelib.entrypoints.http.problems import GATEWAY_REASONS, STATUS_OF_ERROR, Problem
from chalicelib.entrypoints.http.responses import list_shown_fields
from chalicelib.entrypoints.http.routes import FORM, JSON, ROUTES, Authentication, Route, inputs_of
from local.documents.docstrings import attribute_docs, first_paragraph

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}


def build_document() -> dict[str, Any]:
    """Return the document. Each type of an answer is a component; bodies of requests are inline."""
    schemas, components = _build_schemas()
    paths: dict[str, dict[str, Any]] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method.lower()] = _build_operation(route, schemas)
    problem = {"application/problem+json": {"schema": schemas[Problem]}}
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
                    "description": "A refusal or failure, with its reason.",
                    "content": problem,
                },
                "ProblemInRequestedFormat": {
                    "description": "A refusal or failure, with its reason. It is text if the"
                    " request asks for a format other than json: lines for a shell, or one line for"
                    " credential_process. It is JSON if Daypass cannot parse the request, or if API"
                    " Gateway itself answers.",
                    "content": {**problem, "text/plain": {"schema": TEXT}},
                },
                "ProblemPage": {
                    "description": "A refusal or failure, as an HTML page. It is JSON if"
                    " API Gateway itself answers.",
                    "content": {"text/html": {"schema": TEXT}, **problem},
                },
            },
        },
    }


def _build_schemas() -> tuple[dict[Any, Schema], dict[str, Schema]]:
    """Return the schema of each input and response type, and the components they refer to."""
    response_types = [Problem, *(kind for route in ROUTES for kind in route.response_types)]
    inputs = [inputs_of(route.view) for route in ROUTES]
    input_types = {kind for parts in inputs for kind in (parts.path, parts.query, parts.body)}
    kinds = [*response_types, *sorted(input_types, key=lambda kind: kind.__name__)]
    shown = [_strip_internal_fields(kind) for kind in kinds]
    generated, components = msgspec.json.schema_components(
        shown, ref_template="#/components/schemas/{name}"
    )
    schemas = dict(zip(kinds, generated, strict=True))
    value_docs: dict[str, dict[str, str]] = {}
    for enum in _find_enums(shown):
        unique = enum.__name__ in components
        name = enum.__name__ if unique else f"{enum.__module__}.{enum.__qualname__}"
        value_docs[name] = {
            enum[member].value: doc
            for member, doc in attribute_docs(enum).items()
            if member in enum.__members__
        }
    for kind in input_types:
        schema = components.pop(kind.__name__)
        schema.pop("title")
        if issubclass(kind, Change):
            schema["minProperties"] = 1
        schemas[kind] = schema
    for name, component in components.items():
        component.pop("title")
        if "description" in component:
            component["description"] = first_paragraph(component["description"])
        if "enum" in component:
            component.update(TEXT)
            if value_docs[name]:
                component["x-enumDescriptions"] = value_docs[name]
    return schemas, components


def _find_enums(kinds: Iterable[Any]) -> set[EnumType]:
    """Return the enums that these types refer to, at any depth."""
    enums, seen, left = set(), set(), list(kinds)
    while left:
        kind = left.pop()
        if kind in seen:
            continue
        seen.add(kind)
        if isinstance(kind, EnumType):
            enums.add(kind)
        left += get_args(kind)
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            left += [field.type for field in msgspec.structs.fields(kind)]
    return enums


def _strip_internal_fields(declared: Any) -> Any:
    """Return the type as requests and answers have it, without internal fields."""
    if isinstance(declared, type) and issubclass(declared, Value):
        return (
            _build_input_type(declared)
            if issubclass(declared, Request)
            else _build_output_type(declared)
        )
    if not get_args(declared):
        return declared
    inner = tuple(_strip_internal_fields(argument) for argument in get_args(declared))
    if get_origin(declared) is Annotated:
        return Annotated[(inner[0], *declared.__metadata__)]
    if get_origin(declared) in (tuple, frozenset, dict):
        return get_origin(declared)[inner]
    return reduce(or_, inner) if UnsetType in inner or type(None) in inner else declared


@cache
def _build_input_type(kind: type[Request]) -> type[msgspec.Struct]:
    """Return the type as a request sends it. A field that may be absent is never null."""
    fields: list[Any] = []
    docs = attribute_docs(kind)
    for field in msgspec.structs.fields(kind):
        declared, default = _strip_internal_fields(field.type), field.default
        is_absent = default in ABSENT
        declared = _add_description(
            without_none(declared) if is_absent else declared, docs.get(field.name)
        )
        if is_absent:
            declared, default = declared | UnsetType, msgspec.UNSET
        fields.append(
            (field.encode_name, declared)
            if field.required
            else (field.encode_name, declared, default)
        )
    return _define_struct(kind, fields)


@cache
def _build_output_type(kind: type[Value]) -> type[msgspec.Struct]:
    """Return the type as a response contains it."""
    return _define_struct(kind, list(_list_fields(kind)))


def _define_struct(kind: type[Value], fields: list[Any]) -> type[msgspec.Struct]:
    """Return a new type with these fields, and with the name and docstring of `kind`."""
    return msgspec.defstruct(
        kind.__name__,
        fields,
        namespace={"__doc__": kind.__doc__},
        forbid_unknown_fields=True,
        kw_only=True,
    )


def _list_fields(kind: type[Value]) -> Iterator[Any]:
    """Yield the fields that a response shows, as `msgspec.defstruct` takes them."""
    hints = get_type_hints(kind, include_extras=True)
    docs = attribute_docs(kind)
    for attribute, name, is_inline in list_shown_fields(kind):
        declared = hints.get(attribute)
        if declared is None:
            declared = get_type_hints(getattr(kind, attribute).fget, include_extras=True)["return"]
        if is_inline:
            yield from _list_fields(get_args(declared)[0])
            continue
        described = _add_description(_strip_internal_fields(declared), docs.get(attribute))
        if UnsetType in get_args(declared):
            yield name, described, msgspec.UNSET
        else:
            yield name, described


def _add_description(declared: Any, doc: str | None) -> Any:
    """Return the type with the field's docstring before the type's own description."""
    if not doc:
        return declared
    own = [meta.description for meta in meta_annotations(declared) if meta.description]
    return Annotated[declared, Meta(description=" ".join([doc, *own]))]


def _build_operation(route: Route, schemas: dict[Any, Schema]) -> dict[str, Any]:
    """Return the document's description of a route."""
    bodies = [schemas[kind] for kind in route.response_types]
    authentication = route.authentication
    media = route.media or authentication.media
    content = {media: {"schema": bodies[0] if len(bodies) == 1 else {"oneOf": bodies}}}
    content |= {
        kind: {"schema": TEXT} for kind in (*authentication.other_types, *route.other_types)
    }
    redirect = {"headers": {"Location": {"required": True, "schema": TEXT}}}
    body = redirect if route.status == HTTPStatus.SEE_OTHER else {"content": content}
    body = {} if route.response_types == (type(None),) else body
    problem = {"$ref": f"#/components/responses/{authentication.problem_response}"}
    operation: dict[str, Any] = {
        "operationId": _build_operation_id(route),
        "summary": route.summary,
        "responses": {
            str(route.status): {"description": HTTPStatus(route.status).phrase} | body,
            **dict.fromkeys(_build_problems(authentication), problem),
        },
    }
    if authentication.needs_token:
        kinds = ", ".join(sorted(kind.value for kind in route.kinds))
        operation["description"] = f"For: {kinds}."
    else:
        operation["security"] = []
    inputs = inputs_of(route.view)
    parameters = [
        {"name": name, "in": part, "required": name in schema.get("required", ())}
        | {"schema": field}
        for part, schema in (("path", schemas[inputs.path]), ("query", schemas[inputs.query]))
        for name, field in schema["properties"].items()
    ]
    if route.path.endswith("+}"):  # the rest of an unknown path, which its view does not read
        name = route.path.rpartition("{")[2].removesuffix("}")
        parameters.append({"name": name, "in": "path", "required": True, "schema": TEXT})
    if parameters:
        operation["parameters"] = parameters
    if inputs.body is not NoFields:
        body_schema = schemas[inputs.body]
        operation["requestBody"] = {
            "required": bool(body_schema.get("required") or "minProperties" in body_schema),
            "content": {JSON: {"schema": body_schema}},
        }
    elif FORM in authentication.body_types:
        form = {FORM: {"schema": {"type": "object"}}}
        operation["requestBody"] = {"required": True, "content": form}
    return operation


def _build_problems(authentication: Authentication) -> list[str]:
    """Return the HTTP statuses with which a route may refuse or fail."""
    # API Gateway and Chalice can answer for every route.
    statuses = {HTTPStatus(status) for status in GATEWAY_REASONS}
    statuses.add(HTTPStatus.INTERNAL_SERVER_ERROR)
    statuses |= {STATUS_OF_ERROR[kind] for kind in authentication.refusals}
    return [str(status.value) for status in sorted(statuses)]


def _build_operation_id(route: Route) -> str:
    """Return the route's unique ID, such as `get_engagements`."""
    parts = [part for part in route.path.strip("/").split("/") if part != "v1"]
    name = "_".join(part.strip("{+}").replace(".", "_") for part in parts)
    return f"{route.method.lower()}_{name}"


if __name__ == "__main__":
    import importlib
    import json
    import sys

    importlib.import_module("app")  # registers the routes
    json.dump(build_document(), sys.stdout, indent=1)
    sys.stdout.write("\n")
