"""The trail in the browser: readers see every entry in words, and no entry breaks the page."""

from __future__ import annotations

import csv
import json
import re
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.usecases.vending.vend import vend
from tests.builders import Scene, an_intent
from tests.entrypoints.web.conftest import SignIn
from tests.fakes import NOON

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


def cannot_read(*_: object, **_more: object) -> None:
    raise Unavailable(Reason.RECORDS_UNAVAILABLE)


def rows_of(text: str) -> list[list[str]]:
    return list(csv.reader(StringIO(text)))


@pytest.mark.parametrize("reader", ["lena", "ada"])
def test_a_reader_sees_who_was_in_an_engagement_and_why(
    scene: Scene, signed_in: SignIn, reader: str
) -> None:
    vend(scene.ports, scene.origin(), "acme-prod", READONLY)
    today = f"{NOON:%Y-%m-%d}"
    query = {"engagement": "acme-prod", "show": "sessions", "from": today, "to": today}
    page = signed_in(reader).get("/web/trail", **query)
    assert page.status == 200
    assert "Tuesday, 24 November 2026" in page.text
    assert ">alice</bdi> got a session in <bdi>acme-prod/readonly</bdi>" in page.text
    assert "In their words: “<bdi>ticket 7</bdi>”." in page.text
    assert "&#34;outcome&#34;: &#34;issued&#34;" in page.text


def test_a_member_reads_no_trail_and_the_attempt_is_recorded(
    scene: Scene, signed_in: SignIn
) -> None:
    browser = signed_in("alice")
    for path in ("/web/trail", "/web/trail.csv"):
        answer = browser.get(path, engagement="acme-prod")
        assert answer.status == 403
        assert "acme-prod" not in answer.text
    refusals = [entry for entry in scene.world.entries if entry.outcome is Outcome.REFUSED]
    assert [entry.reason for entry in refusals] == [Reason.LEAD_OR_AUDITOR_ONLY] * 2


def test_filters_stay_in_the_form_and_in_the_links(signed_in: SignIn) -> None:
    page = signed_in("lena").get(
        "/web/trail", engagement="acme-prod", member="bob", show="refused", to="2026-11-24"
    )
    assert 'name="engagement" value="acme-prod"' in page.text
    assert 'name="member" value="bob"' in page.text
    assert '<option value="refused" selected>' in page.text
    assert 'name="to" value="2026-11-24"' in page.text
    same = "engagement=acme-prod&amp;member=bob&amp;show=refused"
    assert f"/api/web/trail?{same}&amp;to=2026-11-23&amp;from=2026-11-23" in page.text
    assert f"/api/web/trail.csv?{same}&amp;to=2026-11-24" in page.text


def test_an_engagement_that_does_not_exist_has_no_entries(signed_in: SignIn) -> None:
    page = signed_in("ada").get("/web/trail", engagement="nowhere")
    assert page.status == 200
    assert "No entry matches." in page.text


@pytest.mark.parametrize(
    "query",
    [
        {"from": "2026-11-24", "to": "2026-11-23"},
        {"from": "2024-11-24", "to": "2026-11-23"},
        {"from": "2026-02-30"},
        {"from": "yesterday"},
        {"engagement": "<b>"},
        {"show": "nothing"},
        {"cursor": "x"},
        {"unknown": "x"},
    ],
    ids=str,
)
def test_an_invalid_filter_is_refused_with_a_page(signed_in: SignIn, query: dict[str, str]) -> None:
    answer = signed_in("lena").get("/web/trail", **query)
    assert answer.status == 400
    assert answer.headers["Content-Type"].startswith("text/html")


@pytest.mark.parametrize("text", HOSTILE.values(), ids=list(HOSTILE))
@pytest.mark.parametrize("where", ["said", "label", "name", "client", "address", "why"])
def test_no_text_of_an_entry_breaks_the_page_or_the_table(
    scene: Scene, signed_in: SignIn, text: str, where: str
) -> None:
    action = {
        "label": Action.TOKEN_CHANGE,
        "name": Action.MEMBER_CHANGE,
        "client": Action.ENGAGEMENT_CHANGE,
        "why": Action.DAILY_CHECK,
    }.get(where, Action.GRANT_REVOKE)
    facts: dict[str, Any] = {"address": text} if where == "address" else {"details": {where: text}}
    outcome = Outcome.FAILED if where == "why" else Outcome.DONE
    scene.world.entries.append(an_entry(action=action, outcome=outcome, **facts))
    browser = signed_in("lena")
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


