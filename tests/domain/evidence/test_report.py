"""A month's report: what it covers, and what a client can do with it in CloudTrail."""

import os
import subprocess
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.errors import InvalidRequest
from chalicelib.domain.evidence.report import MonthReport, ReportedSession, find_range
from chalicelib.domain.vending.access import CallerKind
from chalicelib.entrypoints.http.parsing import parse
from chalicelib.usecases.evidence.report import ReportQuery
from tests.fakes import NOON
from tests.rows import every

NAMES = ["bob.5d2f8a0c4e917b36", "bob.0123456789abcdef.agent"]


def a_report(names, *, month="2026-10", is_complete=True):
    sessions = [
        ReportedSession(
            member="bob",
            role="readonly",
            began_at=NOON,
            ended_by=NOON + timedelta(hours=1),
            caller=CallerKind.PERSON,
            reason="INC-7",
            access="Grant",
            session_name=name,
            access_key_id="ASIA1",
        )
        for name in names
    ]
    return MonthReport(
        engagement="acme-prod",
        client="Acme",
        month=month,
        made_at=NOON,
        sessions=tuple(sessions),
        is_complete=is_complete,
    )


@every(
    "month, end",
    [
        ("2026-10", (2026, 11)),
        ("2026-12", (2027, 1)),
        ("2024-02", (2024, 3)),
        ("2999-01", (2999, 2)),
    ],
)
def test_a_month_ends_where_the_next_one_begins(month, end):
    parse(ReportQuery, {"month": month}, from_text=True)
    assert find_range(month) == (
        datetime.strptime(f"{month} +0000", "%Y-%m %z"),
        datetime(*end, 1, tzinfo=UTC),
    )


@every(
    "text",
    [
        "2026-13",
        "2026-00",
        "2026-1",
        "1999-12",
        "3000-01",
        "2026-10-01",
        "2026-10\n",
        "２０２６-10",
    ],
)
def test_what_is_no_month_is_refused(text):
    with pytest.raises(InvalidRequest) as refused:
        parse(ReportQuery, {"month": text}, from_text=True)
    assert refused.value.field == "month"


@every(
    "names, month, is_complete, title, notes",
    [
        ([], "2026-10", True, "October 2026 (UTC): 0", 0),
        (NAMES, "2026-10", True, "October 2026 (UTC): 2", 0),
        (NAMES, "2026-11", True, "November 2026 (UTC): 2", 1),
        (NAMES, "2026-10", False, "October 2026 (UTC): the latest 2 of more", 1),
    ],
)
def test_a_report_says_what_it_covers(names, month, is_complete, title, notes):
    report = a_report(names, month=month, is_complete=is_complete)
    assert report.title == f"Sessions of acme-prod in {title}"
    assert len(report.notes) == notes
    assert bool(report.searches) is bool(names)


def test_the_shell_command_looks_up_each_session_by_its_name(tmp_path):
    command = a_report(NAMES).searches[0].command
    aws = tmp_path / "aws"
    aws.write_text('#!/bin/sh\nprintf "%s|" "$@"; echo\n')
    aws.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    run = subprocess.run(
        ["sh", "-c", command], env=environment, capture_output=True, text=True, check=True
    )
    calls = [line.split("|") for line in run.stdout.splitlines()]
    assert [call[:4] for call in calls] == [
        [
            "cloudtrail",
            "lookup-events",
            "--lookup-attributes",
            f"AttributeKey=Username,AttributeValue={name}",
        ]
        for name in NAMES
    ]
    # With text output, the AWS CLI requires a query of Events, because the operation has pages.
    assert all(call[5].startswith("Events[].") for call in calls)


def test_the_query_for_athena_names_each_session():
    query = a_report([*NAMES, "a'b"]).searches[1].command
    (condition,) = (line for line in query.splitlines() if line.startswith("WHERE "))
    names = ", ".join(f"'{name}'" for name in (*NAMES, "a''b"))
    assert condition == f"WHERE split_part(useridentity.principalid, ':', 2) IN ({names})"
    assert "Lake" not in query
    assert "accessKeyId" not in query
