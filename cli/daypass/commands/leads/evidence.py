"""Read the audit trail: as a table, as files for other programs, and as a client's month."""

from __future__ import annotations

import csv
import io
import os
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from textwrap import indent
from typing import Any

from daypass.broker import MOST_PER_PAGE, Broker, segment
from daypass.cached import NO_FOLLOW
from daypass.command import BROKER, CSV, ENGAGEMENT, JSON, ONE_ENGAGEMENT, Command, argument
from daypass.errors import Refused, UsageProblem
from daypass.machine.files import explaining
from daypass.machine.logins import connect
from daypass.terminal.output import (
    count_of,
    one_line,
    print_json,
    print_table,
    progress,
    style,
    warn,
    write_bytes,
)
from daypass.terminal.times import is_api_time, parse_api_time, show_moment

TRAIL = "/v1/trail"
MOST_ENTRIES, MOST_PAGES = 100_000, 20_000
"""The limits of what `daypass trail` reads and holds in memory. `daypass export` has none."""
SHOWN = 50
"""Entries of a table without --limit. JSON has all: programs count on that."""


def _show_trail(arguments: Namespace) -> int:
    """Print the latest entries, as JSON or as a table. Return the exit code: not 0 if JSON does not
    have all entries."""
    broker = connect(arguments.broker)
    limit = arguments.limit or (MOST_ENTRIES if arguments.json else SHOWN)
    typed = {"engagement": arguments.engagement, "member": arguments.member}
    selection, entries = read_trail(
        broker,
        **typed,
        when=arguments.when,
        outcome=arguments.outcome,
        # The size of a page. Ask for one entry more than shown, to see whether there are more.
        limit=min(limit + 1, MOST_PER_PAGE),
    )
    with progress("Reading the trail"):
        read = list(islice(entries, limit))
        is_cut = next(entries, None) is not None
    if arguments.json:
        print_json(read)
        return _exit_code(limit, is_cut=is_cut)
    # If the person typed a date or a name, rather than an ID, say how Daypass understood it.
    is_exact = not arguments.when and all(selection[n] == t for n, t in typed.items() if t)
    if not (is_exact and read):
        print(style(f"Trail of {selection['text']}", "dim"))
    rows = [(show_moment(entry["at"]), entry["outcome"], entry["sentence"]) for entry in read]
    print_table(("AT", "OUTCOME", "EVENT"), rows)
    if is_cut:
        print(style(f"The latest {limit}. For more, add --limit or --when.", "dim"))
    return 0


def read_trail(broker: Broker, **query: Any) -> tuple[dict[str, str], Iterator[dict[str, Any]]]:
    """Return the selection as Daypass understood it, and its entries. Read further pages as needed.

    Daypass resolves the names and dates of the query. Request further pages with the IDs and days
    from its first answer, because `yesterday` is another day tomorrow.
    """
    first = next(broker.read_pages(TRAIL, "entries", **query))
    selection = first["selection"]
    if not first["cursor"]:
        return selection, iter(first["entries"])
    exact = {name: selection[name] for name in ("engagement", "member", "when")}
    further = {**query, **exact, "cursor": first["cursor"]}
    rest = broker.list_items(TRAIL, "entries", most_pages=MOST_PAGES, **further)
    return selection, chain(first["entries"], rest)


def _exit_code(limit: int, *, is_cut: bool) -> int:
    """Return the exit code of a trail for programs. If entries are missing from it, say so on the
    error stream."""
    if not is_cut:
        return 0
    warn(
        f"This is incomplete. It has only the latest {limit:,} entries. Choose a shorter period"
        " with --when, or use daypass export."
    )
    return Refused.exit_code


def _count(text: str) -> int:
    """Return the text as a number of entries. Raise ArgumentTypeError if it is not a number from 1
    to MOST_ENTRIES."""
    if not text.isdecimal() or not 0 < int(text) <= MOST_ENTRIES:
        raise ArgumentTypeError(f"the number of entries must be from 1 to {MOST_ENTRIES}")
    return int(text)


_MEDIA = {"ndjson": "application/x-ndjson", "csv": "text/csv", "ocsf": "application/x-ndjson"}
Write = Callable[[bytes], object]