@pytest.mark.parametrize("field", ["id", "actor", "token", "engagement", "role", "subject", "vend"])
def test_a_cell_that_begins_like_a_formula_begins_with_an_apostrophe(field: str) -> None:
    from chalicelib.entrypoints.web.pages.trail_events import build_csv

    for begin in "=+-@\t\r":
        header, row = rows_of(build_csv([an_entry(**{field: f"{begin}1"})]))
        assert row[header.index(field)].startswith(f"'{begin}")


@pytest.mark.parametrize("text", ["x;=1+1", 'x;"=1+1', "x; @SUM(1)", "x|+1", "x;\t-1"])
def test_no_formula_follows_what_other_countries_take_for_the_end_of_a_cell(text: str) -> None:
    """There a spreadsheet splits rows at semicolons, whatever quotes are around them."""
    from chalicelib.entrypoints.web.pages.trail_events import build_csv

    table = build_csv([an_entry(details={"said": text}), an_entry(subject=text)])
    assert not re.search(r"""[;|\t][\s"]*[=+@-]""", table)


def test_the_table_has_the_entries_of_the_page_in_utc(scene: Scene, signed_in: SignIn) -> None:
    session = vend(scene.ports, scene.origin(), "acme-prod", READONLY)
    answer = signed_in("ada").get("/web/trail.csv", engagement="acme-prod", show="sessions")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"].startswith('attachment; filename="daypass-trail-')
    header, outcome, intent = rows_of(answer.text)
    assert [row[header.index("outcome")] for row in (outcome, intent)] == ["issued", "intended"]
    assert {row[header.index("vend")] for row in (outcome, intent)} == {session.vend}
    assert intent[header.index("at")].startswith("2026-11-24T12:00:00")
    assert intent[header.index("at")].endswith("Z")
    assert "alice got a session" in outcome[header.index("in_words")]


def test_pages_follow_each_other(scene: Scene, signed_in: SignIn) -> None:
    for number in range(60):
        at = NOON - timedelta(minutes=number)
        scene.world.entries.append(an_entry(id=f"{number:016x}", at=at))
    browser = signed_in("lena")
    first = browser.get("/web/trail", engagement="acme-prod")
    cursor = "cursor=2026-11-24T11%3A11%3A00.000000Z%2300000000000000"
    assert cursor in first.text
    second = browser.get(
        "/web/trail", engagement="acme-prod", cursor="2026-11-24T11:11:00.000000Z#" + f"{49:016x}"
    )
    assert second.text.count("revoked alice") == 0
    assert second.text.count('class="sentence"') == 10
    assert "First page" in second.text


@pytest.mark.parametrize("member", ["", "lena", "alice"])
def test_the_newest_is_first_whatever_the_member(
    scene: Scene, signed_in: SignIn, member: str
) -> None:
    begun, between = NOON - timedelta(minutes=5), NOON - timedelta(minutes=4)
    scene.world.entries += [
        an_intent(at=begun),
        an_entry(id="0b" * 8, at=between),
        an_entry(id="0c" * 8, action=Action.SESSION_REVOKE, vend=an_intent().vend),
    ]
    page = signed_in("lena").get("/web/trail", **({"member": member} if member else {}))
    times = re.findall(r'data-local title="[^"]*">([0-9:]{8})<', page.text)
    assert len(times) >= 2
    assert times == sorted(times, reverse=True)


def test_without_the_trail_the_page_says_so_and_shows_no_old_state(
    scene: Scene, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in("lena")
    monkeypatch.setattr(scene.ports.trail, "page", cannot_read)
    page = browser.get("/web/trail")
    assert page.status == 200
    assert "The trail could not be read." in page.text
    assert "No entry matches" not in page.text


def test_an_engagements_sessions_come_first(scene: Scene, signed_in: SignIn) -> None:
    vend(scene.ports, scene.origin(), "acme-prod", READONLY)
    scene.world.entries.append(an_intent("bob", at=NOON - timedelta(hours=3)))
    browser = signed_in("ada")
    page = browser.get("/web/trail", engagement="acme-prod").text
    table = page.partition('aria-label="Sessions on this page"')[2].partition("</table>")[0]
    assert table.index(">alice<") < table.index(">bob<")
    assert "“<bdi>ticket 7</bdi>”" in table
    assert "24 Nov 2026, 13:00" in table
    assert "no outcome" in table
    assert "Sessions on this page" not in browser.get("/web/trail").text
    assert "Sessions on this page" not in browser.get("/web/trail", engagement="globex").text


def test_a_vend_without_an_outcome_is_marked(scene: Scene, signed_in: SignIn) -> None:
    scene.world.entries.append(an_intent())
    page = signed_in("lena").get("/web/trail", engagement="acme-prod")
    assert "no outcome" in page.text
    assert "treat the session as issued" in page.text
