"""Moments written as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from chalicelib.domain.moments import end_text, rfc3339

NEPAL = timezone(timedelta(hours=5, minutes=45))


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 11, 24, 18, tzinfo=UTC), "2026-11-24T18:00:00Z"),
        (datetime(2026, 11, 24, 18, 0, 0, 120_000, tzinfo=UTC), "2026-11-24T18:00:00.120Z"),
        (datetime(2026, 11, 24, 23, 45, tzinfo=NEPAL), "2026-11-24T18:00:00Z"),
    ],
)
def test_a_moment_is_written_in_utc(moment: datetime, text: str) -> None:
    assert rfc3339(moment) == text
    assert datetime.fromisoformat(text) == moment


@pytest.mark.parametrize(
    ("end", "text"),
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
def test_an_end_at_midnight_is_named_by_its_last_day(end: datetime, text: str) -> None:
    assert end_text(end) == text
