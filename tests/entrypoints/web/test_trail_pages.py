"""The trail in the browser: readers see every entry in words, and no entry breaks the page."""

import csv
import json
import re
from datetime import timedelta
from io import StringIO

from chalicelib.domain.evidence.reconciliation.look_ups import RecordedRequest, RequestCount
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.entrypoints.http.questions import build_download
from chalicelib.usecases.evidence import export
from chalicelib.usecases.vending.vend import vend
from tests.builders import an_intent, some_session_actions
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.web.entering import enter
from tests.fakes import NOON
from tests.rows import every

READONLY = SessionRequest(role="readonly", reason="ticket 7")
HOSTILE = {
    "markup": "<script>alert(1)</script><b>",
    "right-to-left": "שלום עולם",
    "formula": '=HYPERLINK("https://evil.example";"x")',
    "braces": "{by} {{ root }} [said| x]",
    "long": "n" * 200,
}


def an_entry(**facts):
    usual = {
        "id": "0a" * 8,
        "at": NOON,
        "actor": "lena",
        "action": Action.GRANT_REVOKE,
        "outcome": Outcome.DONE,
        "engagement": "acme-prod",
        "subject": "alice",
    }
    return Entry(**(usual | facts))


def rows_of(text):
    return list(csv.reader(StringIO(text)))


def test_filters_stay_and_an_invalid_one_is_an_error_on_the_page(console, scene):
    vend(scene.ports, scene.origin(), "acme-prod", READONLY)
    scene.world.entries.append(an_intent("bob", at=NOON - timedelta(hours=3)))
    for query in (
        {"engagement": "acme-prod"},
        {"engagement": "acme-prod", "show": "sessions", "when": "today"},
        {"engagement": "acme-prod", "member": "bob", "show": "refused", "when": "until yesterday"},
        {"engagement": "nowhere"},
        {"engagement": "acm", "member": "liz", "show": "refused"},
        {"member": "a", "when": "in october"},
        {"when": "2026-11-24 to 2026-11-23"},
        {"when": "since 2024-11-24"},
        {"when": "2026-02-30"},
        {"engagement": "Acme", "member": "ALI", "sign_ins": "shown", "when": "2026-11-24"},
        {"show": "nothing"},
        {"cursor": "x"},
    ):
        console.open("lena", "/web/trail", **query)
    console.hold("trail-filters")


@every("text", HOSTILE.values())
@every("where", ["said", "label", "name", "client", "address", "why"], api=fresh_api)
def test_no_text_of_an_entry_breaks_the_page_or_the_table(api, text, where):
    action = {
        "label": Action.TOKEN_CHANGE,
        "name": Action.MEMBER_CHANGE,
        "client": Action.ENGAGEMENT_CHANGE,
        "why": Action.DAILY_CHECK,
    }.get(where, Action.GRANT_REVOKE)
    facts = {"address": text} if where == "address" else {"details": {where: text}}
    outcome = Outcome.FAILED if where == "why" else Outcome.DONE
    api.world.entries.append(an_entry(action=action, outcome=outcome, **facts))
    browser = enter(api, "lena")
    page = browser.get("/web/trail", engagement="acme-prod")
    assert page.status == 200
    assert "<script>alert" not in page.text
    assert "<b>" not in page.text.partition('class="trail"')[2].partition("</table>")[0]
    table = browser.get("/web/trail/file", engagement="acme-prod").text
    header, row = rows_of(table)
    assert len(header) == len(row)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in row)
    if where == "address":
        assert row[header.index("address")].removeprefix("'") == text
    else:
        assert json.loads(row[header.index("details")]) == {where: text}


FORMULAS = [f"{begin}1" for begin in "=+-@\t\r"]
FORMULAS += ["x;=1+1", 'x;"=1+1', "x; @SUM(1)", "x|+1", "x;\t-1"]
"""In some countries a spreadsheet splits rows at semicolons, whatever quotes are around them."""


