"""The trail in the browser: readers see every entry in words, and no entry breaks the page."""

from __future__ import annotations

import csv
import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.entrypoints.web.pages.trail_csv import build_csv
from chalicelib.usecases.vending.vend import vend
from tests.builders import Scene, an_intent
from tests.entrypoints.driver import Api, fresh_api
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.entering import enter
from tests.entrypoints.web.transcript import Transcript
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


def an_entry(**facts: Any) -> Entry:
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


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text)))


@pytest.mark.golden
def test_filters_stay_and_an_invalid_one_is_an_error_on_the_page(
    console: Transcript, scene: Scene
) -> None:
    vend(scene.ports, scene.origin(), "acme-prod", READONLY)
    scene.world.entries.append(an_intent("bob", at=NOON - timedelta(hours=3)))
    for query in (
        {"engagement": "acme-prod"},
        {"engagement": "acme-prod", "show": "sessions", "from": "2026-11-24", "to": "2026-11-24"},
        {"engagement": "acme-prod", "member": "bob", "show": "refused", "to": "2026-11-24"},
        {"engagement": "nowhere"},
        {"from": "2026-11-24", "to": "2026-11-23"},
        {"from": "2024-11-24", "to": "2026-11-23"},
        {"from": "2026-02-30"},
        {"engagement": "acme prod", "member": "Alice", "show": "refused", "to": "2026-11-24"},
        {"show": "nothing"},
        {"cursor": "x"},
    ):
        console.open("lena", "/web/trail", **query)
    console.hold("trail-filters")


@every("text", HOSTILE.values())
@every("where", ["said", "label", "name", "client", "address", "why"], api=fresh_api)
def test_no_text_of_an_entry_breaks_the_page_or_the_table(api: Api, text: str, where: str) -> None:
    action = {
        "label": Action.TOKEN_CHANGE,
        "name": Action.MEMBER_CHANGE,
        "client": Action.ENGAGEMENT_CHANGE,
        "why": Action.DAILY_CHECK,
    }.get(where, Action.GRANT_REVOKE)
    facts: dict[str, Any] = {"address": text} if where == "address" else {"details": {where: text}}
    outcome = Outcome.FAILED if where == "why" else Outcome.DONE
    api.world.entries.append(an_entry(action=action, outcome=outcome, **facts))
    browser = enter(api, "lena")
    page = browser.get("/web/trail", engagement="acme-prod")
    assert page.status == 200
    assert "<script>alert" not in page.text
    assert "<b>" not in page.text.partition('class="timeline"')[2].partition("</ol>")[0]
    table = browser.get("/web/trail.csv", engagement="acme-prod").text
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
@every("field", ["id", "actor", "token", "engagement", "role", "subject", "vend", "details"])
def test_no_cell_is_a_formula(field: str, formula: str) -> None:
    value = {"said": formula} if field == "details" else formula
    table = build_csv([an_entry(**{field: value})])
    assert not re.search(r"""[;|\t][\s"]*[=+@-]""", table)
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in rows_of(table)[1])


def test_the_table_is_a_file_to_save(signed_in: SignIn) -> None:
    answer = signed_in("ada").get("/web/trail.csv", engagement="acme-prod", show="sessions")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="daypass-trail-')
