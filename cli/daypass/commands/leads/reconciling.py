"""Compare the trail of an engagement with CloudTrail's events of the client's account."""

from __future__ import annotations

import re
from argparse import Namespace
from contextlib import suppress
from datetime import datetime, timedelta, timezone

from daypass.broker import Broker, segment
from daypass.cloudtrail.entries import read_entries
from daypass.cloudtrail.events import COLUMNS, list_files, read_events
from daypass.cloudtrail.reconciling import Conclusion, Reconciliation, Vend, is_intent
from daypass.command import BROKER, ENGAGEMENT, JSON, Command, argument
from daypass.commands.leads.evidence import read_trail
from daypass.errors import LocalProblem, Refused, UsageProblem
from daypass.json_object import JsonObject
from daypass.machine.logins import connect
from daypass.terminal.output import (
    count_of,
    print_json,
    print_table,
    print_text,
    printable,
    progress,
    style,
)
from daypass.terminal.times import api_time, parse_api_time, show_moment

_ASSUMED = (
    "The files contain all of the account's events for this period{regions}.",
    (
        "CloudTrail records what the client's trail is set up to record. The event history does"
        " not include data events."
    ),
    (
        "CloudTrail events cannot prove that the member made these requests in person, or for the"
        " reason that they gave."
    ),
)
_BY_API = (
    "The trail that Daypass's API returned is complete. To verify its files, use daypass"
    " verify-trail."
)
_BY_FILES = (
    "The files of the trail are unchanged, which daypass verify-trail shows, and cover the whole"
    " period."
)
_NOT_SAID = "You did not confirm that the files cover every region. If they do, add --all-regions."
_DAY_OR_TIME = r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z)?"
_MOST_SHOWN = 50
_OF_CSV = "A CSV does not show whether its end is missing."


def _reconcile(arguments: Namespace) -> int:
    """Compare the trail with the files' events, and print the result. Return the exit code of a
    refusal if the two contradict each other."""
    files = list_files(arguments.events)
    has_csv = any(".csv" in file.suffixes for file in files)
    if has_csv and arguments.validated:
        raise UsageProblem(
            "--validated is for CloudTrail's own files. AWS does not validate CSV files."
        )
    now = datetime.now(timezone.utc)
    with progress("Reading the trail"):
        if arguments.trail:
            title = f"{arguments.engagement}, {arguments.when}"
            period = _read_period(arguments.when)
            reconciliation = _read_files(arguments.trail, arguments.engagement, *period)
        else:
            broker = connect(arguments.broker)
            reconciliation, title = _read_vends(broker, arguments.engagement, arguments.when)
    with progress("Reading the files") as show:
        for number, file in enumerate(files, 1):
            show(f"Reading {number} of {count_of(len(files), 'file')}")
            for event in read_events(file):
                reconciliation.add_event(event)
    _check_account(reconciliation)
    verdict, reasons = reconciliation.judge(
        now, missing="" if arguments.all_regions else _NOT_SAID, validated=arguments.validated
    )
    regions = "" if arguments.all_regions else ", in the regions named above"
    assumed = [text.format(regions=regions) for text in _ASSUMED]
    assumed += [_BY_FILES if arguments.trail else _BY_API, *([_OF_CSV] if has_csv else [])]
    result = {
        "period": title,
        "files": len(files),
        "events": reconciliation.accounts[reconciliation.account],
        "other_accounts": sorted(set(reconciliation.accounts) - {reconciliation.account}),
        "regions": sorted(reconciliation.regions),
        "repeated": reconciliation.repeated,
        "checks": sum(reconciliation.checks.values()),
        "verdict": verdict.value,
        "reasons": reasons,
        "vends": [_describe(vend, now) for vend in reconciliation.list_vends()],
        "unexplained": [event._asdict() for event in reconciliation.unexplained],
        "opened_by_sessions": dict(reconciliation.chained),
        "opened_by_client": dict(reconciliation.own),
        "assumed": assumed,
    }
    if arguments.json:
        print_json(result)
    else:
        _print_result(result)
    return Refused.exit_code if verdict is Conclusion.INCOMPLETE else 0


def _read_vends(broker: Broker, engagement: str, when: str) -> tuple[Reconciliation, str]:
    """Return a reconciliation with the engagement's vends in the period, and the engagement and
    period in words. Also read the vends of the day before, because their sessions may reach into
    the period."""
    # `limit` is the size of a page. All pages are read.
    selection, entries = read_trail(broker, engagement=engagement, when=when, limit=200)
    path = f"/v1/engagements/{segment(selection['engagement'])}"
    roles = broker.list_items(f"{path}/roles", "roles")
    begin, end = _read_period(selection["when"])
    reconciliation = Reconciliation(
        account=broker.get(path)["account_id"],
        role_arns=frozenset(role["arn"] for role in roles),
        begin=begin,
        end=end,
        has_day_before=True,
    )
    # `before` includes the day of `begin`, which may have a time. An entry read twice counts once.
    before = f"{begin - timedelta(days=1):%Y-%m-%d} to {begin:%Y-%m-%d}"
    _, earlier = read_trail(broker, engagement=selection["engagement"], when=before, limit=200)
    reconciliation.add_entries([*entries, *earlier])
    return reconciliation, selection["text"]


