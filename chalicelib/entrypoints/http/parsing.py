"""Parse a request's path, query and body as the types that a route's view declares. An error names
the first invalid field and says what values the field accepts."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from enum import EnumType, StrEnum
from functools import cache, partial
from types import NoneType
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin
from urllib.parse import parse_qsl

import msgspec
from msgspec import Meta

from chalicelib.domain.errors import InvalidRequest, Reason, TooLarge, missing_field
from chalicelib.domain.text import find_secret
from chalicelib.domain.values import Change, Parser, Request, meta_annotations
from chalicelib.entrypoints.http.framework import Request as ChaliceRequest

R = TypeVar("R", bound=Request)

LARGEST_BODY = 16 * 1024  # bytes; most requests are far smaller
LARGEST_TEXT_BODY = 48 * 1024  # bytes; for a body with a document, such as a policy


def build_base_url(request: ChaliceRequest) -> str:
    """Return this API's URL without a trailing slash, such as `https://api.example.com/api`.

    The domain comes from API Gateway, which serves no other domain. The stage, such as `/api`, is
    the part of the request's path before the route's path.
    """
    host = request.context.get("domainName") or ""
    path = request.context.get("path") or ""
    route = request.context.get("resourcePath", "")
    stage = path.rsplit("/", route.count("/"))[0] if "/" in route else ""
    if route.endswith("+}"):  # any number of segments, as in /web/{page+}
        stage = path.partition(route.partition("{")[0])[0]
    scheme = "http" if host.partition(":")[0] in ("127.0.0.1", "localhost") else "https"
    return f"{scheme}://{host}{stage}"


def read_query_params(request: ChaliceRequest) -> dict[str, str]:
    """Return the values of the query parameters by name. Raise InvalidRequest for a repeated
    parameter."""
    if request.query_params is None:
        return {}
    fields: dict[str, str] = {}
    for name in request.query_params:
        values = request.query_params.getlist(name)
        if len(values) != 1:
            raise InvalidRequest(
                Reason.BAD_VALUE, "The query repeats a parameter. Send each only once."
            )
        fields[name] = values[0]
    return fields


def parse_json_body(request: ChaliceRequest, max_bytes: int) -> dict[str, Any]:
    """Return the JSON object in the request's body. For an empty body, return an empty object.

    Raise TooLarge for a longer body than `max_bytes`, and InvalidRequest for anything but a JSON
    object.
    """
    try:
        raw: Any = request.raw_body
        if len(raw) > max_bytes:
            raise TooLarge(Reason.BODY_TOO_LARGE)
        if not raw.strip():
            return {}
        body = _JSON.decode(raw.decode("utf-8"))
    except (ValueError, RecursionError):
        raise InvalidRequest(Reason.MALFORMED_BODY) from None
    if not isinstance(body, dict):
        raise InvalidRequest(Reason.MALFORMED_BODY)
    return body


def _refuse_repeated_fields(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object's fields. Raise ValueError for a repeated field, because two parsers
    could read different values."""
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise ValueError("a field is repeated")
    return fields


def _refuse_constant(constant: str) -> Any:
    """Raise ValueError for NaN and Infinity, which Python's parser would accept."""
    raise ValueError(constant)


_JSON = json.JSONDecoder(object_pairs_hook=_refuse_repeated_fields, parse_constant=_refuse_constant)


class _Field(NamedTuple):
    """A field of a request type: its attribute, and how to parse a sent value."""

    attribute: str
    required: bool
    parser: Parser


def parse(kind: type[R], unverified: Mapping[str, Any], *, from_text: bool = False) -> R:
    """Parse the unverified values as the fields of a request type, and return the request.

    Raise InvalidRequest for the first unknown, missing or invalid field. `from_text` is true for a
    query, whose values are all text: a field for a whole number then accepts digits.
    """
    fields = _list_fields(kind, from_text)
    for name in unverified:
        if name not in fields:
            valid_fields = (
                f"The valid fields are: {', '.join(fields)}." if fields else "Send no fields."
            )
            detail = f"This request contains an unknown field. {valid_fields}"
            raise InvalidRequest(Reason.UNKNOWN_FIELD, detail, field=_safe_name(name))
    if issubclass(kind, Change) and not unverified:
        detail = f"Send at least one of these fields: {', '.join(fields)}."
        raise InvalidRequest(Reason.MISSING_FIELD, detail)
    for name, field in fields.items():
        if field.required and name not in unverified:
            raise missing_field(name)
    return kind(**{fields[name].attribute: _parse(fields, name, unverified) for name in unverified})


def list_errors(
    kind: type[Request], unverified: Mapping[str, Any], *, is_whole: bool
) -> list[InvalidRequest]:
    """Return an error for each invalid field of a form, in the declared order, and, if it is the
    whole form, for each missing one."""
    fields, errors = _list_fields(kind, from_text=True), []
    for name, field in fields.items():
        try:
            if name in unverified:
                _parse(fields, name, unverified)
            elif field.required and is_whole:
                errors.append(missing_field(name))
        except InvalidRequest as error:
            errors.append(error)
    return errors


