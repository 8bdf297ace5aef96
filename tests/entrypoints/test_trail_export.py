"""The trail as text by the API: pages that are linked, of what the first one was read as."""

import csv
import json
import re
from datetime import timedelta
from io import StringIO
from urllib.parse import parse_qsl

from chalicelib.domain.evidence.export import format_line
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.usecases.evidence import export
from tests.fakes import NOON
from tests.rows import every

COUNT = 20


def record_entries(api):
    api.world.entries += [
        Entry(
            id=f"{number:016x}",
            at=NOON - timedelta(hours=number),
            actor="lena",
            action=Action.GRANT_REVOKE,
            outcome=Outcome.DONE if number % 2 else Outcome.REFUSED,
            engagement="acme-prod",
            details={"said": "=1+1"},
        )
        for number in range(COUNT)
    ]


def read_pages(api, **query):
    while True:
        answer = api.get("/v1/trail", "ada", query=query)
        assert answer.status == 200
        yield answer
        if "Link" not in answer.headers:
            return
        link = re.fullmatch(r'<\?([^<>"\s]+)>; rel="next"', answer.headers["Link"])
        assert link is not None
        query = dict(parse_qsl(link[1]))


@every(
    "form, media",
    [("ndjson", "application/x-ndjson"), ("csv", "text/csv"), ("ocsf", "application/x-ndjson")],
)
def test_linked_pages_have_the_whole_selection(api, form, media):
    api.world.entries.clear()
    record_entries(api)
    with_pages = {"format": form, "engagement": "Acme", "when": "2d", "outcome": "refused"}
    export.PAGE_SIZE, usual = 3, export.PAGE_SIZE
    try:
        pages = list(read_pages(api, **with_pages))
    finally:
        export.PAGE_SIZE = usual
    assert {page.headers["Content-Type"] for page in pages} == {f"{media}; charset=utf-8"}
    assert len(pages) > 3
    text = "".join(page.text for page in pages)
    whole = [each for each in api.world.entries if each.outcome is Outcome.REFUSED]
    if form == "ndjson":
        assert text == "".join(f"{format_line(each)}\n" for each in whole)
    elif form == "ocsf":
        assert [json.loads(each)["metadata"]["uid"] for each in text.splitlines()] == [
            each.id for each in whole
        ]
    else:
        headings, *rows = csv.reader(StringIO(text))
        assert [row[headings.index("id")] for row in rows] == [each.id for each in whole]
        assert headings[-2:] == ["sentence", "details"]
        assert json.loads(rows[0][-1]) == {"said": "=1+1"}


def test_the_next_page_is_of_the_ids_and_days_of_the_first(api, monkeypatch):
    monkeypatch.setattr(export, "PAGE_SIZE", 3)
    record_entries(api)
    query = {"format": "ndjson", "engagement": "Acme", "member": "Lena", "when": "today"}
    link = api.get("/v1/trail", "ada", query=query).headers["Link"]
    fields = dict(parse_qsl(link.partition("?")[2].partition(">")[0]))
    assert fields.pop("cursor").startswith("2026-11-24T1")
    assert fields == {
        "format": "ndjson",
        "engagement": "acme-prod",
        "member": "lena",
        "when": "2026-11-24",
    }


def test_another_form_is_refused(api):
    for form in ("", "xml", "json", "NDJSON", "ndjson\n"):
        answer = api.get("/v1/trail", "ada", query={"format": form})
        assert (answer.status, answer.json["field"]) == (400, "format"), form
