"""Read the audit trail: as a table, as CSV, and as a month's report for a client."""

from __future__ import annotations

import csv
import re
import sys
from argparse import ArgumentTypeError, Namespace
from collections.abc import Iterable
from datetime import datetime, timezone
from itertools import islice
from shlex import quote
from typing import Any

from daypass.command import BROKER, JSON, Command, argument
from daypass.commands.leads.arguments import ENGAGEMENT, GROUP, ONE_ENGAGEMENT
from daypass.errors import Refused, UsageProblem
from daypass.machine.logins import connect
from daypass.terminal.output import print_json, print_table, style, warn
from daypass.terminal.times import api_time, parse_api_time, parse_past, show_moment
from daypass.terminal.waiting import progress

MOST_ENTRIES, MOST_PAGES = 1_000_000, 20_000
"""The limits of what the command reads of the trail, which grows for years."""
SHOWN = 50
"""Entries of a table without --limit. CSV and JSON have all: programs count on that."""


def _show_trail(arguments: Namespace) -> int:
    broker = connect(arguments.broker)
    is_for_people = not (arguments.csv or arguments.json)
    limit = arguments.limit or (SHOWN if is_for_people else MOST_ENTRIES)
    entries = broker.pages(
        "/v1/trail",
        "entries",
        most_pages=MOST_PAGES,
        engagement=arguments.engagement,
        member=arguments.member,
        outcome=arguments.outcome,
        from_=_past(arguments.since),
        to=_past(arguments.until),
        limit=min(limit + 1, 200),
    )
    if arguments.csv:
        write_csv(islice(entries, limit))
        return _exit_code(limit, is_cut=next(entries, None) is not None)
    with progress("Reading the trail"):
        read = list(islice(entries, limit))
        is_cut = next(entries, None) is not None
    if arguments.json:
        print_json(read)
        return _exit_code(limit, is_cut=is_cut)
    rows = [(show_moment(entry["at"]), entry["outcome"], entry["sentence"]) for entry in read]
    print_table(("AT", "OUTCOME", "EVENT"), rows)
    if is_cut:
        print(style(f"The latest {limit}. For more, add --limit or --from.", "dim"))
    return 0


def _exit_code(limit: int, *, is_cut: bool) -> int:
    """Return the exit code of a trail for programs. Say on the error stream if it is not all."""
    if not is_cut:
        return 0
    warn(f"This is not all: only the latest {limit:,} entries. Narrow it with --from and --to.")
    return Refused.exit_code


def _count(text: str) -> int:
    """Return the number of entries that the text names."""
    if not text.isdecimal() or not 0 < int(text) <= MOST_ENTRIES:
        raise ArgumentTypeError(f"the number of entries is 1 to {MOST_ENTRIES}")
    return int(text)


def _past(text: str) -> str:
    return api_time(parse_past(text)) if text else ""


_COLUMNS = (
    "at", "actor", "token", "address", "action", "outcome", "reason", "engagement", "role",
    "subject", "vend", "sentence",
)  # fmt: skip


def write_csv(entries: Iterable[dict[str, Any]]) -> None:
    """Write entries as CSV, with the details as `name=value` in the last column."""
    writer = csv.writer(sys.stdout)
    writer.writerow((*_COLUMNS, "details"))
    for entry in entries:
        details = "; ".join(f"{name}={value}" for name, value in entry["details"].items())
        cells = [str(entry[column]) for column in _COLUMNS]
        writer.writerow([_safe_cell(cell) for cell in (*cells, details)])


_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_FORMULA_AFTER = re.compile(r"""([;|\t\r\n]["'\s]*)([=+@-])""")
"""A formula that follows what spreadsheets of some countries take for the end of a cell."""


