"""Dates as people write them, and moments as people read them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from daypass.errors import UsageProblem
from daypass.terminal.times import (
    api_time,
    parse_duration,
    parse_moment,
    parse_past,
    show_duration,
    show_moment,
    show_span,
)
from tests.rows import every

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
"""A Thursday."""


@pytest.fixture
def zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("TZ", request.param)
    time.tzset()
    yield request.param
    monkeypatch.undo()
    time.tzset()


def in_zone(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("zone", [name], indirect=True)


@in_zone("UTC")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("today", "2026-11-27T00:00:00Z"),
        ("tomorrow", "2026-11-28T00:00:00Z"),
        ("friday", "2026-11-28T00:00:00Z"),
        ("Friday", "2026-11-28T00:00:00Z"),
        ("  fri ", "2026-11-28T00:00:00Z"),
        ("thursday", "2026-12-04T00:00:00Z"),
        ("wed", "2026-12-03T00:00:00Z"),
        ("18:00", "2026-11-26T18:00:00Z"),
        ("9:30", "2026-11-27T09:30:00Z"),
        ("10:00", "2026-11-27T10:00:00Z"),
        ("today 18:00", "2026-11-26T18:00:00Z"),
        ("Sat 22:00", "2026-11-28T22:00:00Z"),
        ("thursday 18:00", "2026-11-26T18:00:00Z"),
        ("thursday 10:00", "2026-12-03T10:00:00Z"),
        ("tomorrow 0:15", "2026-11-27T00:15:00Z"),
        ("12h", "2026-11-26T22:00:00Z"),
        ("3d", "2026-11-29T10:00:00Z"),
        ("2w", "2026-12-10T10:00:00Z"),
        ("2 w", "2026-12-10T10:00:00Z"),
        ("2026-12-31", "2027-01-01T00:00:00Z"),
        ("2026-12-31T18:00", "2026-12-31T18:00:00Z"),
        ("2026-12-31 18:00", "2026-12-31T18:00:00Z"),
        ("2026-12-31t18:00:30z", "2026-12-31T18:00:30Z"),
        ("2026-12-31T18:00+02:00", "2026-12-31T16:00:00Z"),
        ("2028-02-29", "2028-03-01T00:00:00Z"),
    ],
)
def test_a_date(zone: str, text: str, moment: str) -> None:
    assert api_time(parse_moment(text, NOW)) == moment


@in_zone("UTC")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("tomorrow", "2026-11-27T00:00:00Z"),
        ("saturday", "2026-11-28T00:00:00Z"),
        ("2026-12-31", "2026-12-31T00:00:00Z"),
        ("sat 22:00", "2026-11-28T22:00:00Z"),
        ("2h", "2026-11-26T12:00:00Z"),
    ],
)
def test_a_day_as_a_start_means_its_beginning(zone: str, text: str, moment: str) -> None:
    assert api_time(parse_moment(text, NOW, is_start=True)) == moment


@in_zone("UTC")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2:00", "2026-11-29T02:00:00Z"),
        ("23:30", "2026-11-28T23:30:00Z"),
        ("sat 23:30", "2026-11-28T23:30:00Z"),
        ("sun 2:00", "2026-11-29T02:00:00Z"),
        ("sunday", "2026-11-30T00:00:00Z"),
        ("4h", "2026-11-29T02:00:00Z"),
    ],
)
def test_an_end_counts_from_its_start(zone: str, text: str, moment: str) -> None:
    start = datetime(2026, 11, 28, 22, 0, tzinfo=UTC)
    assert api_time(parse_moment(text, NOW, start=start)) == moment
    with pytest.raises(UsageProblem, match="'2026-11-28 21:00' is not after the start: Sat"):
        parse_moment("2026-11-28 21:00", NOW, start=start)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30m", 1800),
        ("90 min", 5400),
        ("2h", 7200),
        ("1h30m", 5400),
        (" 1H 30M ", 5400),
        ("3d", 259_200),
        ("1d12h", 129_600),
    ],
)
def test_a_duration_as_people_write_it(text: str, seconds: int) -> None:
    assert parse_duration(text) == seconds


@every(
    "text", ["", " ", "0m", "0h0m", "2", "h", "-2h", "2.5h", "30s", "2w", "m30", "30m2h", "2h x"]
)
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UsageProblem, match="is no duration"):
        parse_duration(text)


@in_zone("UTC")
@pytest.mark.parametrize(
    ("ends", "shown"),
    [
        ("2026-11-28T22:00:00Z", "Sat 2026-11-28 18:00 UTC to 22:00"),
        ("2026-11-29T02:00:00Z", "Sat 2026-11-28 18:00 UTC to Sun 2026-11-29 02:00 UTC"),
    ],
)
def test_a_span(zone: str, ends: str, shown: str) -> None:
    assert show_span("2026-11-28T18:00:00Z", ends) == shown


@in_zone("Europe/Berlin")
@pytest.mark.parametrize(
    ("now", "text", "moment"),
    [
        # The clocks go back on Sunday, 25 October 2026, and forward on Sunday, 28 March 2027.
        ("2026-10-23T10:00:00Z", "saturday", "2026-10-24T22:00:00Z"),
        ("2026-10-23T10:00:00Z", "sunday", "2026-10-25T23:00:00Z"),
        ("2026-10-23T22:30:00Z", "today", "2026-10-24T22:00:00Z"),
        ("2026-10-24T22:30:00Z", "tomorrow", "2026-10-26T23:00:00Z"),
        ("2026-10-24T10:00:00Z", "1d", "2026-10-25T10:00:00Z"),
        ("2026-10-24T10:00:00Z", "2026-10-25T02:30", "2026-10-25T00:30:00Z"),
        ("2027-03-26T10:00:00Z", "sunday", "2027-03-28T22:00:00Z"),
        ("2026-11-26T23:30:00Z", "friday", "2026-12-04T23:00:00Z"),
    ],
)
def test_where_the_clocks_change(zone: str, now: str, text: str, moment: str) -> None:
    at = datetime.fromisoformat(now.replace("Z", "+00:00"))
    assert api_time(parse_moment(text, at)) == moment


@in_zone("UTC")
@pytest.mark.parametrize(
    "text",
    [
        "", " ", "f", "th", "freitag", "someday", "2", "w", "2x", "-2w", "+2w", "2.5d", "12345d",
        "20261231", "2026-12", "2026-13-01", "2026-02-30", "2026-W50-1", "31.12.2026",
        "12/31/2026", "2026-12-31T25:00", "2026-12-31T18", "2026-12-31Z", "x" * 10_000,
        "24:00", "18:60", "noday 18:00", "friday18:00", "friday 18",
        "\x1b[2J", "9999-12-31", "9999-12-31T23:59-14:00", "0000-01-01", "٢w",
    ],
)  # fmt: skip
def test_what_is_no_date(zone: str, text: str) -> None:
    with pytest.raises(UsageProblem, match="is no date") as refused:
        parse_moment(text, NOW)
    assert len(str(refused.value)) < 300
    assert "\x1b" not in str(refused.value)


@in_zone("UTC")
@pytest.mark.parametrize("text", ["2026-11-25", "2026-11-26T10:00", "0h", "1970-01-01"])
def test_the_past_is_refused(zone: str, text: str) -> None:
    with pytest.raises(UsageProblem, match="is in the past"):
        parse_moment(text, NOW)


@in_zone("UTC")
@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("today", "2026-11-26T00:00:00Z"),
        ("yesterday", "2026-11-25T00:00:00Z"),
        ("monday", "2026-11-23T00:00:00Z"),
        ("thursday", "2026-11-19T00:00:00Z"),
        ("7d", "2026-11-19T10:00:00Z"),
        ("2026-10-01", "2026-10-01T00:00:00Z"),
        ("2026-10-01T12:00", "2026-10-01T12:00:00Z"),
    ],
)
def test_a_date_in_the_past(zone: str, text: str, moment: str) -> None:
    assert api_time(parse_past(text, NOW)) == moment


@in_zone("Europe/Berlin")
@pytest.mark.parametrize(
    ("text", "moment"),
    [("sunday", "2026-10-24T22:00:00Z"), ("monday", "2026-10-25T23:00:00Z")],
)
def test_a_date_in_the_past_where_the_clocks_change(zone: str, text: str, moment: str) -> None:
    now = datetime(2026, 10, 28, 10, 0, tzinfo=UTC)
    assert api_time(parse_past(text, now)) == moment


@in_zone("UTC")
@pytest.mark.parametrize("text", ["", "someday", "0001-01-01T00:00+14:00", "2026-13-01", "1e9d"])
def test_what_is_no_date_in_the_past(zone: str, text: str) -> None:
    with pytest.raises(UsageProblem, match="is no date"):
        parse_past(text, NOW)


@pytest.mark.parametrize(
    ("zone", "shown"),
    [
        ("UTC", "Tue 2026-11-24 19:42 UTC"),
        ("Europe/Berlin", "Tue 2026-11-24 20:42 CET (19:42 UTC)"),
        ("Europe/London", "Tue 2026-11-24 19:42 UTC"),
        ("Asia/Kolkata", "Wed 2026-11-25 01:12 IST (19:42 UTC)"),
    ],
    indirect=["zone"],
)
def test_both_zones_are_shown(zone: str, shown: str) -> None:
    assert show_moment("2026-11-24T19:42:00Z") == shown


@every("seconds, shown", [
        (-5, "0 s"), (0, "0 s"), (59.9, "59 s"), (60, "1 min"), (3599, "59 min"), (3600, "1 h"),
        (7500, "2 h 5 min"), (86400, "1 d"), (90000, "1 d 1 h"), (90060, "1 d 1 h"),
    ])  # fmt: skip
def test_a_duration(seconds: float, shown: str) -> None:
    assert show_duration(seconds) == shown
