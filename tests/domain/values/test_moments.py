"""Moments written as text, for people or so that they sort."""

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.moments import (
    end_text,
    exact_text,
    format_latest_first,
    format_sortable,
    last_moment_text,
    rfc3339,
)
from tests.rows import every

NEPAL = timezone(timedelta(hours=5, minutes=45))


@every(
    "moment, text",
    [
        (datetime(2026, 11, 24, 18, tzinfo=UTC), "2026-11-24T18:00:00Z"),
        (datetime(2026, 11, 24, 18, 0, 0, 120_000, tzinfo=UTC), "2026-11-24T18:00:00.120Z"),
        (datetime(2026, 11, 24, 23, 45, tzinfo=NEPAL), "2026-11-24T18:00:00Z"),
    ],
)
def test_a_moment_is_written_in_utc(moment, text):
    assert rfc3339(moment) == text
    assert datetime.fromisoformat(text) == moment


@every(
    "end, text",
    [
        (datetime(2026, 11, 28, tzinfo=UTC), "the end of 27 November 2026, UTC"),
        (datetime(2027, 1, 1, tzinfo=UTC), "the end of 31 December 2026, UTC"),
        (datetime(2026, 11, 28, 5, 45, tzinfo=NEPAL), "the end of 27 November 2026, UTC"),
        (datetime(2026, 11, 28, tzinfo=NEPAL), "27 November 2026, 18:15 UTC"),
        (datetime(2026, 11, 28, 18, tzinfo=UTC), "28 November 2026, 18:00 UTC"),
        (datetime(2026, 11, 28, 0, 0, 1, tzinfo=UTC), "28 November 2026, 00:00 UTC"),
        (datetime(2026, 11, 27, 23, 59, 59, tzinfo=UTC), "27 November 2026, 23:59 UTC"),
    ],
)
def test_an_end_at_midnight_is_named_by_its_last_day(end, text):
    assert end_text(end) == text


def test_the_last_moment_of_a_session_is_never_shown_too_early():
    moment = datetime(2026, 11, 24, 12, 59, tzinfo=UTC)
    assert last_moment_text(moment) == "24 November 2026, 12:59 UTC"
    for later in (timedelta(microseconds=1), timedelta(seconds=55)):
        assert last_moment_text(moment + later) == "24 November 2026, 13:00 UTC"
    assert exact_text(moment + timedelta(seconds=7)) == "24 November 2026, 12:59:07 UTC"


FIRST = datetime(2000, 1, 1, tzinfo=UTC)
VALID = st.integers(0, 999 * 365 * 86400 * 10**6).map(lambda n: FIRST + timedelta(microseconds=n))


@given(VALID, VALID)
def test_texts_sort_like_the_times_or_the_latest_first(first, other):
    assert (format_sortable(first) < format_sortable(other)) == (first < other)
    assert (format_latest_first(first) > format_latest_first(other)) == (first < other)


def test_a_microsecond_counts_and_the_width_is_fixed():
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert len(format_latest_first(noon)) == 17
    assert format_latest_first(noon + timedelta(microseconds=1)) < format_latest_first(noon)
