"""Write trail entries as CSV."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from datetime import datetime
from io import StringIO

from chalicelib.domain.evidence.sentences import describe_entry
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.trail import Entry

CSV = "text/csv"
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""The beginnings of a cell that a spreadsheet would take for a formula ("CSV Injection", OWASP)."""

_FORMULA_AFTER = re.compile(r"""([;|\t\r\n]["'\s]*)([=+@-])""")
"""A formula that follows what spreadsheets of some countries take for the end of a cell."""

_COLUMNS = tuple(name for name in Entry.__struct_fields__ if name != "details")


def build_csv(entries: Iterable[Entry]) -> str:
    """Return the entries as CSV with a header row. Times are in UTC. No cell begins like a formula:
    an apostrophe precedes it, also where a semicolon would begin a cell."""
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow((*_COLUMNS, "sentence", "details"))
    for entry in entries:
        cells = [_format(getattr(entry, name)) for name in _COLUMNS]
        details = json.dumps(dict(entry.details), ensure_ascii=False)
        writer.writerow(map(_escape, (*cells, describe_entry(entry).text, details)))
    return text.getvalue()


def _format(value: object) -> str:
    return rfc3339(value) if isinstance(value, datetime) else str(value)


def _escape(cell: str) -> str:
    cell = _FORMULA_AFTER.sub(r"\1'\2", cell)
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
