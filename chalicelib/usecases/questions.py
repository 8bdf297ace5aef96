"""Declare what people ask: who may, what a row shows, and who reads the rows. Doors render it.

The API, the command's table, CSV, the web console's list and Slack show the same columns.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.members import Caller, Kind
from chalicelib.domain.rows import cell_text, get_value
from chalicelib.domain.values import Page, Value
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.selections import Column, F, R, WholeList, select


class Question(Value, Generic[R, F]):
    """Something that a person asks, whose answer is a list."""

    name: str
    """The field that holds the rows in the API's response, such as `access`."""
    title: str
    kinds: frozenset[Kind]
    """The kinds of members who may ask."""
    columns: tuple[Column, ...]
    """The first ones identify the row."""
    empty: str
    """A sentence for a list without rows."""
    rows: WholeList[R, Any] | Callable[[Ports, Caller, F], Page[R]]
    """How to read the list whole, or a function that reads a page of it."""

    def ask(self, ports: Ports, caller: Caller, filters: F) -> Page[R]:
        """Return the page that the filters select."""
        if isinstance(self.rows, WholeList):
            return select(self.rows, self.columns, ports, caller, filters)
        return self.rows(ports, caller, filters)

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(column.heading for column in self.columns)

    def list_cells(self, row: R, show_time: Callable[[datetime], str] = rfc3339) -> tuple[str, ...]:
        """Return the row as texts. Doors show times in their own way; tables and CSV as the API."""
        return tuple(cell_text(get_value(row, each.field), show_time) for each in self.columns)
