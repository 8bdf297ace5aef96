"""Dates as people write them, and moments as people read them."""

import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from daypass.errors import UsageProblem
from daypass.terminal.times import (
    api_time,
    parse_duration,
    parse_moment,
    read_day,
    read_moment,
    show_cell,
    show_duration,
    show_moment,
)
from tests.cli.requests.moments import moment
from tests.golden import hold_against_file

NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)
"""A Thursday."""
START = datetime(2026, 11, 28, 22, 0, tzinfo=UTC)


@contextmanager
def in_zone(name):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", name)
        time.tzset()
        yield
    time.tzset()


# Texts, separated by commas.
ENDS = (
    "today,tomorrow,friday,Friday,  fri ,thursday,wed,18:00,9:30,10:00,today 18:00,Sat 22:00,"
    "thursday 18:00,thursday 10:00,tomorrow 0:15,12h,3d,2w,2 w,2 weeks,in 3 months,1 month,"
    "in 15 months,2026-12-31,2026-12-31T18:00,"
    "2026-12-31 18:00,2026-12-31t18:00:30z,2026-12-31T18:00+02:00,2028-02-29,"
    "2026-11-25,2026-11-26T10:00,0h,1970-01-01"
)
STARTS = "tomorrow,saturday,2026-12-31,sat 22:00,2h"
FROM_START = "2:00,23:30,sat 23:30,sun 2:00,sunday,4h,2026-11-28 21:00"
NO_DATES = (
    ", ,f,th,freitag,someday,2,w,2x,-2w,+2w,2.5d,12345d,in 2,months,2 months ago,"
    "9999 months 18:00,20261231,2026-12,2026-13-01,2026-02-30,"
    "2026-W50-1,31.12.2026,12/31/2026,2026-12-31T25:00,2026-12-31T18,2026-12-31Z,24:00,18:60,"
    "noday 18:00,friday18:00,friday 18,\x1b[2J,9999-12-31,9999-12-31T23:59-14:00,0000-01-01,٢w,"
) + "x" * 10_000
DURATIONS = "30m,90 min,2h,1h30m, 1H 30M ,3d,1d12h,, ,0m,0h0m,2,h,-2h,2.5h,30s,2w,m30,30m2h,2h x"
# The clocks go back on Sunday, 25 October 2026, and forward on Sunday, 28 March 2027.
CHANGES = {
    "2026-10-23T10:00:00Z": "saturday,sunday",
    "2026-10-23T22:30:00Z": "today",
    "2026-10-24T22:30:00Z": "tomorrow",
    "2026-10-24T10:00:00Z": "1d,2026-10-25T02:30",
    "2027-03-26T10:00:00Z": "sunday",
    "2026-11-26T23:30:00Z": "friday",
}
SECONDS = (-5, 0, 59.9, 60, 3599, 3600, 7500, 86400, 90000, 90060)


def read(texts, parse):
    for text in texts.split(","):
        try:
            value = parse(text)
        except UsageProblem as refused:
            value = f"refused: {refused}"
            assert len(value) < 300
            assert "\x1b" not in value
        yield f"{text[:40]!r} -> {api_time(value) if isinstance(value, datetime) else value}"


def test_texts_are_read_as_the_file_says():
    lines = []
    with in_zone("UTC"):
        lines += ["=== an end, on Thursday, 26 November 2026, 10:00 UTC"]
        lines += read(f"{ENDS},{NO_DATES}", lambda text: parse_moment(text, NOW))
        lines += ["=== a start: a day means its beginning"]
        lines += read(STARTS, lambda text: parse_moment(text, NOW, is_start=True))
        lines += ["=== an end of what starts on Saturday, 28 November, 22:00"]
        lines += read(FROM_START, lambda text: parse_moment(text, NOW, start=START))
    with in_zone("Europe/Berlin"):
        for now, texts in CHANGES.items():
            at = datetime.fromisoformat(now)
            lines += [f"=== an end, in Berlin, where the clocks change, at {now}"]
            lines += read(texts, lambda text, at=at: parse_moment(text, at))
    lines += ["=== a duration in seconds", *read(DURATIONS, parse_duration)]
    hold_against_file("command/times-read.txt", "\n".join(lines))


def test_times_are_shown_as_the_file_says():
    lines = [f"{seconds} s: {show_duration(seconds)}" for seconds in SECONDS]
    for zone in ("UTC", "Europe/Berlin", "Europe/London", "Asia/Kolkata"):
        with in_zone(zone):
            lines.append(f"{zone}: {show_moment('2026-11-24T19:42:00Z')}")
    hold_against_file("command/times-shown.txt", "\n".join(lines))


def test_a_time_within_a_day_says_how_long_it_is_until_then():
    assert show_cell(moment(30.5)).endswith(" (30 min left)")
    for text in (moment(-1), moment(60 * 25), "2026-11-24", "bob.1"):
        assert "left" not in show_cell(text)


def test_a_number_of_days_can_mean_the_end_of_that_day():
    """An hour or a date stays what it is."""
    with in_zone("Europe/Berlin"):
        for text in ("3d", "2w", "in 3 months"):
            end, exact = datetime.fromisoformat(read_day(text)).astimezone(), parse_moment(text)
            assert (end.hour, end.minute, end.second) == (0, 0, 0)
            assert timedelta() < end - exact <= timedelta(hours=25)
        assert read_day("2035-12-30") == read_moment("2035-12-30") == "2035-12-30T23:00:00Z"
        assert datetime.fromisoformat(read_day("12h")) - parse_moment("12h") < timedelta(minutes=1)
