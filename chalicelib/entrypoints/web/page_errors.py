"""Describe an error for the page that shows it: beside its field, with what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec.structs import replace

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Value
from chalicelib.entrypoints.http.problems import build_problem

_ID = re.compile(r"[a-z0-9.-]{1,64}", re.ASCII)


class PageError(Value, frozen=True, kw_only=True):
    """An error as a page of the console shows it."""

    text: str
    status: int
    field: str = ""
    """The field that caused it. Empty if no single field did."""
    typed: Mapping[str, Any] = {}
    """The sent values by field."""
    path: str = ""
    """The path of the page that lists the valid values, below the root. Empty if there is none."""
    label: str = ""
    """The name of that page."""
    is_without_query: bool = False
    """True if the page shows what it shows without a query."""


class _Lookup(NamedTuple):
    """The field that names something that may not exist, and the page that lists what exists."""

    field: str
    text: str
    label: str
    path: str


_ENGAGEMENT = "engagements/{engagement}"
_LOOKUPS = {
    Reason.NO_SUCH_MEMBER: _Lookup("member", "There is no member {member}.", "People", "people"),
    Reason.NO_SUCH_ENGAGEMENT: _Lookup(
        "engagement", "There is no engagement {engagement}.", "Engagements", "engagements"
    ),
    Reason.NO_SUCH_ROLE: _Lookup(
        "role", "{engagement} has no role {role}.", "The engagement’s page", _ENGAGEMENT
    ),
    Reason.NO_SUCH_GRANT: _Lookup(
        "member", "{member} has no grant for {engagement}.", "The engagement’s page", _ENGAGEMENT
    ),
    Reason.NO_SUCH_TOKEN: _Lookup(
        "token", "{member} has no token {token}.", "The member’s page", "people/{member}"
    ),
    Reason.NO_SUCH_SESSION: _Lookup(
        "session", "{member} has no session {session}.", "Live sessions", "sessions"
    ),
    Reason.NO_SUCH_REQUEST: _Lookup(
        "request", "There is no request {request}.", "Requests", "requests"
    ),
}


def find_field(error: DaypassError) -> str:
    """Return the field that caused the error. Empty if no single field did."""
    lookup = _LOOKUPS.get(error.reason)
    return error.field or (lookup.field if lookup is not None else "")


def build_page_error(
    error: DaypassError, typed: Mapping[str, Any], *, is_reader: bool
) -> PageError:
    """Return the error for the page. To members, it says no more than the API does, and names no
    list: they may not see it."""
    problem = build_problem(error, Surface.WEB)
    shown = PageError(
        text=problem.body["detail"],
        status=problem.status_code,
        field=find_field(error),
        typed=typed,
    )
    lookup = _LOOKUPS.get(error.reason) if is_reader else None
    if lookup is None:
        return shown
    names = {name: text for name, text in typed.items() if _is_id(text)}
    try:
        text, path = (each.format(**names) for each in (lookup.text, lookup.path))
    except KeyError:
        return shown
    return replace(shown, text=text, path=path, label=lookup.label)


def _is_id(value: Any) -> bool:
    return isinstance(value, str) and _ID.fullmatch(value) is not None