@every("formula", FORMULAS)
def test_no_cell_is_a_formula(formula):
    table = build_download([("name",), (formula,), ("x", formula)], "trail", NOON).body
    assert not re.search(r"""[;|\t][\s"]*[=+@-]""", table)
    cells = [cell for row in rows_of(table) for cell in row]
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


@every(
    "query, media, suffix",
    [
        ({}, "text/csv", "csv"),
        ({"format": "csv"}, "text/csv", "csv"),
        ({"format": "ndjson"}, "application/x-ndjson", "ndjson"),
        ({"format": "ocsf"}, "application/x-ndjson", "ocsf.ndjson"),
    ],
)
def test_a_selection_is_a_file_to_save(signed_in, query, media, suffix):
    answer = signed_in("ada").get("/web/trail/file", engagement="acme-prod", **query)
    assert answer.headers["Content-Type"] == f"{media}; charset=utf-8"
    name = re.fullmatch(
        r'attachment; filename="daypass-trail-(.+?)Z\.(.+)"', answer.headers["Content-Disposition"]
    )
    assert name is not None
    assert name[2] == suffix


def test_a_file_has_the_whole_selection_and_a_page_says_what_it_hides(api):
    for number in range(120):
        action = Action.WEB_SIGN_IN if number % 2 else Action.GRANT_REVOKE
        at = NOON - timedelta(minutes=number)
        api.world.entries.append(an_entry(id=f"{number:016x}", at=at, action=action))
    browser = enter(api, "ada")
    query = {"engagement": "acme", "when": "today"}
    page = browser.get("/web/trail", **query).text
    assert "25 sign-ins are hidden." in page
    shown = browser.get("/web/trail", **query, sign_ins="shown").text
    assert "hidden." not in shown
    assert shown.count('scope="row"') == 2 * page.count('scope="row"') == 50
    assert len(rows_of(browser.get("/web/trail/file", **query).text)) == 1 + 120


def test_a_file_that_would_not_be_whole_is_refused(api, monkeypatch):
    monkeypatch.setattr(export, "LARGEST", 200)
    api.world.entries += [an_entry(id=f"{number:016x}") for number in range(2)]
    answer = enter(api, "ada").get("/web/trail/file", engagement="acme")
    assert (answer.status, "Content-Disposition" in answer.headers) == (400, False)
    assert "Choose a shorter time" in answer.text


ODD = (
    *("'", '"><script>', "%00", "a" * 81, "\u202eacme", "../..", "{{7*7}}", "x\ny", "%", "*", "--"),
)


@every("member, status", [("ada", 400), ("alice", 403)])
@every("field", ["engagement", "member", "when"])
def test_odd_texts_are_refused_and_only_readers_learn_why(signed_in, field, member, status):
    browser = signed_in(member)
    for path in ("/web/trail", "/web/trail/file"):
        for odd in ODD:
            page = browser.get(path, **{field: odd})
            assert page.status == status, odd
            assert '"><script>' not in page.text
            assert page.headers["Content-Type"].startswith("text/html")
            assert "Content-Disposition" not in page.headers
            assert ("Similar" in page.text) <= (member == "ada")


def test_a_session_shows_what_cloudtrail_reported(console, scene):
    console.open("lena", "/web/engagements/acme-prod/sessions/0123456789abcdef")
    hostile = RecordedRequest(
        at=NOON, action=HOSTILE["markup"], region=HOSTILE["right-to-left"], error=HOSTILE["markup"]
    )
    count = RequestCount(action=HOSTILE["markup"], error=HOSTILE["markup"], number=51)
    scene.add(
        some_session_actions(),
        some_session_actions(
            session="0" * 16, counts=(count,), requests=(hostile,), total=51, is_whole=False
        ),
    )
    console.open("ada", f"/web/engagements/acme-prod/sessions/{'5e55104e' * 2}")
    console.open("lena", f"/web/engagements/acme-prod/sessions/{'0' * 16}")
    console.open("lena", f"/web/engagements/globex/sessions/{'0' * 16}")
    console.open("lena", f"/web/engagements/nowhere/sessions/{'0' * 16}")
    console.hold("what-a-session-did")
