"""What a request says: where it came in, and its path, query and body as they are declared. The
first thing that is wrong is named, in the words of the type that refuses it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from enum import EnumType, StrEnum
from functools import cache, partial
from types import NoneType
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin

import msgspec
from chalice.app import Request as ChaliceRequest
from msgspec import Meta

from chalicelib.domain.errors import InvalidRequest, TooLarge
from chalicelib.domain.reasons import Reason
from chalicelib.domain.text import what_opens_something
from chalicelib.domain.values import Change, Reads, Request, metas

R = TypeVar("R", bound=Request)

LARGEST_BODY = 16 * 1024  # bytes; the largest that most routes can make use of is far smaller
LARGEST_TEXT_BODY = 48 * 1024  # bytes; where a body holds a text that is written for others


def base_url(request: ChaliceRequest) -> str:
    """The domain is API Gateway's word, which serves no other; the stage is before the route."""
    host = request.context.get("domainName") or ""
    path = request.context.get("path") or ""
    depth = request.context.get("resourcePath", "").count("/")
    stage = path.rsplit("/", depth)[0] if depth else ""
    scheme = "http" if host.partition(":")[0] in ("127.0.0.1", "localhost") else "https"
    return f"{scheme}://{host}{stage}"


def query(request: ChaliceRequest) -> dict[str, str]:
    if request.query_params is None:
        return {}
    found: dict[str, str] = {}
    for name in request.query_params:
        values = request.query_params.getlist(name)
        if len(values) != 1:
            raise InvalidRequest(Reason.BAD_VALUE, "A query's field can be given once only.")
        found[name] = values[0]
    return found


def json_object(request: ChaliceRequest, largest: int) -> dict[str, Any]:
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


class _Field(NamedTuple):
    attribute: str
    required: bool
    read: Reads


def parse(kind: type[R], unverified: Mapping[str, Any], *, from_text: bool = False) -> R:
    """The request, or InvalidRequest for the first field that is wrong. With `from_text`, as in a
    query, digits count as a whole number."""
    fields = _fields(kind, from_text)
    for name in unverified:
        if name not in fields:
            known = f"Known: {', '.join(fields)}." if fields else "This takes none."
            says = f"There is no such field here. {known}"
            raise InvalidRequest(Reason.UNKNOWN_FIELD, says, field=_repeatable(name))
    if issubclass(kind, Change) and not unverified:
        says = f"Send at least one of: {', '.join(fields)}."
        raise InvalidRequest(Reason.MISSING_FIELD, says)
    for name, field in fields.items():
        if field.required and name not in unverified:
            raise InvalidRequest(
                Reason.MISSING_FIELD,
                f'Send "{name}" as well.',
                elsewhere="This is required.",
                field=name,
            )
    values = {}
    for name, value in unverified.items():
        try:
            values[fields[name].attribute] = fields[name].read(value)
        except ValueError as error:
            raise InvalidRequest(Reason.BAD_VALUE, str(error), field=name) from None
    return kind(**values)


def readable(kind: type[Request], unverified: Mapping[str, Any]) -> dict[str, Any]:
    """What of a request can be read, whatever else is wrong with it; by the fields' names."""
    fields, found = _fields(kind, from_text=False), {}
    for name in fields.keys() & unverified.keys():
        try:
            found[fields[name].attribute] = fields[name].read(unverified[name])
        except ValueError:
            continue
    return found


def _repeatable(name: str) -> str:
    """A field's name that an answer may repeat; empty for one that could be anything."""
    is_a_name = re.fullmatch(r"[A-Za-z0-9_.:-]{1,64}", name) and not what_opens_something(name)
    return name if is_a_name else ""


@cache
def _fields(kind: type[Request], from_text: bool) -> dict[str, _Field]:  # noqa: FBT001 - of a cache
    return {
        one.encode_name: _Field(one.name, one.required, _reader(one.type, from_text=from_text))
        for one in msgspec.structs.fields(kind)
    }


def _reader(declared: Any, *, from_text: bool) -> Reads:
    """How a value of this type is read; what is refused raises a ValueError that says why."""
    declared = without_none(declared)
    said = metas(declared)
    kind = get_args(declared)[0] if get_origin(declared) is Annotated else declared
    reads: Reads | None = _extra(said, "reads")
    if reads is not None:
        return reads
    what = _extra(said, "takes") or _naturally(kind)
    into = get_origin(kind)
    if into in (tuple, frozenset):
        read = _reader(get_args(kind)[0], from_text=from_text)
        return partial(_read_list, into, read, what, said)
    if isinstance(kind, type) and issubclass(kind, Request):
        return partial(_read_object, kind)
    is_number = from_text and kind is int
    return partial(_read_value, declared, what, is_number)


def _read_value(declared: Any, what: str, is_number: bool, unverified: Any) -> Any:  # noqa: FBT001
    if is_number and isinstance(unverified, str) and re.fullmatch("[0-9]{1,9}", unverified):
        unverified = int(unverified)
    try:
        return msgspec.convert(unverified, declared)
    except msgspec.ValidationError:
        raise ValueError(f"This takes {what}.") from None


def _read_list(
    into: Callable[[Any], Any], read: Reads, what: str, said: tuple[Meta, ...], unverified: Any
) -> Any:
    least = max((one.min_length or 0 for one in said), default=0)
    most = min((one.max_length for one in said if one.max_length is not None), default=0)
    if not isinstance(unverified, list) or not least <= len(unverified) <= most:
        raise ValueError(f"This takes {what}.")
    values = into([read(element) for element in unverified])
    if len(values) != len(unverified):
        raise ValueError("This takes a list of different values.")
    return values


def _read_object(kind: type[R], unverified: Any) -> R:
    if not isinstance(unverified, dict):
        raise ValueError("This takes a list of objects.")
    return parse(kind, unverified)


def without_none(declared: Any) -> Any:
    """Return the type without None, which says "not sent" and which no request can hold."""
    kinds = [one for one in get_args(declared) if one is not NoneType]
    return kinds[0] if NoneType in get_args(declared) else declared


def _extra(said: tuple[Meta, ...], name: str) -> Any:
    return next((m.extra[name] for m in reversed(said) if m.extra and name in m.extra), None)


def _naturally(kind: Any) -> str:
    if isinstance(kind, EnumType) and issubclass(kind, StrEnum):
        return f"one of: {', '.join(kind)}"
    return "true or false" if kind is bool else "another value"
