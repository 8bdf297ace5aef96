"""Describe an error for the page that shows it: beside its field, with what to do next."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.reasons import Reason, Surface
from chalicelib.domain.values import Value
from chalicelib.entrypoints.http.problems import build_problem

_ID = re.compile(r"[a-z0-9.-]{1,64}", re.ASCII)


class PageError(Value):
    """An error as a page of the console shows it."""

    text: str
    status: int
    field: str = ""
    """The field that caused it. Empty if no single field did."""
    typed: Mapping[str, Any] = {}
    """The sent values by field."""
    others: Mapping[str, str] = {}
    """The errors of further fields, by field."""
    path: str = ""
    """The path of the page that lists the valid values, below the root. Empty if there is none."""
    label: str = ""
    """The name of that page."""
    choices: tuple[tuple[str, str], ...] = ()
    """The meanings that an unclear name could have, as pairs of an ID and a text."""
    is_without_query: bool = False
    """True if the page shows what it shows without a query."""


_ENGAGEMENT = "engagements/{engagement}"
_LOOKUPS: Mapping[Reason, tuple[str, str, str, str]] = {
    Reason.NO_SUCH_MEMBER: ("member", "No member has the ID {member}.", "People", "people"),
    Reason.NO_SUCH_ENGAGEMENT: (
        "engagement",
        "No engagement has the ID {engagement}.",
        "Engagements",
        "engagements",
    ),
    Reason.NO_SUCH_ROLE: (
        "role",
        "{engagement} has no role named {role}.",
        "The engagement’s page",
        _ENGAGEMENT,
    ),
    Reason.NO_SUCH_GRANT: (
        "member",
        "{member} has no grant for {engagement}.",
        "The engagement’s page",
        _ENGAGEMENT,
    ),
    Reason.NO_SUCH_TOKEN: (
        "token",
        "{member} has no token with the ID {token}.",
        "The member’s page",
        "people/{member}",
    ),
    Reason.NO_SUCH_SESSION: (
        "session",
        "{member} has no session with the ID {session}.",
        "Live sessions",
        "sessions",
    ),
    Reason.NO_SUCH_REQUEST: ("request", "No request has the ID {request}.", "Requests", "requests"),
}
"""The field that names something that may not exist, the error, and the label and the path of the
page that lists what exists."""


def find_field(error: DaypassError) -> str:
    """Return the field that caused the error. Empty if no single field did."""
    return error.field or _LOOKUPS.get(error.reason, ("",))[0]


def build_page_error(
    error: DaypassError, typed: Mapping[str, Any], *others: DaypassError, is_reader: bool
) -> PageError:
    """Return the error for the page, with those of other fields. For an ID that does not exist,
    leads and auditors also get a link to the list of those that do. Members may not see such lists,
    so they get the API's text."""
    problem = build_problem(error, Surface.WEB)
    shown = PageError(
        text=getattr(error, "summary", "") or problem.body["detail"],
        status=problem.status_code,
        field=find_field(error),
        typed=typed,
        others={each.field: build_problem(each, Surface.WEB).body["detail"] for each in others},
        choices=getattr(error, "choices", ()),
    )
    lookup = _LOOKUPS.get(error.reason) if is_reader else None
    if lookup is None:
        return shown
    names = {n: text for n, text in typed.items() if isinstance(text, str) and _ID.fullmatch(text)}
    try:
        # The first text is the name of the field, which does not appear on the page.
        _, text, label, path = (each.format(**names) for each in lookup)
    except KeyError:  # the text needs an ID that was not sent, or is not valid
        return shown
    return replace(shown, text=text, path=path, label=label)
