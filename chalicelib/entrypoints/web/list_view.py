"""Show any list of the console: its search, filters, order, rows, number, next page and CSV. The
choice is in the URL, so that it can be shared and the browser's way back leads to it."""

from __future__ import annotations

from typing import Any, NamedTuple, cast
from urllib.parse import urlencode

from chalicelib.domain.values import Page, Value, sent_fields
from chalicelib.entrypoints.http.framework import Response
from chalicelib.entrypoints.http.questions import answer_csv
from chalicelib.entrypoints.web.rendering import render_console
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.selections import (
    Column,
    CountedChip,
    ListFormat,
    Question,
    SearchFilters,
    Selection,
)

_OF_PAGE = ("cursor", "format", "limit")
"""The fields that do not belong to a choice of rows."""


class Heading(NamedTuple):
    """A column's heading, which sorts by it."""

    column: Column
    url: str
    """Empty: the list cannot be sorted by it."""
    order: str
    """`ascending`, `descending`, or empty if the list is not sorted by this column."""


class ListView(Value):
    """A selection of a list, with the links that change it."""

    question: Question[Any, Any]
    page: Selection[Any]
    query: SearchFilters
    url: str
    """The URL of the whole list."""
    fragment: str
    """The part of the page, such as `#tokens`. Empty if the page is this list."""

    def link(self, **changes: str) -> str:
        """Return the URL of the first page of this choice with the changes."""
        fields = {name: text for name, text in {**self._chosen, **changes}.items() if text}
        return f"{self.url}?{urlencode(fields)}{self.fragment}" if fields else self.all_url

    @property
    def all_url(self) -> str:
        return f"{self.url}{self.fragment}"

    @property
    def kept(self) -> dict[str, str]:
        """Return the fields that a new search keeps."""
        return {name: text for name, text in self._chosen.items() if name != "q"}

    @property
    def _chosen(self) -> dict[str, str]:
        """Return the fields of the choice that differ from the page's default."""
        defaults = type(self.query)()
        return {
            name: str(value).lower() if isinstance(value, bool) else str(value)
            for name, value in sent_fields(self.query).items()
            if name not in _OF_PAGE and value != getattr(defaults, name)
        }

    @property
    def limits(self) -> list[tuple[str, str]]:
        """Return the engagement and the member to which the list is limited, by field."""
        return [(name, self.kept[name]) for name in ("engagement", "member") if name in self.kept]

    @property
    def is_narrowed(self) -> bool:
        return bool(self.query.q or self.query.only or self.limits)

    def count(self, chip: str) -> int | None:
        """Return the number of rows with this chip in the whole list. None if it is narrowed."""
        numbers = (each.rows for each in self.page.chips if each.chip.name == chip)
        return None if self.is_narrowed else next(numbers, 0)

    @property
    def headings(self) -> list[Heading]:
        return [self._build_heading(column) for column in self.question.columns]

    def _build_heading(self, column: Column) -> Heading:
        if not column.heading or not column.sorts or self.page.total is None:
            return Heading(column, "", "")
        order = {column.name: "ascending", f"-{column.name}": "descending"}.get(self.query.sort, "")
        sort = f"-{column.name}" if order == "ascending" else column.name
        return Heading(column, self.link(sort=sort), order)

    def chip_link(self, counted: CountedChip) -> str:
        """Return the URL that chooses this chip in addition, or no longer."""
        names = [name for name in self.query.only.split(",") if name]
        name = counted.chip.name
        kept = [each for each in names if each != name]
        return self.link(only=",".join(kept if counted.is_chosen else [*kept, name]))

    @property
    def next_url(self) -> str:
        return self.link(cursor=self.page.cursor) if self.page.cursor else ""

    @property
    def csv_url(self) -> str:
        return self.link(format=ListFormat.CSV) if self.page.total else ""


def show_list(
    template: str,
    web: WebRequest,
    question: Question[Any, Any],
    query: SearchFilters,
    **values: Any,
) -> Response:
    """Return the page of a list, or the whole selection as CSV. The template gets `view`, the
    list's ListView, and the values."""
    if query.format is ListFormat.CSV:
        return download_list(web, question, query)
    page = question.ask(web.ports, web.caller, query)
    view = build_view(web, question, query, page)
    return render_console(template, web, title=question.title, view=view, **values)


def download_list(web: WebRequest, question: Question[Any, Any], query: SearchFilters) -> Response:
    """Return the whole selection as CSV."""
    return answer_csv(question, question.ask(web.ports, web.caller, query).items, web.now)


def build_view(
    web: WebRequest,
    question: Question[Any, Any],
    query: SearchFilters,
    page: Page[Any] | None,
    fragment: str = "",
) -> ListView | None:
    """Return the view of a list, or of a list in a part of a page. None if it could not be read."""
    if page is None:
        return None
    url = f"{web.root}{web.path.removeprefix('/web')}"
    selection = cast("Selection[Any]", page)
    return ListView(question=question, page=selection, query=query, url=url, fragment=fragment)
