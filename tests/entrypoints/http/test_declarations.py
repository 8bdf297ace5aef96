"""The code and the OpenAPI document accept and show exactly the declared fields."""

import inspect
import json
from datetime import datetime
from typing import get_args, get_type_hints

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from jsonschema import Draft202012Validator, FormatChecker

import app
from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.values import ABSENT, Change, Value, marked_fields, shown_property
from chalicelib.entrypoints.http.parsing import parse, parse_valid_fields
from chalicelib.entrypoints.http.responses import list_shown_fields, to_json_value
from chalicelib.entrypoints.http.routes import JSON, ROUTES, inputs_of
from tests.declared import outside, split_constraints, structs, without_none
from tests.entrypoints.http.contract import DOCUMENT, REGISTRY
from tests.rows import every

ROUND = settings(
    max_examples=8,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)


def validator(schema):
    return Draft202012Validator(
        _absolute(schema), registry=REGISTRY, format_checker=FormatChecker()
    )


def _absolute(schema):
    """Return the schema with absolute references into the OpenAPI document."""
    if isinstance(schema, dict):
        return {
            name: f"urn:daypass{value}"
            if name == "$ref" and value.startswith("#")
            else _absolute(value)
            for name, value in schema.items()
        }
    return [_absolute(item) for item in schema] if isinstance(schema, list) else schema


def inputs():
    """Return each kind of input that routes take, with its schema. Routes may share both."""
    distinct = {}
    for row in _inputs():
        kind, schema = row.values
        distinct.setdefault((kind, json.dumps(schema)), row)
    return list(distinct.values())


def _inputs():
    """Each part of a request that a route takes: how it is parsed, and how it is documented."""
    assert app.app.routes
    for route in ROUTES:
        operation = DOCUMENT["paths"][route.path][route.method.lower()]
        takes = inputs_of(route.view)
        for part in ("path", "query"):
            kind = getattr(takes, part)
            said = [
                parameter
                for parameter in operation.get("parameters", ())
                if parameter["in"] == part
            ]
            schema = {
                "type": "object",
                "properties": {item["name"]: item["schema"] for item in said},
                "required": [item["name"] for item in said if item["required"]],
                "additionalProperties": False,
            }
            if said and route.authentication.body_types:
                yield pytest.param(kind, schema, id=f"{part} of {route.method} {route.path}")
        if "application/json" in operation.get("requestBody", {}).get("content", {}):
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            yield pytest.param(takes.body, schema, id=f"body of {route.method} {route.path}")


def sent(request):
    """A request as a client sends it."""
    return _sent(msgspec.to_builtins(request))


def _sent(value):
    if isinstance(value, tuple | list):
        return [_sent(item) for item in value]
    if not isinstance(value, dict):
        return value
    return {n: _sent(v) for n, v in value.items() if v not in ABSENT}


def taken(kind, body):
    try:
        parse(kind, body)
    except InvalidRequest:
        return False
    return True


@every("kind, schema", inputs)
def test_valid_requests_are_accepted_and_documented(kind, schema):
    documented = validator(schema)

    @ROUND
    @given(structs(kind))
    def agrees(request):
        body = sent(request)
        if body or not issubclass(kind, Change):
            documented.validate(body)
            assert parse(kind, body) == request

    agrees()


def test_no_request_can_hold_a_placeholder_for_an_absent_value():
    takes = [inputs_of(route.view) for route in ROUTES]
    for kind in {kind for take in takes for kind in (take.path, take.query, take.body)}:
        for field in msgspec.structs.fields(kind):
            for absent in ABSENT:
                assert field.name not in parse_valid_fields(kind, {field.encode_name: absent})


@every("kind, schema", inputs)
def test_values_just_outside_the_limits_are_refused_and_not_documented(kind, schema):
    """Both the API and the document refuse it, and the API names the field."""
    documented = validator(schema)
    tried = 0

    @settings(parent=ROUND, max_examples=5)
    @given(structs(kind))
    def refused(request):
        nonlocal tried
        body = sent(request)
        for field in msgspec.structs.fields(kind):
            valid = body.get(field.encode_name)
            if valid is None:
                continue
            for beside in outside(without_none(field.type), valid):
                wrong = body | {field.encode_name: beside}
                with pytest.raises(InvalidRequest) as refusal:
                    parse(kind, wrong)
                assert refusal.value.field == field.encode_name
                assert not documented.is_valid(wrong), (field.encode_name, beside)
                tried += 1
            if field.required:
                less = {name: item for name, item in body.items() if name != field.encode_name}
                assert not taken(kind, less)
                assert not documented.is_valid(less)
        more = body | {"unheard-of": 1}
        assert not taken(kind, more)
        assert not documented.is_valid(more)

    refused()
    assert tried >= 5


def test_a_change_of_nothing_is_not_documented_either():
    changes = [(p.values[0], p.values[1]) for p in inputs() if issubclass(p.values[0], Change)]
    assert len(changes) >= 5
    for kind, schema in changes:
        assert not taken(kind, {})
        assert not validator(schema).is_valid({})


def answers():
    """Everything that an answer can be, or hold."""
    fields = {}

    def look(declared, *, is_inline=False):
        bare, _ = split_constraints(declared)
        if isinstance(bare, type) and issubclass(bare, Value) and bare.__name__ not in fields:
            if not is_inline:  # its fields are those of the value that holds it
                fields[bare.__name__] = bare
            inline = marked_fields(bare, "inline")
            for field in msgspec.structs.fields(bare):
                if field.name not in marked_fields(bare, "internal"):
                    look(field.type, is_inline=field.name in inline)
            for _, attribute in inspect.getmembers_static(bare):
                if isinstance(attribute, shown_property):
                    look(get_type_hints(attribute.fget, include_extras=True)["return"])
        for arg in get_args(bare):
            look(arg)

    for route in ROUTES:
        for given_back in route.response_types:
            look(given_back)
    return fields


SHOWN = answers()


@every("name", sorted(SHOWN))
def test_an_answer_is_what_the_document_says_and_loses_nothing(name):
    kind = SHOWN[name]
    documented = validator({"$ref": f"#/components/schemas/{name}"})

    @ROUND
    @given(structs(kind))
    def survives(thing):
        response = to_json_value(thing)
        documented.validate(response)
        for attribute, shown_as, is_inline in list_shown_fields(kind):
            value = getattr(thing, attribute)
            if not is_inline and isinstance(value, datetime):
                assert datetime.fromisoformat(response[shown_as]) == value
            elif not is_inline and isinstance(value, str | int | bool):
                assert response[shown_as] == value

    survives()


@every("name", sorted(SHOWN))
def test_hidden_fields_are_not_in_the_document(name):
    response = DOCUMENT["components"]["schemas"][name]["properties"].keys()
    assert not response & marked_fields(SHOWN[name], "internal")


def test_every_answer_is_here():
    assert {
        "Engagement",
        "Role",
        "Session",
        "Revocation",
        "Report",
        "VendedSession",
    } <= SHOWN.keys()
    components = DOCUMENT["components"]["schemas"]
    things_shown = {n for n, item in components.items() if item.get("type") == "object"}
    assert things_shown - {"Problem", "RequestedRole"} == SHOWN.keys()


def test_a_body_is_documented_as_required_where_none_is_refused():
    for route in ROUTES:
        operation = DOCUMENT["paths"][route.path][route.method.lower()]
        if "requestBody" in operation and JSON in route.authentication.body_types:
            assert operation["requestBody"]["required"] is not taken(inputs_of(route.view).body, {})
