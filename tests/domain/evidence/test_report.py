"""A month's report: what it covers, and what a client can do with it in CloudTrail."""

import os
import re
import subprocess
from datetime import UTC, datetime

from msgspec.structs import replace

from chalicelib.domain.evidence.report import (
    MAX_SESSIONS,
    MonthReport,
    ReportedSession,
    describe_status,
    find_range,
)
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.cut_off.cut_offs import CutOffProblem, CutOffStatus
from chalicelib.domain.vending.vends import build_outcome_entry
from chalicelib.entrypoints.http.parsing import parse
from chalicelib.usecases.evidence.report import ReportQuery
from tests.builders import (
    ROLE_ARN,
    a_cut_off,
    a_role,
    a_verification,
    an_engagement,
    an_intent,
    results,
    role_cut_offs,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.refusals import refused_field

OPENED = datetime(2026, 9, 1, tzinfo=UTC)
NAMES = ["bob.5d2f8a0c4e917b36", "bob.0123456789abcdef.agent"]


def a_report(names, *, month="2026-10", is_complete=True):
    session = ReportedSession.from_vend(an_intent("bob"), issued(an_intent("bob")))
    sessions = tuple(replace(session, session_name=name) for name in names)
    facts = {"made_at": NOON, "is_complete": is_complete, "opened_at": OPENED, "status": ()}
    return MonthReport(
        engagement="acme-prod", client="Acme", month=month, sessions=sessions, **facts
    )


def issued(intent):
    return build_outcome_entry(intent, Outcome.ISSUED, at=NOON)


@every(
    "month, following",
    [
        ("2026-10", "2026-11"),
        ("2026-12", "2027-01"),
        ("2024-02", "2024-03"),
        ("2999-01", "2999-02"),
    ],
)
def test_a_month_ends_where_the_next_one_begins(month, following):
    parse(ReportQuery, {"month": month}, from_text=True)
    first_days = (datetime.fromisoformat(f"{each}-01T00Z") for each in (month, following))
    assert find_range(month) == (*first_days,)


NO_MONTHS = [
    *("2026-13", "2026-00", "2026-1", "1999-12", "3000-01", "2026-10-01", "2026-10\n"),
    "２０２６-10",
]


@every("text", NO_MONTHS)
def test_what_is_no_month_is_refused(text):
    assert refused_field(parse, ReportQuery, {"month": text}, from_text=True) == "month"


@every(
    "names, month, is_complete, title, notes",
    [
        ([], "2026-10", True, "October 2026 (UTC): 0", 0),
        (NAMES, "2026-10", True, "October 2026 (UTC): 2", 0),
        (NAMES, "2026-11", True, "November 2026 (UTC): 2", 1),
        (NAMES, "2026-10", False, "October 2026 (UTC): only the latest 2", 1),
        ([], "2026-12", True, "December 2026 (UTC): 0", 1),
        ([], "2026-08", True, "August 2026 (UTC): 0", 1),
    ],
)
def test_a_report_says_what_it_covers(names, month, is_complete, title, notes):
    report = a_report(names, month=month, is_complete=is_complete)
    assert report.title == f"Sessions of acme-prod in {title}"
    assert len(report.notes) == notes
    assert bool(report.searches) is bool(names)


@every(
    "month, previous, following, note",
    [
        ("2026-08", None, "2026-09", "has known acme-prod only since 1 September 2026"),
        ("2026-09", None, "2026-10", ""),
        ("2026-10", "2026-09", "2026-11", ""),
        ("2026-11", "2026-10", None, "The month is not over"),
        ("2026-12", "2026-11", None, "The month has not begun."),
    ],
)
def test_a_report_leads_to_the_months_that_can_have_sessions(month, previous, following, note):
    report = a_report([], month=month)
    shown = [each and f"{each:%Y-%m}" for each in (report.previous_month, report.next_month)]
    assert shown == [previous, following]
    assert note in " ".join(report.notes)
    assert bool(note) is bool(report.notes)


PENDING = a_cut_off(requested_at=NOON, problem=CutOffProblem.CLIENT_MUST_WRITE)
SEEN = a_cut_off(requested_at=NOON, status=CutOffStatus.SEEN, seen_at=NOON)
CHECKED = "Daypass last checked readonly on 25 October 2026, 12:00 UTC"
ASKED = "The client's next step: End the sessions of readonly with the policy on the client's page."
NONE_OPEN = "No cut-off is in progress."
FAILED = a_role(verification=a_verification(results=results("no-external-id")))
NEVER = a_role(verification=None)


@every("roles, cut_offs, status", [
    ([], [], [
        NONE_OPEN, "The client's next step: Nothing to do. The engagement has no roles in use.",
    ]),
    ([a_role()], [SEEN], [
        f"{CHECKED}, and it passed.", NONE_OPEN, "Nothing to do. Every role passed",
    ]),
    ([FAILED], [], [
        f"{CHECKED}, and it did not pass.", NONE_OPEN, "Fix what the last check found",
    ]),
    ([a_role(arn=f"{ROLE_ARN}2")], [], [
        f"{CHECKED}. The role's ARN or the external ID has changed since then.",
        NONE_OPEN, "Check readonly again",
    ]),
    ([NEVER, a_role("old", ended_at=NOON)], [], [
        "Daypass has not checked readonly yet.", NONE_OPEN, "Create readonly",
    ]),
    ([a_role()], [PENDING, SEEN], [
        CHECKED, "A cut-off for readonly has been open since 24 November 2026, 12:00 UTC", ASKED,
    ]),
    ([NEVER], [PENDING], [
        "not checked", "A cut-off for readonly has been open", ASKED, "Create readonly",
    ]),
])  # fmt: skip
def test_the_status_says_what_was_checked_and_what_is_asked_of_the_client(roles, cut_offs, status):
    stored = [role_cut_offs(*cut_offs)] if cut_offs else []
    sentences = describe_status(an_engagement(), roles, stored, NOON)
    assert len(sentences) == len(status)
    assert all(part in text for part, text in zip(status, sentences, strict=True))


def test_after_the_end_the_status_says_that_the_access_is_to_be_removed():
    over = an_engagement(closed_at=NOON)
    assert describe_status(over, [a_role()], [], NOON) == (
        NONE_OPEN,
        "The client's next step: Remove the access through readonly, and check that it is gone.",
    )


@every(
    "details, access, approved_by",
    [
        ({"approved_by": "lena"}, "Grant", "lena"),
        ({"request": "r", "approved_by": "lena @client/jo"}, "Request r", "lena and client/jo"),
        ({"request": "r", "emergency": "true"}, "Emergency r", "no one"),
    ],
)
def test_a_session_says_who_allowed_it(details, access, approved_by):
    intent = an_intent()
    intent = replace(intent, details={**intent.details, **details})
    session = ReportedSession.from_vend(intent, issued(intent))
    assert (session.access, session.approved_by) == (access, approved_by)


def test_the_shell_command_looks_up_each_session_by_its_name(tmp_path):
    command = a_report(NAMES).searches[0].command
    aws = tmp_path / "aws"
    aws.write_text(
        '#!/bin/sh\n[ "$1" = ec2 ] && echo "eu-central-1\tus-east-1" && exit\n'
        'printf "%s|" "$@"; echo\n'
    )
    aws.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    run = subprocess.run(
        ["sh", "-c", command], env=environment, capture_output=True, text=True, check=True
    )
    # With text output, the AWS CLI requires a query of Events, because the operation has pages.
    assert [line.partition("Events[].")[0] for line in run.stdout.splitlines()] == [
        f"cloudtrail|lookup-events|--region|{region}|--lookup-attributes"
        f"|AttributeKey=Username,AttributeValue={name}|--query|"
        for region in ("eu-central-1", "us-east-1")
        for name in NAMES
    ]


def test_the_query_for_athena_names_each_session():
    query = a_report([*NAMES, "a'b"]).searches[1].command
    (condition,) = (line for line in query.splitlines() if line.startswith("WHERE "))
    names = ", ".join(f"'{name}'" for name in (*NAMES, "a''b"))
    assert condition == f"WHERE split_part(useridentity.principalid, ':', 2) IN ({names})"
    assert "Lake" not in query
    assert "accessKeyId" not in query


def test_the_query_for_logs_insights_names_each_session_whole():
    """With `in`, a field must equal an element ("filter", CloudWatch Logs User Guide)."""
    (search,) = a_report(NAMES).searches[2:]
    assert search.command.splitlines()[1:] == [
        '| parse userIdentity.principalId "*:*" as roleId, sessionName',
        '| filter sessionName in ["bob.5d2f8a0c4e917b36", "bob.0123456789abcdef.agent"]',
        "| sort eventTime asc",
    ]


def test_many_sessions_take_several_queries_for_logs_insights():
    """A query has at most 10,000 characters ("StartQuery", CloudWatch Logs API Reference)."""
    names = [f"member-with-a-long-name.{number:016x}.agent" for number in range(MAX_SESSIONS)]
    queries = [search.command for search in a_report(names).searches[2:]]
    assert len(queries) > 1
    assert max(map(len, queries)) <= 10_000
    assert re.findall(r'"(member-[^"]+)"', "".join(queries)) == names
