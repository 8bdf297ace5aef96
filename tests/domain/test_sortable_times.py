"""Times as texts that sort like the times, or in the opposite order."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.moments import format_latest_first, format_sortable

FIRST = datetime(2000, 1, 1, tzinfo=UTC)
VALID = st.integers(0, 999 * 365 * 86400 * 10**6).map(lambda n: FIRST + timedelta(microseconds=n))


@given(VALID, VALID)
def test_texts_sort_like_the_times_or_the_latest_first(first: datetime, other: datetime) -> None:
    assert (format_sortable(first) < format_sortable(other)) == (first < other)
    assert (format_latest_first(first) > format_latest_first(other)) == (first < other)


def test_a_microsecond_counts_and_the_width_is_fixed() -> None:
    noon = datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert len(format_latest_first(noon)) == 17
    assert format_latest_first(noon + timedelta(microseconds=1)) < format_latest_first(noon)
