"""Answer a question in the form that the caller asks for: JSON, a table for a person, or CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any, TypeVar

from chalicelib.domain.people.members import Caller
from chalicelib.domain.rows import format_csv
from chalicelib.domain.values import Value
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.responses import make_response
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.selections import F, ListFormat, Question, R

L = TypeVar("L", bound=Value)
CSV = "text/csv"


class Table(Value):
    """A page of a list as texts, for `format=table`. Times are as in JSON, so that the reader can
    show them in their own time zone."""

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str
    """A sentence to show if the list has no rows."""
    cursor: str | None
    """The cursor to send for the next page. None on the last page."""
    total: int | None
    """The number of rows of all pages. None: Daypass has not counted them."""


def render_answer(
    question: Question[R, F],
    ports: Ports,
    caller: Caller,
    filters: F,
    build_list: Callable[[tuple[R, ...], str | None], L],
) -> L | Table | Response:
    """Return the page that the filters select as JSON, which `build_list` builds from the rows and
    the cursor, or as a table. For CSV, return all selected rows as a file."""
    page = question.ask(ports, caller, filters)
    if filters.format is ListFormat.CSV:
        return answer_csv(question, page.items, ports.now())
    cursor = page.cursor or None
    if filters.format is ListFormat.JSON:
        return build_list(page.items, cursor)
    return Table(
        headings=question.headings,
        rows=tuple(map(question.list_cells, page.items)),
        empty=question.empty,
        cursor=cursor,
        total=page.total,
    )


def answer_csv(question: Question[R, Any], rows: Iterable[R], now: datetime) -> Response:
    """Return the rows as a file to download, with the question's columns. Times are in UTC."""
    headings = (heading or "Note" for heading in question.headings)
    return build_download((headings, *map(question.list_cells, rows)), question.name, now)


def build_download(rows: Iterable[Iterable[str]], name: str, now: datetime) -> Response:
    """Return rows of cells as a CSV file to download."""
    return build_file(format_csv(rows), CSV, name, "csv", now)


def build_file(text: str, media: str, name: str, suffix: str, now: datetime) -> Response:
    """Return the text as a file to download."""
    response = make_response(200, text, f"{media}; charset=utf-8")
    file = f"daypass-{name}-{now:%Y-%m-%dT%H%M}Z.{suffix}"
    response.headers["Content-Disposition"] = f'attachment; filename="{file}"'
    return response
