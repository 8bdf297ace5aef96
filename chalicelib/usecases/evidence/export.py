"""Export the trail for other programs: page by page, and a small selection as one file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.errors import bad_value
from chalicelib.domain.evidence.export import ExportFormat, format_entries
from chalicelib.domain.moments import exact_text
from chalicelib.domain.trail import TrailQuery
from chalicelib.usecases.lists import PAGE_SIZE, iterate_trail
from chalicelib.usecases.ports import Ports

LARGEST = 5_000_000
"""Bytes of a response. Lambda returns 6 MB at most ("Lambda quotas", AWS Lambda Developer Guide)"""


FIRST_MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
"""Daypass recorded nothing before."""


def export_everything(ports: Ports) -> Iterator[tuple[str, int]]:
    """Yield the whole trail in parts, newest first: lines of JSON, and the number of entries in
    them. Indexes lag a little, so compare the sum with the table's number of entries."""
    until = ports.now() + timedelta(days=1)  # clocks differ
    for page in iterate_trail(
        ports.trail, TrailQuery(since=FIRST_MOMENT, until=until, limit=PAGE_SIZE)
    ):
        lines = format_entries(page.items, ExportFormat.NDJSON, with_headings=False)
        yield lines, len(page.items)


def export_page(ports: Ports, query: TrailQuery, format: ExportFormat) -> tuple[str, str]:
    """Return a page of the entries that the query selects as text, newest first, and the cursor of
    the next page. The first page has CSV's headings. A page may be empty although more follow."""
    query = replace(query, limit=PAGE_SIZE)
    while True:
        page = ports.trail.page(query)
        text = format_entries(page.items, format, with_headings=not query.cursor)
        if len(text.encode()) <= LARGEST:
            return text, page.cursor
        query = replace(query, limit=query.limit // 2)


def export_file(ports: Ports, query: TrailQuery, format: ExportFormat) -> str:
    """Return all entries that the query selects as one text, newest first.

    Raise InvalidRequest if they do not fit in a response, and say which part of the period does.
    A file with only a part of the entries could look complete.
    """
    text, size = [format_entries((), format, with_headings=True)], 0
    for page in iterate_trail(ports.trail, replace(query, limit=PAGE_SIZE)):
        for entry in page.items:
            text.append(format_entries((entry,), format, with_headings=False))
            size += len(text[-1].encode())
            if size > LARGEST:
                raise bad_value(
                    "when",
                    "This selection is too large for one file in the browser. A file can have the"
                    f" entries after {exact_text(entry.at)}. Choose a shorter time, and put the"
                    " earlier entries into another file. The command `daypass export` writes any"
                    " number.",
                )
    return "".join(text)