def _read_files(
    paths: list[str], engagement: str, begin: datetime, end: datetime
) -> Reconciliation:
    """Return the engagement's vends in files of the trail, without asking the broker. Raise
    LocalProblem if the files have no vend of the engagement, or vends in several AWS accounts."""
    entries = [entry for entry in read_entries(paths) if entry["engagement"] == engagement]
    arns = {entry["details"]["role_arn"] for entry in entries if is_intent(entry)}
    accounts = {arn.split(":")[4] for arn in arns}
    if not accounts:
        raise LocalProblem(
            f"The files of the trail have no vends of {engagement}. Use the engagement's ID, and"
            " include all files of the period."
        )
    if len(accounts) > 1:  # an engagement has one account
        raise LocalProblem(
            f"The files of the trail have vends of {engagement} in several AWS accounts:"
            f" {', '.join(sorted(accounts))}. Use the files of only one Daypass."
        )
    reconciliation = Reconciliation(accounts.pop(), frozenset(arns), begin, end)
    reconciliation.add_entries(entries)
    return reconciliation


def _read_period(text: str) -> tuple[datetime, datetime]:
    """Return the begin and the end of a period in Daypass's notation, in UTC, such as `2026-11-23
    to 2026-11-25`. Raise UsageProblem for a text that only the broker understands, such as
    `yesterday`."""
    first, _, last = text.partition(" to ")
    if all(re.fullmatch(_DAY_OR_TIME, part, re.ASCII) for part in (first, last or first)):
        with suppress(ValueError):
            return _parse_day(first), _parse_day(last or first, days=1)
    raise UsageProblem("With --trail, write --when as a day, or as 2026-10-01 to 2026-10-31.")


def _parse_day(text: str, days: int = 0) -> datetime:
    """Return the begin of the day that comes so many days later. For a text with a time, return
    that time. Raise ValueError if the day or time does not exist."""
    if "T" in text:
        return parse_api_time(text)
    return parse_api_time(f"{text}T00:00:00Z") + timedelta(days=days)


def _check_account(reconciliation: Reconciliation) -> None:
    """Raise LocalProblem if the files have events, and none of this account."""
    others = sorted(reconciliation.accounts)
    if others and reconciliation.account not in others:
        raise LocalProblem(
            f"The files have events of account {', '.join(others[:5])}, but none of the"
            f" engagement's account, {reconciliation.account}."
        )


def _describe(vend: Vend, now: datetime) -> JsonObject:
    """Return the vend with its finding, for JSON and for the table."""
    return {
        "at": api_time(vend.at),
        "member": vend.member,
        "role": vend.role,
        "reason": vend.said,
        "session_name": vend.session_name,
        "outcome": vend.outcome,
        "finding": vend.judge(now).value,
        "actions": dict(vend.actions.most_common()),
    }


def _print_result(result: JsonObject) -> None:
    """Print the verdict with its reasons, the vends, the unexplained sessions and the
    assumptions."""
    files = count_of(result["files"], "file")
    events = f"{result['events']:,} events in {', '.join(result['regions']) or 'no region'}"
    # The files can hold any text.
    print(printable(f"Reconciliation of {result['period']}: {files}, {events}"))
    print(f"{style('Verdict:', 'bold')} {result['verdict']}")
    for reason in result["reasons"]:
        print_text(f"  {printable(reason)}")
    rows = [
        (show_moment(each["at"]), each["session_name"], each["role"], each["outcome"],
         each["finding"])
        for each in result["vends"]
    ]  # fmt: skip
    if rows:
        print()
        headings = ("AT", "SESSION", "ROLE", "TRAIL", "EVENT")
        print_table(headings, rows, [_list_actions(each) for each in result["vends"]])
    if result["unexplained"]:
        _print_unexplained(result["unexplained"])
    print("\nThis result assumes:")
    for text in result["assumed"]:
        print_text(f"  {text}")


def _print_unexplained(events: list[JsonObject]) -> None:
    """Print the sessions that other accounts opened without an entry on the trail."""
    print("\nSessions that are not in the trail:")
    rows = [
        (show_moment(each["at"]), each["new_session"], each["role_arn"].rpartition("/")[2],
         each["caller_account"], each["region"], each["id"])
        for each in events[:_MOST_SHOWN]
    ]  # fmt: skip
    print_table(("AT", "SESSION", "IAM ROLE", "STARTED FROM", "REGION", "EVENT"), rows)
    if len(events) > _MOST_SHOWN:
        print(style(f"The first {_MOST_SHOWN} of {len(events):,}. --json has all.", "dim"))


def _list_actions(vend: JsonObject) -> str:
    """Return the member's reason, and what the session did most."""
    actions = [f"{name} {count}" for name, count in list(vend["actions"].items())[:5]]
    more = len(vend["actions"]) - len(actions)
    texts = [vend["reason"], ", ".join(actions) + (f" and {more} more" if more else "")]
    return ": ".join(text for text in texts if text)


COMMANDS = (
    Command(
        "reconcile",
        "Compare the trail with the events in a client's CloudTrail",
        _reconcile,
        (
            ENGAGEMENT,
            argument(
                "--events",
                nargs="+",
                required=True,
                metavar="FILE",
                help="CloudTrail's own files or folders, JSON from lookup-events, or CSV from"
                " Athena",
            ),
            argument(
                "--when",
                required=True,
                help="the days that the files cover, in UTC, such as 'in october' or 2026-11-03",
            ),
            argument("--all-regions", action="store_true", help="the files cover every region"),
            argument(
                "--validated",
                action="store_true",
                help="aws cloudtrail validate-logs found the files unchanged",
            ),
            argument(
                "--trail",
                nargs="+",
                metavar="FILE",
                help="read the trail from these files or folders, copied from the digests' bucket"
                " or written by daypass export, instead of from Daypass",
            ),
            JSON,
            BROKER,
        ),
        description=f"A CSV needs the columns {', '.join(COLUMNS)}.",
    ),
)
