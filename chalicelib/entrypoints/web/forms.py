"""Read the forms of the web console, whose fields are declared like those of the API's requests."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import NoneType
from typing import Annotated, Any, get_args, get_origin, get_type_hints
from urllib.parse import parse_qsl

from msgspec.structs import fields

from chalicelib.domain.errors import InvalidRequest, Reason, TooLarge
from chalicelib.domain.identifiers import (
    EngagementId,
    MemberId,
    RequestId,
    RoleName,
    SessionId,
    TokenId,
)
from chalicelib.domain.values import Request
from chalicelib.entrypoints.http.framework import Request as ChaliceRequest
from chalicelib.entrypoints.http.parsing import LARGEST_TEXT_BODY, without_none

CSRF = "csrf"
RETURN = "return"
"""The field with the page to return to. It is no field of the action's form."""
MOST_FIELDS = 200
_BROWSER_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}", re.ASCII)
"""The value of an input of the type datetime-local, without a zone. The pages ask for UTC."""

Texts = Mapping[str, Sequence[str]]
"""The texts of a form by field name. A field can be repeated."""


def read_form(request: ChaliceRequest) -> Texts:
    """Return the fields of a form-encoded body. Raise TooLarge for more than 48 KiB, and
    InvalidRequest for a body that is not a form."""
    raw: Any = request.raw_body
    if len(raw) > LARGEST_TEXT_BODY:
        raise TooLarge(Reason.BODY_TOO_LARGE)
    try:
        pairs = parse_qsl(
            raw.decode("utf-8"),
            keep_blank_values=True,
            max_num_fields=MOST_FIELDS,
            errors="strict",
        )
    except ValueError:
        raise InvalidRequest(Reason.MALFORMED_BODY) from None
    texts = defaultdict(list)
    for name, text in pairs:
        texts[name].append(text)
    return texts


def read_query(request: ChaliceRequest) -> Texts:
    """Return the fields of the query."""
    params = request.query_params
    return {} if params is None else {name: params.getlist(name) for name in params}


def find_text(texts: Texts, name: str) -> str:
    """Return the first text of the field, or "" if the form has no such field."""
    return next(iter(texts.get(name, ())), "")


def read_values(kind: type[Request], texts: Texts) -> dict[str, Any]:
    """Return the typed values as `parse` takes them: a list for a field that can have several
    values, and otherwise a text, a bool or a time with its zone.

    A field without text counts as not sent. The form's own token and the page to return to are left
    out. Raise InvalidRequest for a repeated field that can have only one value.
    """
    hints = get_type_hints(kind, include_extras=True)
    values: dict[str, Any] = {}
    for name, sent in texts.items():
        filled = [text for text in sent if text.strip()]
        if name in (CSRF, RETURN) or not filled:
            continue
        declared = plain_type(hints.get(name))
        if declared in (tuple, frozenset):
            values[name] = [_normalise(text) for text in filled]
        elif len(filled) > 1:
            raise InvalidRequest(
                Reason.BAD_VALUE, "Send this field only once.", field=name if name in hints else ""
            )
        else:
            values[name] = _convert(declared, filled[0])
    return normalise_ids(kind, values)


def _convert(declared: Any, text: str) -> Any:
    """Return the text as a value of the declared type, if the browser's form of it differs."""
    if declared is bool and text in ("true", "false", "on"):
        return text != "false"
    return _normalise(text)


def _normalise(text: str) -> str:
    """Return a browser's date and time with its zone, UTC. Browsers end lines with CR LF; return
    them as LF."""
    text = text.replace("\r\n", "\n")
    return f"{text}:00Z" if _BROWSER_TIME.fullmatch(text) else text


def plain_type(declared: Any) -> Any:
    """Return the class of a declared type, without None and annotations; `tuple` for any tuple."""
    for part in get_args(declared) if NoneType in get_args(declared) else ():
        if part is not NoneType:
            return plain_type(part)
    if get_origin(declared) is Annotated:
        return plain_type(get_args(declared)[0])
    return get_origin(declared) or declared


_TYPED = (EngagementId, MemberId, RoleName, TokenId, SessionId, RequestId)


def normalise_ids(kind: type[Request], values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with each ID that the request type declares in lower case and without
    spaces around it: no ID has capital letters. The API itself is strict."""
    names = {each.encode_name for each in fields(kind) if without_none(each.type) in _TYPED}
    return {
        name: value.strip().lower() if name in names and isinstance(value, str) else value
        for name, value in values.items()
    }
