"""Define a list as a question that callers ask: its columns, and who may. Read it whole, search and
sort it, and cut it into pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

from chalicelib.domain.errors import bad_value
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.people.members import Caller, Kind
from chalicelib.domain.rows import (
    ChipNames,
    SearchText,
    SortName,
    cell_text,
    contains_all,
    get_value,
    sort_values,
    split_query,
)
from chalicelib.domain.values import Limit, Page, Request, RowCursor, T, Value
from chalicelib.usecases.ports import Ports

R = TypeVar("R")
F = TypeVar("F", bound="ListFilters")
S = TypeVar("S", bound="SearchFilters")

ROWS = 25
"""The most rows of a page, or the most items that a page has rows of."""
MAX_ITEMS = 1000
"""The most items of a list that is read whole. A page of the engagements, whose rows take the most
reads, then needs less than a second."""


class ListFormat(StrEnum):
    """The form of a list in a response."""

    JSON = "json"
    """The rows with all their fields."""
    TABLE = "table"
    """The headings, and each row as texts for a person."""
    CSV = "csv"
    """The headings, and the rows of all pages."""


class ListFilters(Request):
    """A page of a list, and its form. Each question adds its cursor and what else it can limit."""

    limit: Limit = ROWS
    """A page has 25 rows at most, even if `limit` is larger."""
    format: ListFormat = ListFormat.JSON


class SearchFilters(ListFilters):
    """A page of a selection of a list."""

    q: SearchText = ""
    """Words or parts of words that each row must have in its names, IDs or account numbers. In a
    list of more than 1,000: the beginning of the ID."""
    only: ChipNames = ""
    """The names of filters, such as `proven,grade-f`. A row passes if a filter of each kind holds
    for it."""
    sort: SortName = ""
    """The column to sort by, such as `client`. A `-` in front reverses the order."""
    cursor: RowCursor = ""
    """The `cursor` of the previous page. Leave it out for the first page."""


class Column(NamedTuple):
    """A column of a list."""

    field: str
    """An attribute of a row, or a part's, such as `member.id`."""
    heading: str
    priority: int = 1
    """1: always shown. 2: not in a narrow window. 3: only in a wide one."""
    sorts: bool = True
    """False if only the rows to show are completed with it."""

    @property
    def name(self) -> str:
        """Return the name that callers sort with, such as `id`."""
        return self.field.rpartition(".")[2]


class Chip(NamedTuple):
    """A filter that a page shows as a button, which is called a chip. It selects the rows whose
    attribute `field` has one of these texts."""

    name: str
    label: str
    field: str
    texts: frozenset[str]

    def holds(self, row: Any) -> bool:
        """Return whether the filter holds for the row."""
        return cell_text(get_value(row, self.field)) in self.texts


class CountedChip(NamedTuple):
    """A chip, the number of rows that it would show, and whether it is chosen."""

    chip: Chip
    rows: int
    is_chosen: bool


class Selection(Page[R]):
    """A page of a selection."""

    total: int | None = None
    """The number of selected rows. None if there are more than Daypass reads at once."""
    first: int = 0
    """The number of selected rows before this page."""
    chips: tuple[CountedChip, ...] = ()
    is_by_id: bool = False
    """True if the list is too long to be read whole: a search finds the beginning of an ID."""
    is_cut: bool = False
    """True if only the first items of a longer list were read: those that the list begins with."""


Span = dict[str, Any]
"""The arguments with which to list stored items: limit, cursor and starts_with."""


class WholeList(Value, Generic[R, S]):
    """A list of at most MAX_ITEMS that is read whole. Of a longer list, the items whose IDs begin
    with the query are read."""

    list_items: Callable[[Ports, Caller, S, Span], Page[Any]]
    """Reads the stored items that the caller may see, or their IDs."""
    build_rows: Callable[[Ports, Caller, S, Sequence[Any]], Sequence[R]]
    """Returns the rows of these items or IDs, from a few reads for all of them."""
    key: str
    """The attribute that identifies a row."""
    searched: tuple[str, ...]
    """The attributes that a search looks at. The list must show each of them to the caller."""
    chips: tuple[Chip, ...] = ()
    finish: Callable[[Ports, Sequence[R]], Sequence[R]] = lambda _, rows: rows
    """Completes the rows to show with what takes a read for each of them."""
    has_ids: bool = True
    """True if the items are listed by ID. Of a longer list of another order, the first items are
    read."""


