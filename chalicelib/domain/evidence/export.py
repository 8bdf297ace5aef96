"""Write trail entries for other programs: one entry is one line of JSON.

The lines are the same wherever Daypass writes them, so that files can be compared byte by byte.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import Any

import msgspec
from msgspec.structs import asdict

from chalicelib.domain.evidence.ocsf import build_event
from chalicelib.domain.evidence.sentences import describe_entry
from chalicelib.domain.moments import format_sortable
from chalicelib.domain.rows import format_csv
from chalicelib.domain.trail import Entry


class ExportFormat(StrEnum):
    """The form of exported entries. Each is text in UTF-8."""

    NDJSON = "ndjson"
    """One entry a line, as JSON with the fields of `EntryInWords` but the sentence. Times have
    microseconds."""
    CSV = "csv"
    """A table with headings, one entry a row: the fields of `EntryInWords`, with the details last,
    as JSON. A cell that would begin a formula begins with an apostrophe."""
    OCSF = "ocsf"
    """One event a line, as JSON in the Open Cybersecurity Schema Framework (schema.ocsf.io), in the
    version that the event states."""


FIELDS = Entry.__struct_fields__
"""The names in a line, in this order. `Entry` describes them. A line has each of them, also those
that are empty. An entry's details are in the order of their names."""


def format_line(entry: Entry) -> str:
    """Return the entry as one line of JSON, without a line break. Its time has microseconds, so
    that sorting the texts of `at` sorts by time."""
    return msgspec.json.encode(_list_fields(entry)).decode()


def parse_line(line: str | bytes) -> Entry:
    """Return the entry of a line. Raise msgspec.MsgspecError for any other text."""
    return msgspec.json.decode(line, type=Entry)


def format_entries(entries: Iterable[Entry], format: ExportFormat, *, with_headings: bool) -> str:
    """Return the entries in the format, each with a line break after it. Only CSV has headings."""
    match format:
        case ExportFormat.CSV:
            return format_csv(_list_rows(entries, with_headings=with_headings))
        case ExportFormat.OCSF:
            return "".join(
                f"{msgspec.json.encode(build_event(each)).decode()}\n" for each in entries
            )
    return "".join(f"{format_line(each)}\n" for each in entries)


def _list_rows(entries: Iterable[Entry], *, with_headings: bool) -> Iterator[tuple[str, ...]]:
    """Yield the headings, and each entry with its sentence before its details. The details are the
    last field of an entry."""
    if with_headings:
        yield *FIELDS[:-1], "sentence", FIELDS[-1]
    for entry in entries:
        fields = _list_fields(entry)
        details = json.dumps(fields.pop("details"), ensure_ascii=False)
        yield *map(str, fields.values()), describe_entry(entry).text, details


def _list_fields(entry: Entry) -> dict[str, Any]:
    """Return the entry's fields by name, with the details sorted by their names."""
    details = dict(sorted(entry.details.items()))
    return asdict(entry) | {"at": format_sortable(entry.at), "details": details}
