"""`daypass trail` shows the latest entries; as JSON it gives all, or says that it does not. No list
is followed for ever."""

import json
from urllib.parse import parse_qs, urlsplit

import pytest

from daypass.broker import Broker
from tests.cli.samples import ENTRY, SELECTION
from tests.cli.scripted_broker import send

TRAIL = "/v1/trail"
COUNT = 450
"""Entries, which are three pages."""


def serve_trail(handler):
    """Answer with a page of COUNT entries, as Daypass does."""
    query = {name: values[0] for name, values in parse_qs(urlsplit(handler.path).query).items()}
    begin = int(query.get("cursor", 0))
    end = min(begin + int(query["limit"]), COUNT)
    entries = [{**ENTRY, "vend": f"v{number}"} for number in range(begin, end)]
    cursor = str(end) if end < COUNT else None
    send(handler, {"selection": SELECTION, "entries": entries, "cursor": cursor})


CUT = (
    "Daypass: This is incomplete. It has only the latest {:,} entries. Choose a shorter period with"
    " --when, or use daypass export.\n"
)


@pytest.mark.parametrize(
    ("words", "count"), [((), COUNT), (("--limit", "450"), COUNT), (("--limit", "200"), 200)]
)
def test_programs_get_the_whole_trail_or_a_word_that_it_is_cut(machine, broker, words, count):
    broker.answers[TRAIL] = serve_trail
    output = machine.type("trail", "--json", *words)
    assert [each["vend"] for each in json.loads(output.out)] == [f"v{n}" for n in range(count)]
    assert (output.code, output.err) == ((3, CUT.format(count)) if count < COUNT else (0, ""))


@pytest.mark.parametrize(("words", "count"), [((), 50), (("--limit", "449"), 449)])
def test_the_table_says_that_there_are_earlier_entries(machine, broker, words, count):
    broker.answers[TRAIL] = serve_trail
    *entries, last = machine.prints("trail", *words).splitlines()[1:]
    assert len(entries) == count
    assert last == f"The latest {count}. For more, add --limit or --when."
    assert "For more" not in machine.prints("trail", "--limit", "450")


SHOWN = f"Trail of {SELECTION['text']}"


@pytest.mark.parametrize(
    ("words", "is_shown"),
    [
        ((), False),
        (("acme-prod", "--member", "bob"), False),
        (("Acme",), True),
        (("--member", "Bob B"), True),
        (("--when", "last tuesday"), True),
    ],
)
def test_a_table_says_what_names_and_dates_were_read_as(machine, broker, words, is_shown):
    broker.answers[TRAIL] = serve_trail
    assert (SHOWN in machine.prints("trail", *words)) is is_shown
    assert SHOWN not in machine.prints("trail", "--json", *words)
    broker.answers[TRAIL] = 200, {"selection": SELECTION, "entries": [], "cursor": None}
    assert SHOWN in machine.prints("trail", *words)


def test_each_page_is_of_what_the_first_one_was_read_as(machine, broker):
    """`yesterday` could be another day, and `acme` ambiguous, when the next page is read."""
    broker.answers[TRAIL] = serve_trail
    machine.type("trail", "Acme", "--member", "Bob B", "--when", "yesterday", "--limit", "450")
    queries = [parse_qs(urlsplit(path).query) for _, path, _, _ in broker.requests]
    names = ("engagement", "member", "when", "cursor")
    assert [[each.get(name, [""])[0] for name in names] for each in queries] == [
        ["Acme", "Bob B", "yesterday", ""],
        ["acme-prod", "bob", "2026-11-24", "200"],
        ["acme-prod", "bob", "2026-11-24", "400"],
    ]


def test_an_endless_list_ends(machine, broker, monkeypatch):
    monkeypatch.setitem(Broker.read_pages.__kwdefaults__, "most_pages", 30)

    def go_on(handler):
        send(handler, {"rows": [], "cursor": str(len(broker.requests))})

    broker.answers["/v1/access"] = go_on
    sentence = machine.fails(5, "ls")
    assert "does not match this version of daypass (a list of more than 30 pages)" in sentence
