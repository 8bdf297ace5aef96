"""The periods that people name, in UTC, seen from Tuesday, 24 November 2026, 12:00."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as some

from chalicelib.domain.evidence.periods import LONGEST, parse_period
from tests.fakes import DAY, NOON
from tests.rows import every

MONTH = "2026-10-01 to 2026-10-31"
UNTIL_NOW = "2026-11-24T12:00:02Z"  # with the entries of this second
PERIODS = {
    "": f"2026-10-25T12:00:02Z to {UNTIL_NOW}",
    "today": "2026-11-24",
    " Yesterday ": "2026-11-23",
    "monday": "2026-11-23",
    "on mon": "2026-11-23",
    "tuesday": "2026-11-17",
    "last Tuesday": "2026-11-17",
    "wednesday": "2026-11-18",
    "this week": "2026-11-23 to 2026-11-29",
    "last week": "2026-11-16 to 2026-11-22",
    "this month": "2026-11-01 to 2026-11-30",
    "last month": MONTH,
    "previous year": "2025-01-01 to 2025-12-31",
    "in October": MONTH,
    "oct": MONTH,
    "last october": MONTH,
    "2026-10": MONTH,
    "november": "2026-11-01 to 2026-11-30",
    "in december": "2025-12-01 to 2025-12-31",
    "February 2024": "2024-02-01 to 2024-02-29",
    "2025": "2025-01-01 to 2025-12-31",
    "2026-11-03": "2026-11-03",
    "3 november": "2026-11-03",
    "3rd of Nov, 2026": "2026-11-03",
    "Nov 3": "2026-11-03",
    "24 november": "2026-11-24",
    "25 november": "2025-11-25",
    "29 february": "2024-02-29",
    "Tuesday, 3 November 2026": "2026-11-03",
    "3 days ago": "2026-11-21",
    "2 weeks ago": "2026-11-10",
    "90 minutes ago": "2026-11-24T10:30:00Z to 2026-11-24T10:31:00Z",
    "last 7 days": f"2026-11-17T12:00:00Z to {UNTIL_NOW}",
    "7d": f"2026-11-17T12:00:00Z to {UNTIL_NOW}",
    "12 h": f"2026-11-24T00:00:00Z to {UNTIL_NOW}",
    "since monday": f"2026-11-23T00:00:00Z to {UNTIL_NOW}",
    "from 2026-11-20 14:00": f"2026-11-20T14:00:00Z to {UNTIL_NOW}",
    "until yesterday": "2026-10-25 to 2026-11-23",
    "2026-11-03 to 2026-11-05": "2026-11-03 to 2026-11-05",
    "2026-11-03/2026-11-05": "2026-11-03 to 2026-11-05",
    "between monday and today": "2026-11-23 to 2026-11-24",
    "monday to friday": "2026-11-16 to 2026-11-20",
    "december to february": "2025-12-01 to 2026-02-28",
    "2026-11-03 14:00": "2026-11-03T14:00:00Z to 2026-11-03T14:01:00Z",
    "yesterday at 9:30 to yesterday 10:00": "2026-11-23T09:30:00Z to 2026-11-23T10:00:00Z",
    "2026-11-03T14:00:00+02:00 to 2026-11-03T13:00:00.000001Z": (
        "2026-11-03T12:00:00Z to 2026-11-03T13:00:00.000001Z"
    ),
}
"""A typed text, and the period as it is at any time."""


@every("text, words", PERIODS.items())
def test_a_text_names_a_period(text, words):
    period = parse_period(text, NOON)
    assert period.words == words
    again = parse_period(words, NOON + 40 * DAY)
    assert (again.begin, again.end) == (period.begin, period.end)


BORDERS = [
    ("2026-11-23T00:00:00Z", "last week", "2026-11-16 to 2026-11-22"),
    ("2026-11-22T23:59:59Z", "last week", "2026-11-09 to 2026-11-15"),
    ("2026-12-01T00:00:00Z", "last month", "2026-11-01 to 2026-11-30"),
    ("2026-11-30T23:59:59Z", "last month", MONTH),
    ("2027-01-01T00:00:00Z", "yesterday", "2026-12-31"),
    ("2027-01-01T00:00:00Z", "this week", "2026-12-28 to 2027-01-03"),
    ("2027-01-01T00:00:00Z", "december", "2026-12-01 to 2026-12-31"),
    ("2024-02-29T12:00:00Z", "29 feb", "2024-02-29"),
    ("2024-02-29T12:00:00Z", "last year", "2023-01-01 to 2023-12-31"),
    ("2026-11-24T23:30:00-05:00", "today", "2026-11-25"),
    ("2026-11-25T00:30:00+02:00", "today", "2026-11-24"),
]


@every("now, text, words", BORDERS)
def test_days_weeks_and_months_begin_in_utc(now, text, words):
    assert parse_period(text, datetime.fromisoformat(now)).words == words


REFUSED = {
    "not a day or a period": (
        "someday", "last", "tomorrow", "to", "11/03/2026", "03.11.2026", "2026-W45", "tu", "3",
        "1999-12-31", "9" * 80, "۲۰۲۶-11-03", "acme", "2026-11-03 to", "monday; drop", "١d",
    ),
    "does not exist": (
        "2026-02-30", "2026-13-01", "30 february", "2026-13", "2026-11-03 25:00", "31 april 2026",
        "Monday, 3 November 2026", "in october at 10:00",
    ),
    "is in the future": ("2026-11-25", "2027", "3 november 2999", "2026-11-24 12:30 to 2027-01-01"),
    "ends before it begins": (
        "2026-11-05 to 2026-11-03", "today to yesterday", "today to today 00:00",
    ),
    "up to 366 days": ("2025 to 2026", "since 2024-01-01", "9999h to now"),
}  # fmt: skip


@every("problem, text", [(problem, text) for problem, texts in REFUSED.items() for text in texts])
def test_a_text_that_names_none_is_refused_with_the_reason(problem, text):
    with pytest.raises(ValueError, match=problem) as refused:
        parse_period(text, NOON)
    assert len(str(refused.value)) < 250


@given(some.text(max_size=80))
def test_no_text_breaks_the_parser(text):
    with suppress(ValueError):
        period = parse_period(text, NOON)
        assert period.begin < period.end <= period.begin + LONGEST
        assert period.begin.utcoffset() == timedelta()


@given(
    some.datetimes(datetime(2026, 1, 1), NOON.replace(tzinfo=None)),  # noqa: DTZ001
    some.integers(1, 10**13),
    some.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]),
)
def test_a_period_is_the_same_when_it_is_read_again(begin, microseconds, zone):
    begin = begin.replace(tzinfo=UTC)
    end = begin + timedelta(microseconds=microseconds)
    text = f"{begin.astimezone(zone).isoformat()} to {end.astimezone(zone).isoformat()}"
    period = parse_period(text, NOON)
    assert (period.begin, period.end) == (begin, end)
    again = parse_period(period.words, NOON)
    assert (again.begin, again.end) == (begin, end)


@every(
    "text, shown",
    [
        ("today", "Tuesday, 24 November 2026, UTC"),
        ("last week", "from Monday, 16 November 2026 to Sunday, 22 November 2026, UTC"),
        ("12h", "from 24 November 2026, 00:00:00 UTC to now"),
        (
            "today 9:00 to today 9:30",
            "from 24 November 2026, 09:00:00 UTC to 24 November 2026, 09:30:00 UTC",
        ),
    ],
)
def test_people_read_which_period_it_is(text, shown):
    assert parse_period(text, NOON).text == shown