def _parse(fields: Mapping[str, _Field], name: str, unverified: Mapping[str, Any]) -> Any:
    """Return the field's parsed value. Raise InvalidRequest if it is invalid."""
    try:
        return fields[name].parser(unverified[name])
    except ValueError as error:
        raise InvalidRequest(Reason.BAD_VALUE, str(error), field=name) from None


def parse_valid_fields(kind: type[Request], unverified: Mapping[str, Any]) -> dict[str, Any]:
    """Return the valid values, parsed, by the request type's attributes.

    Ignore unknown, missing and invalid fields.
    """
    fields, values = _list_fields(kind, from_text=False), {}
    for name in fields.keys() & unverified.keys():
        try:
            values[fields[name].attribute] = fields[name].parser(unverified[name])
        except ValueError:
            continue
    return values


def _safe_name(name: str) -> str:
    """Return an unknown field's name if a response may repeat it, or else empty text.

    The name may be a secret that the caller sent in the wrong place.
    """
    is_safe = re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", name) and not find_secret(name)
    return name if is_safe else ""


@cache
def _list_fields(kind: type[Request], from_text: bool) -> dict[str, _Field]:  # noqa: FBT001 - cache key
    """Return the fields of a request type, by their names in a request."""
    return {
        field.encode_name: _Field(
            field.name, field.required, _build_parser(field.type, from_text=from_text)
        )
        for field in msgspec.structs.fields(kind)
    }


def _build_parser(declared: Any, *, from_text: bool) -> Parser:
    """Return the parser for values of a field's declared type.

    The parser raises ValueError with a message for the caller. A type can declare a parser of its
    own, or a description of the values that it accepts.
    """
    declared = without_none(declared)
    annotations = meta_annotations(declared)
    kind = get_args(declared)[0] if get_origin(declared) is Annotated else declared
    parser: Parser | None = _find_annotation(annotations, "parser")
    if parser is not None:
        return parser
    description = _find_annotation(annotations, "accepts") or _describe_type(kind)
    collection_type = get_origin(kind)
    if collection_type in (tuple, frozenset):
        element_parser = _build_parser(get_args(kind)[0], from_text=from_text)
        return partial(_parse_list, collection_type, element_parser, description, annotations)
    if isinstance(kind, type) and issubclass(kind, Request):
        return partial(_parse_nested_request, kind)
    converts_digits = from_text and kind is int
    return partial(_parse_value, declared, description, converts_digits)


def _parse_value(declared: Any, description: str, converts_digits: bool, unverified: Any) -> Any:  # noqa: FBT001
    """Return the value as the declared type. Raise ValueError if the type does not accept it."""
    if converts_digits and isinstance(unverified, str) and re.fullmatch("[0-9]{1,9}", unverified):
        unverified = int(unverified)
    try:
        return msgspec.convert(unverified, declared)
    except msgspec.ValidationError:
        raise ValueError(f"Enter {description}.") from None


def _parse_list(
    collection_type: Callable[[Any], Any],
    element_parser: Parser,
    description: str,
    annotations: tuple[Meta, ...],
    unverified: Any,
) -> Any:
    """Return the list as a tuple or frozenset. Raise ValueError for a wrong length or an invalid
    element, and for a repeated element if the list becomes a frozenset."""
    # A list without a maximum accepts no element, so each list has to declare one.
    minimum = max((annotation.min_length or 0 for annotation in annotations), default=0)
    maximum = min(
        (annotation.max_length for annotation in annotations if annotation.max_length is not None),
        default=0,
    )
    if not isinstance(unverified, list) or not minimum <= len(unverified) <= maximum:
        raise ValueError(f"Enter {description}.")
    values = collection_type([element_parser(element) for element in unverified])
    if len(values) != len(unverified):
        raise ValueError("Enter a list without repeated values.")
    return values


def _parse_nested_request(kind: type[R], unverified: Any) -> R:
    """Return one element of a list of requests. Raise ValueError if it is not an object."""
    if not isinstance(unverified, dict):
        raise ValueError("Enter a list of objects.")
    return parse(kind, unverified)


def without_none(declared: Any) -> Any:
    """Return the declared type without None. None means that a field was not sent: no request can
    contain null."""
    kinds = [kind for kind in get_args(declared) if kind is not NoneType]
    return kinds[0] if NoneType in get_args(declared) else declared


def _find_annotation(annotations: tuple[Meta, ...], name: str) -> Any:
    """Return the value of the last annotation with this name, or None."""
    return next((m.extra[name] for m in reversed(annotations) if m.extra and name in m.extra), None)


def _describe_type(kind: Any) -> str:
    """Return a description of the values that the type accepts, to follow "Enter"."""
    if isinstance(kind, EnumType) and issubclass(kind, StrEnum):
        return f"one of: {', '.join(kind)}"
    return "true or false" if kind is bool else "another value"


MOST_FIELDS = 5
LARGEST_FORM = 4096  # bytes; words have at most 200 characters of 4 bytes, written as %XX


def parse_form(body: Any) -> dict[str, str]:
    """Return the fields of a form that have text. Return none if the body is too long, or is not
    a form."""
    if len(body) > LARGEST_FORM:
        return {}
    try:
        fields = parse_qsl(body.decode("utf-8"), max_num_fields=MOST_FIELDS)
        return {name: text.strip() for name, text in fields if text.strip()}
    except ValueError:
        return {}
