"""Trail entries as lines of JSON, and as events of Amazon EventBridge."""

import json
import re
from datetime import timedelta

from msgspec.structs import replace

from chalicelib.domain.evidence.export import FIELDS, format_line, parse_line
from chalicelib.domain.evidence.trail_events import (
    DETAIL_TYPE,
    MAX_BYTES,
    MAX_EVENTS,
    SOURCE,
    build_trail_event,
    split_into_calls,
)
from chalicelib.domain.moments import rfc3339
from tests.domain.evidence.samples import SAMPLES, entry
from tests.fakes import NOON
from tests.rows import every
from tests.running import read_file

PATTERN, SAMPLE = map(
    json.loads, re.findall(r"^```json\n(\{.*?)```", read_file("docs/export.md"), re.M | re.S)
)
SOURCE_AND_TYPE = len("daypass") + len("Daypass Trail Entry")


LINE = (
    '{"id":"5d2f8a0c4e917b36","at":"2026-11-24T12:00:00.000000Z","actor":"lena","token":"",'
    '"address":"","action":"member.create","outcome":"done","reason":"","engagement":"","role":"",'
    '"subject":"alice","vend":"","details":{"kind":"member","name":"Älice\\n=1+1"}}'
)


def test_a_line_has_each_field_in_the_declared_order_and_the_details_by_name():
    details = {"name": "Älice\n=1+1", "kind": "member"}
    line = format_line(entry("member.create", details, subject="alice"))
    assert line == LINE
    assert (*json.loads(line),) == FIELDS


@every("sample", SAMPLES)
def test_a_line_is_the_whole_entry(sample):
    sample = replace(sample, at=NOON + timedelta(microseconds=1))
    line = format_line(sample)
    assert parse_line(line) == sample
    assert "\n" not in line


def test_the_documents_pattern_matches_their_sample_whose_detail_is_an_entry():
    assert PATTERN == {"source": [SOURCE], "detail-type": [DETAIL_TYPE]}
    assert all(SAMPLE[name] in values for name, values in PATTERN.items())
    sample = parse_line(json.dumps(SAMPLE["detail"]))
    assert json.dumps(SAMPLE["detail"], separators=(",", ":")) == format_line(sample)
    assert rfc3339(sample.at) == SAMPLE["time"]


def sized(size, name="x"):
    """Return an entry whose event has this size. `ä` has two bytes."""
    event = build_trail_event(entry("vend", {"reason": "ä"}, id=name), "1")
    reason = "ä" + "x" * (size - event.size)
    return entry("vend", {"reason": reason}, id=name)


@every("sample", SAMPLES)
def test_the_detail_is_the_entrys_line_in_an_export(sample):
    event = build_trail_event(sample, "1")
    assert event.detail == format_line(sample)
    assert (event.entry, event.at, event.position) == (sample.id, sample.at, "1")
    # "Calculating PutEvents event entry size": 14 bytes for the time, and the bytes of each text.
    assert event.size == 14 + SOURCE_AND_TYPE + len(event.detail.encode())


def test_only_an_entry_that_is_too_large_leaves_out_its_details_and_says_so():
    largest = sized(MAX_BYTES)
    assert build_trail_event(largest, "1").detail == format_line(largest)
    too_large = sized(MAX_BYTES + 1)
    detail = json.loads(build_trail_event(too_large, "1").detail)
    assert detail.pop("without_details") is True
    assert detail == json.loads(format_line(replace(too_large, details={})))


@every(
    "sizes, calls",
    [
        ([], []),
        ([300] * MAX_EVENTS, [MAX_EVENTS]),
        ([300] * (MAX_EVENTS + 1), [MAX_EVENTS, 1]),
        ([MAX_BYTES // 2, MAX_BYTES // 2], [2]),
        ([MAX_BYTES // 2, MAX_BYTES // 2 + 1], [1, 1]),
        ([MAX_BYTES, 300, 300], [1, 2]),
        ([300, MAX_BYTES, 300], [1, 1, 1]),
    ],
)
def test_a_call_has_ten_events_and_256_kb_at_most_in_their_order(sizes, calls):
    events = [build_trail_event(sized(size), str(number)) for number, size in enumerate(sizes)]
    assert [event.size for event in events] == sizes
    split = list(split_into_calls(events))
    assert [len(call) for call in split] == calls
    assert [event for call in split for event in call] == events
