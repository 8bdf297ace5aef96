"""Answer a question in the form that the caller asks for: JSON, or a table for a person."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.values import Value
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.questions import F, ListFormat, Question, R

L = TypeVar("L", bound=Value)


class Table(Value, frozen=True, kw_only=True):
    """A page of a list as texts, for `format=table`. Times are as in JSON, so that the reader can
    show them in their own time zone."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    """A sentence to show if the list has no rows."""
    cursor: str | None
    """The cursor to send for the next page. None on the last page."""


def answer(
    question: Question[R, F],
    ports: Ports,
    caller: Caller,
    filters: F,
    build_list: Callable[[tuple[R, ...], str | None], L],
) -> L | Table:
    """Return the page that the filters select."""
    page = question.ask(ports, caller, filters)
    cursor = page.cursor or None
    if filters.format is ListFormat.JSON:
        return build_list(page.items, cursor)
    return Table(
        headings=question.headings,
        rows=tuple(map(question.list_cells, page.items)),
        empty=question.empty,
        cursor=cursor,
    )
