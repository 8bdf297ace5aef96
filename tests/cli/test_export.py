"""`daypass export` writes the trail as Daypass sends it: all of it, or an error."""

import json
import os
import stat
import tracemalloc
from urllib.parse import parse_qs, urlsplit

import pytest

from daypass import broker as broker_module
from tests.cli.samples import SELECTION
from tests.cli.scripted_broker import answer_with, send
from tests.rows import every

TRAIL = "/v1/trail"
NDJSON, CSV = "application/x-ndjson; charset=utf-8", "text/csv; charset=utf-8"
LINES = ['{"id":"3","said":"\\u202e Ä\\u009b"}\n', '{"id":"2"}\n{"id":"1"}\n', ""]
ROWS = ['id,said\r\n3,"a\r\nb"\r\n', "2,c\r\n1,\r\n", ""]
CURSORS = ["2026-11-24T12#3", "2026-11-24T12#2", ""]
COMPLETE = f"Complete, 3 entries: {SELECTION['text']}\n"


class Pages:
    """Answers with these pages, whose last one has no link to another."""

    def __init__(self, texts=LINES, media=NDJSON, cursors=CURSORS):
        self.texts, self.media, self.cursors = texts, media, cursors
        self.queries = []
        self.faults = {}
        """The function that answers instead, by the number of the request for a page."""

    def __call__(self, handler):
        query = {name: each[0] for name, each in parse_qs(urlsplit(handler.path).query).items()}
        if "format" not in query:
            send(handler, {"selection": SELECTION, "entries": [], "cursor": None})
            return
        self.queries.append(query)
        if len(self.queries) in self.faults:
            self.faults[len(self.queries)](handler)
            return
        number = self.cursors.index(query["cursor"]) + 1 if "cursor" in query else 0
        link = f'<?format=ndjson&cursor={self.cursors[number].replace("#", "%23")}>; rel="next"'
        more = {"Link": link} if self.cursors[number] else {}
        send(handler, self.texts[number], Content_Type=self.media, **more)


@pytest.fixture
def pages(broker, monkeypatch):
    monkeypatch.setattr(broker_module.time, "sleep", lambda _: None)
    broker.answers[TRAIL] = pages = Pages()
    return pages


BUSY = answer_with({"reason": "records-unavailable", "detail": "Busy.", "status": 503}, 503)
REFUSED = answer_with({"reason": "token-expired", "detail": "It has expired.", "status": 401}, 401)
HALF_A_PAGE = answer_with("x" * 50, Content_Length="100")
SIGN_IN_PAGE = answer_with({}, Content_Type="text/html")
THE_SAME_AGAIN = answer_with("", Link='<?cursor=2026-11-24T12%233>; rel="next"')


def test_a_file_has_the_bytes_of_all_pages_and_only_its_owner_reads_it(machine, pages):
    output = machine.type("export", "Acme", "--when", "yesterday", "--output", "trail.ndjson")
    assert (output.code, output.out, output.err) == (0, "", COMPLETE)
    file = machine.home / "trail.ndjson"
    assert file.read_text() == "".join(LINES)
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o600
    assert not (machine.home / "trail.ndjson.partial").exists()
    exact = {name: SELECTION[name] for name in ("engagement", "member", "when")}
    first, *others = pages.queries
    assert first == {**exact, "format": "ndjson"}
    assert others == [{**first, "cursor": cursor} for cursor in CURSORS[:-1]]


@every(
    "form, media, texts", [("ndjson", NDJSON, LINES), ("ocsf", NDJSON, LINES), ("csv", CSV, ROWS)]
)
def test_each_form_is_written_to_stdout(machine, pages, form, media, texts):
    pages.media, pages.texts = media, texts
    output = machine.type("export", "--format", form)
    assert (output.code, output.out, output.err) == (0, "".join(texts), COMPLETE)
    assert pages.queries[-1]["format"] == form


@every("fault", [BUSY, HALF_A_PAGE])
def test_a_page_that_does_not_come_is_asked_for_again(machine, pages, fault):
    pages.queries.clear()
    pages.faults = dict.fromkeys((2, 3, 5), fault)
    output = machine.type("export")
    assert (output.code, output.out, output.err) == (0, "".join(LINES), COMPLETE)


@every(
    "fault, code",
    [(BUSY, 5), (HALF_A_PAGE, 5), (REFUSED, 4), (SIGN_IN_PAGE, 5), (THE_SAME_AGAIN, 5)],
)
def test_an_export_that_is_cut_fails_and_says_what_it_has(machine, pages, fault, code):
    pages.faults = dict.fromkeys(range(2, 20), fault)
    pages.queries.clear()
    to_file = machine.type("export", "--output", "trail.ndjson")
    pages.queries.clear()
    to_stdout = machine.type("export")
    assert to_file.code == to_stdout.code == code
    warning = "This is NOT complete: {} has only the latest 1 entry.\n"
    assert warning.format("trail.ndjson.partial") in to_file.err
    assert warning.format("the output") in to_stdout.err
    assert "Complete" not in to_file.err + to_stdout.err
    assert not (machine.home / "trail.ndjson").exists()
    partial = machine.home / "trail.ndjson.partial"
    assert partial.read_text() == to_stdout.out == LINES[0]
    partial.unlink()


def test_a_file_that_exists_stays_as_it_is(machine, pages):
    file = machine.home / "trail.ndjson"
    file.write_text("mine")
    assert "already exists" in machine.fails(2, "export", "--output", "trail.ndjson")
    assert (file.read_text(), pages.queries) == ("mine", [])


def test_a_file_that_cannot_be_written_is_a_local_problem(machine, pages):
    sentence = machine.fails(6, "export", "--output", "nowhere/trail.ndjson")
    assert "Cannot write nowhere/trail.ndjson" in sentence


def test_a_large_trail_needs_no_more_memory_than_a_page(machine, broker):
    """A hundred pages of 1 MB: the command and the broker hold some of them."""
    page = f'{{"id":"{"x" * 1_000_000}"}}\n'
    cursors = [f"2026-11-24T12#{number:03}" for number in range(99, 0, -1)]
    broker.answers[TRAIL] = Pages(texts=[page] * 100, cursors=[*cursors, ""])
    tracemalloc.start()
    try:
        machine.prints("export", "--output", "trail.ndjson")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    file = machine.home / "trail.ndjson"
    assert file.stat().st_size == 100 * len(page)
    file.unlink()
    assert peak < 12_000_000


def test_a_reader_that_goes_away_is_no_success(machine, broker):
    broker.answers[TRAIL] = Pages(texts=[json.dumps({"id": "x" * 200_000}) + "\n"] * 3)
    with machine.start("export") as process:
        process.stdout.close()
        err = process.stderr.read()
    assert process.returncode == 6
    assert "NOT complete" in err
    assert "The program that reads this output has ended." in err


@every(
    "line, path, queries",
    [
        ("engagements acme --csv --sort=-client", "/v1/engagements",
         [{"q": "acme", "sort": "-client"}]),
        ("requests --csv --search bob", "/v1/requests",
         [{"q": "bob", "part": "waiting"}, {"q": "bob", "part": "open"}]),
        ("ls --csv", "/v1/access", [{}]),
    ],
)  # fmt: skip
def test_a_list_as_csv_is_as_daypass_sends_it(machine, broker, line, path, queries):
    broker.answers[path] = pages = Pages(ROWS[:1], CSV, [""])
    shown = machine.prints(*line.split())
    assert shown == ROWS[0] + (len(queries) - 1) * ROWS[0].partition("\r\n")[2]
    assert pages.queries == [{"format": "csv", **query} for query in queries]
