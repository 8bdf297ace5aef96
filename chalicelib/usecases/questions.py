"""Declare what people ask: who may, what a row shows, and who reads the rows. Doors render it.

The API, the command's table, CSV, the web console's list and Slack show the same columns.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from enum import StrEnum
from operator import attrgetter
from typing import Any, Generic, TypeVar

from chalicelib.domain.lists import Limit, NameCursor, Page
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.text import IdPrefix
from chalicelib.domain.values import Request, Value
from chalicelib.usecases.ports import Ports

R = TypeVar("R")
F = TypeVar("F", bound="ListFilters")

ROWS = 25
"""The most rows of a page, or the most items that a page has rows of."""


class ListFormat(StrEnum):
    """The form of a list in a response."""

    JSON = "json"
    """The rows with all their fields."""
    TABLE = "table"
    """The headings, and each row as texts for a person."""


class ListFilters(Request, frozen=True, kw_only=True):
    """A page of a list, and its form. Each question adds its cursor and what else it can limit."""

    limit: Limit = ROWS
    """A page has 25 rows at most, also if `limit` is larger."""
    format: ListFormat = ListFormat.JSON


class Question(Value, Generic[R, F], frozen=True, kw_only=True):
    """Something that a person asks, whose answer is a list."""

    name: str
    """The field that holds the rows in the API's response, such as `access`."""
    title: str
    kinds: frozenset[Kind]
    """The kinds of members who may ask."""
    columns: tuple[tuple[str, str], ...]
    """Pairs of an attribute of a row and its heading. The first ones identify the row."""
    empty: str
    """A sentence for a list without rows."""
    ask: Callable[[Ports, Caller, F], Page[R]]
    """Reads a page."""

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(heading for _, heading in self.columns)

    def list_cells(self, row: R, show_time: Callable[[datetime], str] = rfc3339) -> tuple[str, ...]:
        """Return the row as texts. Doors show times in their own way; tables and CSV as the API."""
        return tuple(cell_text(get_value(row, field), show_time) for field, _ in self.columns)


def get_value(row: Any, field: str) -> Any:
    """Return the row's attribute, or a part's, such as `member.id`."""
    return attrgetter(field)(row)


class IdFilters(ListFilters, frozen=True, kw_only=True):
    """A page of a list sorted by ID, perhaps only of the IDs that begin with a text."""

    cursor: NameCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page."""
    starts_with: IdPrefix = ""
    """The first characters of the IDs to list."""


def cell_text(value: Any, show_time: Callable[[datetime], str] = rfc3339) -> str:
    """Return a value of a row for a person."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case datetime():
            return show_time(value)
        case tuple() | frozenset():
            return ", ".join(sorted(cell_text(each, show_time) for each in value))
    return str(value)
