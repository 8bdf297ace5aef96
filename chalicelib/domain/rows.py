"""Read, search and sort the rows of a list, and write them as CSV: pure rules on values."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterable
from datetime import datetime
from io import StringIO
from operator import attrgetter
from typing import Annotated, Any

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.text import constrain_line
from chalicelib.domain.values import T, build_constraints

SearchText = Annotated[str, constrain_line(80)]
"""Words that each row must contain, as whole words or as parts of words."""
SortName = Annotated[
    str,
    build_constraints(
        "the name of a column, such as client, or -client for the reverse order",
        pattern=r"^-?[a-z_]+$(?!\n)",
        max_length=40,
    ),
]
ChipNames = Annotated[
    str,
    build_constraints(
        "names of the list's filters, with commas between them",
        pattern=r"^[a-z0-9-]+(?:,[a-z0-9-]+)*$(?!\n)",
        max_length=120,
    ),
]


def fold(text: str) -> str:
    """Return the text without case and accents, so that `muller` finds Müller."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in decomposed if not unicodedata.combining(each))


def split_query(query: str) -> tuple[str, ...]:
    """Return the folded words of a query. An account number can have spaces and hyphens in it."""
    folded = fold(query)
    digits = folded.replace(" ", "").replace("-", "")
    if digits.isdecimal() and len(digits) == 12:
        return (digits,)
    return tuple(folded.split())


def contains_all(words: Iterable[str], texts: Iterable[str]) -> bool:
    """Return whether each folded word is in one of the texts, at any position."""
    folded = [fold(text) for text in texts]
    return all(any(word in text for text in folded) for word in words)


def sort_values(
    rows: Iterable[T], value_of: Callable[[T], Any], *, descending: bool = False
) -> list[T]:
    """Return the rows sorted by a value. Equal ones keep their order, and rows without a value come
    last in both directions."""
    pairs = [(row, value_of(row)) for row in rows]
    present = [(row, value) for row, value in pairs if value is not None and value != ""]
    missing = [row for row, value in pairs if value is None or value == ""]
    present.sort(key=lambda pair: _sort_key(pair[1]), reverse=descending)
    return [row for row, _ in present] + missing


def _sort_key(value: Any) -> Any:
    """Return a key that sorts as people expect: texts without case and accents."""
    match value:
        case bool() | int() | float() | datetime():
            return value
        case tuple() | frozenset():
            return sorted(fold(str(each)) for each in value)
    return fold(str(value))


def get_value(row: Any, field: str) -> Any:
    """Return the row's attribute with this name. A name with a dot, such as `member.id`, names an
    attribute of a part of the row."""
    return attrgetter(field)(row)


def cell_text(value: Any, show_time: Callable[[datetime], str] = rfc3339) -> str:
    """Return a value of a row as text for people. None is an empty text."""
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


_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""The beginnings of a cell that a spreadsheet would take for a formula ("CSV Injection", OWASP)."""
_FORMULA_AFTER = re.compile(r"""([;|\t\r\n]["'\s]*)([=+@-])""")
"""A formula that follows what spreadsheets of some countries take for the end of a cell."""


def format_csv(rows: Iterable[Iterable[str]]) -> str:
    """Return rows of cells as CSV. No cell begins like a formula: an apostrophe precedes it, also
    where a semicolon would begin a cell."""
    text = StringIO()
    csv.writer(text).writerows(map(escape_cell, row) for row in rows)
    return text.getvalue()


def escape_cell(cell: str) -> str:
    """Return the cell as a spreadsheet shows it and does not compute it."""
    cell = _FORMULA_AFTER.sub(r"\1'\2", cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