def _safe_cell(text: str) -> str:
    """Return the cell so that no spreadsheet runs it as a formula (OWASP, "CSV Injection"), as the
    CSV of the web console."""
    text = _FORMULA_AFTER.sub(r"\1'\2", text)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _report_month(arguments: Namespace) -> None:
    broker = connect(arguments.broker)
    begin, end = month_range(arguments.month)
    with progress("Reading the trail"):
        entries = list(
            broker.pages(
                "/v1/trail",
                "entries",
                engagement=arguments.engagement,
                most_pages=MOST_PAGES,
                outcome="issued",
                from_=api_time(begin),
                to=api_time(end),
            )
        )
    entries.reverse()
    if arguments.json:
        print_json(entries)
        return
    print(f"Sessions of {arguments.engagement} in {begin:%B %Y} (UTC): {len(entries)}")
    if not entries:
        return
    rows = [
        (
            entry["actor"],
            entry["role"],
            f"{parse_api_time(entry['at']):%Y-%m-%d %H:%M}",
            f"{parse_api_time(entry['details']['expires_at']):%Y-%m-%d %H:%M}",
            entry["details"]["session_name"],
            entry["details"]["access_key_id"],
        )
        for entry in entries
    ]
    headings = ("MEMBER", "ROLE", "BEGAN", "ENDED BY", "SESSION NAME", "ACCESS KEY ID")
    print_table(headings, rows)
    print(_explain_cloudtrail([entry["details"]["session_name"] for entry in entries]))


def _explain_cloudtrail(session_names: list[str]) -> str:
    """Return how the client finds in CloudTrail what these sessions did.

    By their names: a session in the AWS console has other access keys than the ones that Daypass
    issued ("CloudTrail userIdentity element", CloudTrail User Guide).
    """
    values = ", ".join("'" + name.replace("'", "''") + "'" for name in session_names)
    lines = (
        "",
        "Daypass does not see what a session did. The client's CloudTrail does.",
        "Its event history has the last 90 days, without reads and writes of data. In each region:",
        f"  for name in {' '.join(map(quote, session_names))}; do",
        "    aws cloudtrail lookup-events \\",
        '      --lookup-attributes "AttributeKey=Username,AttributeValue=$name" \\',
        "      --query 'Events[].[EventTime,EventSource,EventName,Username]' --output text",
        "  done",
        "If a trail stores more in Amazon S3, use Athena, with the table that CloudTrail creates:",
        "  SELECT eventtime, awsregion, eventsource, eventname, errorcode, useridentity.arn",
        "  FROM CLOUDTRAIL_TABLE",
        f"  WHERE split_part(useridentity.principalid, ':', 2) IN ({values})",
        "  ORDER BY eventtime",
    )
    return "\n".join(lines)


def month_range(text: str) -> tuple[datetime, datetime]:
    """Return the first moment of the month and of the month after, in UTC.

    Raise UsageProblem if the text is no month, such as 2026-10. Empty text is the present month.
    """
    this_month = datetime.now(timezone.utc).strftime("%Y-%m")
    try:
        begin = datetime.strptime(f"{text or this_month} +0000", "%Y-%m %z")
    except ValueError:
        raise UsageProblem(f"{text!r} is no month. Type it as 2026-10.") from None
    end = begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
    return begin, end


COMMANDS = (
    Command(
        "trail",
        "Show the audit trail, latest first",
        _show_trail,
        (
            ONE_ENGAGEMENT,
            argument("--member", default="", help="only entries by or about this member"),
            argument("--outcome", default="", help="such as refused, issued or done"),
            argument("--from", dest="since", default="", help="such as 2026-10-01, monday or 7d"),
            argument("--to", dest="until", default="", help="the end, exclusive"),
            argument(
                "--limit", type=_count, default=0, help="how many entries (50; CSV and JSON: all)"
            ),
            argument("--csv", action="store_true", help="write CSV"),
            JSON,
            BROKER,
        ),
        group=GROUP,
    ),
    Command(
        "report",
        "List an engagement's sessions in a month, for the client",
        _report_month,
        (ENGAGEMENT, argument("--month", default="", help="such as 2026-10"), JSON, BROKER),
        group=GROUP,
    ),
)