def select(
    whole: WholeList[R, S],
    columns: Iterable[Column],
    ports: Ports,
    caller: Caller,
    filters: S,
) -> Selection[R]:
    """Return the page that the filters select, or all selected rows of at most MAX_ITEMS items if
    it is for CSV. Raise InvalidRequest for an unknown column or filter."""
    query, all_rows = filters.q, filters.format is ListFormat.CSV
    limit = MAX_ITEMS if all_rows else min(filters.limit, ROWS)
    page = whole.list_items(ports, caller, filters, {"limit": MAX_ITEMS})
    is_cut = bool(page.cursor)
    is_by_id = is_cut and whole.has_ids
    if is_by_id:
        # The list is too long to be read whole. Read the items whose IDs begin with the query,
        # which then has been applied.
        span: Span = {"starts_with": query.casefold()}
        if query:
            page, query = whole.list_items(ports, caller, filters, {"limit": MAX_ITEMS, **span}), ""
        if page.cursor:
            # Even these are too many. Return one page of them, which cannot be sorted or filtered.
            if all_rows or filters.only or filters.sort:
                raise bad_value("q", "Too many IDs begin with this text. Type more of the ID.")
            span |= {"limit": limit, "cursor": filters.cursor}
            page = whole.list_items(ports, caller, filters, span)
            built = whole.build_rows(ports, caller, filters, page.items)
            return Selection(tuple(whole.finish(ports, built)), page.cursor, is_by_id=True)
    # All items were read, or the first ones of a list without IDs. Search and sort their rows here.
    rows = whole.build_rows(ports, caller, filters, page.items)
    chosen = find_chips(whole.chips, filters.only)
    words = split_query(query)
    matching = [
        row
        for row in rows
        if contains_all(words, (cell_text(get_value(row, each)) for each in whole.searched))
    ]
    ordered = sort_rows(matching, columns, filters.sort)
    before, rest = _split_after(ordered, whole.key, filters.cursor)
    selected = [row for row in rest if passes(row, chosen)]
    shown, count_before = selected[:limit], sum(passes(row, chosen) for row in before)
    return Selection(
        tuple(whole.finish(ports, shown)),
        str(get_value(shown[-1], whole.key)) if len(selected) > limit else "",
        total=count_before + len(selected),
        first=count_before,
        chips=tuple(_count_chips(whole.chips, chosen, matching)),
        is_by_id=is_by_id,
        is_cut=is_cut and not is_by_id,
    )


def build_in_parts(
    ports: Ports, items: Sequence[T], size: int, build: Callable[[Sequence[T]], Iterable[R]]
) -> list[R]:
    """Return the rows that `build` returns for this many items at a time, in parallel."""
    parts = [items[start : start + size] for start in range(0, len(items), size)]
    built = ports.side_by_side(partial(build, part) for part in parts)
    return [row for rows in built for row in rows]


def find_chips(chips: Iterable[Chip], names: str) -> dict[str, list[Chip]]:
    """Return the chips with these names, by their attribute. `names` has commas between the names.
    Raise InvalidRequest for an unknown name."""
    by_name = {chip.name: chip for chip in chips}
    chosen: dict[str, list[Chip]] = {}
    for name in filter(None, names.split(",")):
        if name not in by_name:
            raise bad_value("only", f"Choose one or more of {', '.join(by_name)}.")
        chosen.setdefault(by_name[name].field, []).append(by_name[name])
    return chosen


def passes(row: Any, chosen: dict[str, list[Chip]]) -> bool:
    """Return whether one of the chosen chips of each attribute holds for the row."""
    return all(any(chip.holds(row) for chip in chips) for chips in chosen.values())


def sort_rows(rows: Sequence[R], columns: Iterable[Column], sort: str) -> Sequence[R]:
    """Return the rows sorted by a column. Raise InvalidRequest for a column that does not exist."""
    if not sort:
        return rows
    fields = {each.name: each.field for each in columns if each.heading and each.sorts}
    field = fields.get(sort.removeprefix("-"))
    if field is None:
        raise bad_value("sort", f"Enter one of {', '.join(fields)}.")
    return sort_values(rows, lambda row: get_value(row, field), descending=sort.startswith("-"))


def _split_after(rows: Sequence[R], key: str, cursor: str) -> tuple[Sequence[R], Sequence[R]]:
    """Return the rows up to the last one of the previous page, whose key is the cursor, and the
    others. If that row is gone, such as an ended session, the list begins again."""
    for number, row in enumerate(rows, start=1):
        if cursor and get_value(row, key) == cursor:
            return rows[:number], rows[number:]
    return (), rows


def _count_chips(
    chips: Iterable[Chip], chosen: dict[str, list[Chip]], matching: Sequence[Any]
) -> Iterator[CountedChip]:
    """Yield each chip with the number of rows that it would show, given the chosen chips of other
    attributes. Leave out chips that would show none, unless they are chosen. `chosen` has the
    chosen chips by attribute."""
    for chip in chips:
        others = {field: of_field for field, of_field in chosen.items() if field != chip.field}
        shown = sum(chip.holds(row) and passes(row, others) for row in matching)
        is_chosen = chip in chosen.get(chip.field, ())
        if shown or is_chosen:
            yield CountedChip(chip, shown, is_chosen)


class Question(Value, Generic[R, F]):
    """Something that a person asks, whose answer is a list. Doors render it: the API, the command's
    table, CSV, the web console's list and Slack show the same columns."""

    name: str
    """The field that holds the rows in the API's response, such as `access`."""
    title: str
    kinds: frozenset[Kind]
    """The kinds of members who may ask."""
    columns: tuple[Column, ...]
    """The first ones identify the row."""
    empty: str
    """A sentence for a list without rows."""
    rows: WholeList[R, Any]
    """How to read the list."""

    def ask(self, ports: Ports, caller: Caller, filters: F) -> Selection[R]:
        """Return the page that the filters select, or for CSV all pages as one."""
        return select(self.rows, self.columns, ports, caller, filters)

    @property
    def headings(self) -> tuple[str, ...]:
        return tuple(column.heading for column in self.columns)

    def list_cells(self, row: R, show_time: Callable[[datetime], str] = rfc3339) -> tuple[str, ...]:
        """Return the row as texts. `show_time` formats the times. By default they are as in the
        API, for tables and CSV."""
        return tuple(cell_text(get_value(row, each.field), show_time) for each in self.columns)
