"""`daypass trail` shows the latest entries; as CSV and as JSON it gives all, or says that it does
not. No list is followed for ever."""

from __future__ import annotations

import csv
import json
from http.server import BaseHTTPRequestHandler
from io import StringIO
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.entrypoints.web.pages.trail_csv import _escape
from daypass.broker import Broker
from daypass.commands.leads.evidence import _safe_cell
from tests.cli.samples import ENTRY
from tests.cli.scripted_broker import ScriptedBroker, send
from tests.cli.typed import Machine

TRAIL = "/v1/trail"
COUNT = 450
"""Entries, which are three pages."""


def serve_trail(handler: BaseHTTPRequestHandler) -> None:
    """Answer with a page of COUNT entries, as Daypass does."""
    query = {
        name: int(values[0]) for name, values in parse_qs(urlsplit(handler.path).query).items()
    }
    begin = query.get("cursor", 0)
    end = min(begin + query["limit"], COUNT)
    entries = [{**ENTRY, "vend": f"v{number}"} for number in range(begin, end)]
    send(handler, {"entries": entries, "cursor": str(end) if end < COUNT else None})


CUT = "Daypass: This is not all: only the latest {:,} entries. Narrow it with --from and --to.\n"


@pytest.mark.parametrize(
    ("words", "count"), [((), COUNT), (("--limit", "450"), COUNT), (("--limit", "200"), 200)]
)
def test_programs_get_the_whole_trail_or_a_word_that_it_is_cut(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], count: int
) -> None:
    broker.answers[TRAIL] = serve_trail
    as_json, as_csv = (machine.type("trail", form, *words) for form in ("--json", "--csv"))
    assert [each["vend"] for each in json.loads(as_json.out)] == [f"v{n}" for n in range(count)]
    assert len(list(csv.reader(StringIO(as_csv.out)))) == 1 + count
    for output in (as_json, as_csv):
        assert (output.code, output.err) == ((3, CUT.format(count)) if count < COUNT else (0, ""))


@pytest.mark.parametrize(("words", "count"), [((), 50), (("--limit", "449"), 449)])
def test_the_table_says_that_there_are_earlier_entries(
    machine: Machine, broker: ScriptedBroker, words: tuple[str, ...], count: int
) -> None:
    broker.answers[TRAIL] = serve_trail
    *entries, last = machine.type("trail", *words).out.splitlines()[1:]
    assert len(entries) == count
    assert last == f"The latest {count}. For more, add --limit or --from."
    assert "For more" not in machine.type("trail", "--limit", "450").out


def test_an_endless_list_ends(
    machine: Machine, broker: ScriptedBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(Broker.read_pages.__kwdefaults__, "most_pages", 30)

    def go_on(handler: BaseHTTPRequestHandler) -> None:
        send(handler, {"rows": [], "cursor": str(len(broker.requests))})

    broker.answers["/v1/access"] = go_on
    output = machine.type("ls")
    assert (output.code, output.out) == (5, "")
    assert "does not fit this daypass (a list of more than 30 pages)" in output.sentence


def test_the_csv_of_the_command_and_of_the_console_run_no_formula() -> None:
    starts = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "a;=1", 'a; "=1', "a|+1", "a\n@1")
    for text in (*starts, "said=a; details=b", "a-b", "2026-01-01T00:00:00Z", ""):
        assert _safe_cell(text) == _escape(text)
    assert _safe_cell("said=x;=HYPERLINK(1)") == "said=x;'=HYPERLINK(1)"
