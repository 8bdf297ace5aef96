"""The report of the month on the client's page: as a page, as CSV and as JSON, each with what the
report of leads has, and nothing about others."""

import json
from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.evidence.report import MAX_SESSIONS, MonthReport, ReportedSession
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.access import CallerKind
from chalicelib.domain.vending.vends import build_outcome_entry
from chalicelib.entrypoints.http.responses import to_json_value
from chalicelib.entrypoints.pages.render import render_page
from chalicelib.usecases.evidence.report import ReportQuery, read_report
from tests.builders import LINK_TEXT, ROLE_ARN, a_cut_off, an_intent, role_cut_offs
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import ask
from tests.entrypoints.onboarding.reading import REPORT, PageText, change
from tests.fakes import FIRM, NOON
from tests.golden import as_text, hold_against_file
from tests.rows import every

FORMATS = {"page": {}, "csv": {"format": "csv"}, "json": {"format": "json"}}
ADDRESS, KEY = "203.0.113.77", "ASIA1"
SAID = '=1+1 <b>restore</b> the "orders" table, INC-7'
LARGEST_ANSWER = 6 * 1024 * 1024
"""Bytes of what a Lambda function returns ("Lambda quotas")."""


def record(world, member, age, *, engagement="acme-prod", outcome=Outcome.ISSUED, **details):
    vend = f"{len(world.entries):016x}"
    intent = an_intent(member, vend, at=NOON - age, engagement=engagement, address=ADDRESS)
    intent = replace(intent, details={**intent.details, **details})
    end = {"expires_at": "2026-11-24T13:00:00Z", "access_key_id": KEY}
    world.entries += [intent, build_outcome_entry(intent, outcome, at=intent.at, details=end)]


def prepare(world):
    """Let two people come in, another one be refused by AWS, and one come in to another client."""
    hour = timedelta(hours=1)
    record(world, "alice", 30 * hour, approved_by="lena", said=SAID)
    record(
        world, "alice", 2 * hour, approved_by="lena @client/jo", request="alice.0123456789abcdef"
    )
    record(world, "bob", hour, caller="agent", request="bob.0123456789abcdef", emergency="true")
    record(world, "nina", hour, outcome=Outcome.FAILED, approved_by="mia")
    record(world, "carol", hour, engagement="globex", approved_by="mia")
    world.add(role_cut_offs(a_cut_off(requested_at=NOON, role_arn=ROLE_ARN)))


def get(api, **query):
    answer = ask(api, REPORT, "nobody", query=query)
    check(REPORT, answer)
    return answer


@pytest.fixture
def visited(api):
    prepare(api.world)
    return api


@pytest.mark.parametrize("form", FORMATS)
def test_the_report_is_as_the_file_says(visited, form):
    answer = get(visited, **FORMATS[form], month="2026-11")
    assert answer.status == 200
    shown = as_text(answer.text) if form == "page" else answer.text
    if form == "json":
        shown = json.dumps(json.loads(answer.text), indent=1) + "\n"
    hold_against_file(f"onboarding/client-report.{form}.txt", shown)


@every("form", FORMATS, api=fresh_api)
def test_the_report_tells_nothing_of_other_clients_nor_of_people_who_did_not_come_in(api, form):
    prepare(api.world)
    answer = get(api, **FORMATS[form])
    assert "alice" in answer.text
    assert "bob" in answer.text
    token = an_intent("alice").token
    hidden = ("carol", "globex", "nina", "mia", ADDRESS, token, LINK_TEXT)
    text = answer.text.replace(f'href="../{LINK_TEXT}"', "")
    assert [each for each in hidden if each in text] == []


def test_json_is_the_report_that_leads_get(visited, scene):
    report = read_report(scene.ports, "acme-prod", ReportQuery())
    assert json.loads(get(visited, format="json").text) == to_json_value(report)


@every(
    "query, status, text",
    [
        ({"month": "2026-13"}, 400, "Enter a month such as 2026-10."),
        ({"month": "november"}, 400, "Enter a month such as 2026-10."),
        ({"month": "<b>"}, 400, "Enter a month such as 2026-10."),
        ({"month": "2026-11", "format": "pdf"}, 400, "json"),
        ({"member": "alice"}, 400, "field"),
        ({"month": "2026-12"}, 200, "The month has not begun."),
        ({"month": "2999-12"}, 200, "The month has not begun."),
        ({"month": "2000-01"}, 200, "Daypass has known acme-prod only since"),
        ({}, 200, "The month is not over"),
    ],
    api=fresh_api,
)
def test_a_bad_month_is_refused_and_an_empty_one_explained(api, query, status, text):
    answer = get(api, **query)
    assert (answer.status, text in PageText(answer.text).text) == (status, True)
    assert status == 200 or f'href="../{LINK_TEXT}"' in answer.text
    revoked = replace(api.world.find(SetupLink, where=lambda _: True)[0], revoked_at=NOON)
    api.world.add(revoked)
    refused = get(api, **query)
    assert refused.status == 404
    assert refused.text.count("month") == 0


def test_after_the_engagements_end_its_report_stays_until_the_link_expires(visited):
    change(visited.world, Engagement, closed_at=NOON)
    assert "bob" in get(visited).text
    change(visited.world, SetupLink, expires_at=NOON)
    assert get(visited).status == 404


def test_a_report_of_5000_sessions_is_smaller_than_an_answer_of_lambda():
    session = ReportedSession(
        member="m" * 32,
        role="r" * 32,
        began_at=NOON,
        ended_by=NOON,
        caller=CallerKind.AGENT,
        reason="é" * 100,
        access="Request " + "m" * 49,
        approved_by="lena and client/jo",
        session_name="m" * 32 + ".0123456789abcdef.agent",
        access_key_id="ASIA" + "X" * 16,
    )
    report = MonthReport(
        engagement="acme-prod",
        client="Acme",
        month="2026-11",
        made_at=NOON,
        sessions=(session,) * MAX_SESSIONS,
        is_complete=False,
        opened_at=NOON,
        status=(),
    )
    page = render_page("report.html", report=report, link=LINK_TEXT, firm=FIRM)
    assert page.body.count("<tr>") == MAX_SESSIONS + 1
    assert len(page.body.encode()) < LARGEST_ANSWER