def _export(arguments: Namespace) -> None:
    """Write the pages of the trail as Daypass sends them. The first request resolves names and
    relative dates, so that all pages select the same entries."""
    path, form = arguments.output, arguments.format
    if path and os.path.exists(path):
        raise UsageProblem(f"{path} already exists. Name another file, or remove it first.")
    broker = connect(arguments.broker)
    query = {name: getattr(arguments, name) for name in ("engagement", "member", "when", "outcome")}
    selection = broker.get(TRAIL, **query, limit=1)["selection"]
    # An outcome has no other notation, so it stays as it was typed.
    query.update({name: selection[name] for name in ("engagement", "member", "when")})
    pages = broker.read_texts(TRAIL, _MEDIA[form], **query, format=form)
    count = 0
    with _open_output(path) as write, progress("Reading the trail") as show:
        try:
            for number, page in enumerate(pages):
                write(page)
                headings = 1 if number == 0 else 0  # only the first page of a CSV has them
                count += _count_rows(page) - headings if form == "csv" else page.count(b"\n")
                show(f"Reading the trail: {count_of(count, 'entry')}")
        except BaseException:  # also for Ctrl-C
            name = f"{path}.partial" if path else "the output"
            warn(f"This is NOT complete: {name} has only the latest {count_of(count, 'entry')}.")
            raise
    print(one_line(f"Complete, {count_of(count, 'entry')}: {selection['text']}"), file=sys.stderr)


@contextmanager
def _open_output(path: str) -> Iterator[Write]:
    """Yield a function that writes to the file, or to stdout without a path. The file gets its name
    only when it is complete, and only its owner can read it."""
    if not path:
        yield write_bytes
        return
    partial = f"{path}.partial"
    with explaining("write", path):
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | NO_FOLLOW
        with open(os.open(partial, flags, 0o600), "wb") as file:
            yield file.write
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, path)


def _count_rows(page: bytes) -> int:
    """Return the rows of CSV, whose cells can have line breaks."""
    return sum(1 for _ in csv.reader(io.StringIO(page.decode(), newline="")))


def _report_month(arguments: Namespace) -> None:
    """Print the client's report of a month, with the times in UTC."""
    broker = connect(arguments.broker)
    path = f"/v1/engagements/{segment(arguments.engagement)}/report"
    if arguments.csv and not arguments.json:
        for content in broker.read_texts(path, "text/csv", format="csv", month=arguments.month):
            write_bytes(content)
        return
    with progress("Reading the trail"):
        report = broker.get(path, month=arguments.month)
    if arguments.json:
        print_json(report["sessions"])
        return
    print("\n".join((report["title"], *report["notes"])))
    if report["sessions"]:
        columns = report["columns"]
        print_table(
            [column["heading"].upper() for column in columns],
            [[_in_utc(row[column["field"]]) for column in columns] for row in report["sessions"]],
        )
    print("\n" + "\n".join(report["status"]))
    if report["sessions"]:
        print(f"\n{report['not_seen']}")
    for search in report["searches"]:
        print("\n".join(filter(None, (search["text"], indent(search["command"], "  ")))))


def _in_utc(text: str) -> str:
    """Return a time of the API in UTC, as the client reads it. Return other texts unchanged."""
    return f"{parse_api_time(text):%Y-%m-%d %H:%M}" if is_api_time(text) else text


_NARROWING = (
    argument("--member", help="only entries by or about the member with this ID or name"),
    argument("--outcome", help="only this outcome, such as refused, issued or done"),
    argument(
        "--when",
        help="only this period, such as yesterday, 'in october', 2026-11-03 or 7d (days in UTC)",
    ),
)
COMMANDS = (
    Command(
        "trail",
        "Show the audit trail, latest first",
        _show_trail,
        (
            ONE_ENGAGEMENT,
            *_NARROWING,
            argument(
                "--limit",
                type=_count,
                default=0,
                help="how many entries to show (50; with --json: all)",
            ),
            JSON,
            BROKER,
        ),
    ),
    Command(
        "export",
        "Export the audit trail for other programs",
        _export,
        (
            ONE_ENGAGEMENT,
            *_NARROWING,
            argument(
                "--format",
                choices=tuple(_MEDIA),
                default="ndjson",
                help="ndjson (one entry per line, the default), csv, or ocsf (one event per line)",
            ),
            argument(
                "--output", metavar="FILE", help="write to this new file. Default: standard output"
            ),
            BROKER,
        ),
        description=(
            "The latest entries come first. While a file is incomplete, its name ends in .partial."
        ),
    ),
    Command(
        "report",
        "List an engagement's sessions in a month, for the client",
        _report_month,
        (ENGAGEMENT, argument("--month", help="such as 2026-10"), JSON, CSV, BROKER),
    ),
)
