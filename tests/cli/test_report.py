"""A month's report, as the broker makes it, for a person and for a program."""

import json

from tests.cli.samples import MONTH_REPORT
from tests.cli.scripted_broker import answer_with

PATH = "/v1/engagements/acme-prod/report"


def test_the_month_is_the_brokers_to_read_and_to_choose(machine, broker):
    machine.type("report", "acme-prod", "--month", "2026-10")
    machine.type("report", "acme-prod")
    assert [path for _, path, *_ in broker.requests] == [f"{PATH}?month=2026-10", PATH]


def test_a_month_without_sessions_has_no_query(machine, broker):
    broker.answers[PATH] = 200, {**MONTH_REPORT, "sessions": [], "searches": []}
    assert "CloudTrail" not in machine.prints("report", "acme-prod")
    assert json.loads(machine.prints("report", "acme-prod", "--json")) == []


def test_a_spreadsheet_gets_the_sessions_as_the_broker_writes_them(machine, broker):
    table = "Member,Reason\r\nbob,'=1+1\r\n"
    broker.answers[PATH] = answer_with(table, Content_Type="text/csv; charset=utf-8")
    assert machine.prints("report", "acme-prod", "--csv", "--month", "2026-10") == table
    assert [path for _, path, *_ in broker.requests] == [f"{PATH}?format=csv&month=2026-10"]


def test_a_program_gets_the_sessions(machine):
    report = machine.type("report", "acme-prod", "--json")
    assert json.loads(report.out) == MONTH_REPORT["sessions"]
