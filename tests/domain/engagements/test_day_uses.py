"""The last uses of a day as text."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.engagements.unused import MAX_CHARACTERS, DayUses, LastUses, format_uses
from tests.builders import NOON

IDS = st.from_regex(r"[a-z][a-z0-9]{1,31}", fullmatch=True)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


def stored(text: str | None) -> DayUses:
    return DayUses(day="2026-11-24", read_at=NOON, is_finished=True, text=text)


@settings(max_examples=20)
@given(st.dictionaries(st.tuples(IDS, IDS), MOMENTS))
def test_the_uses_come_back_in_whole_seconds(uses: LastUses) -> None:
    text = format_uses(uses)
    assert text is not None
    assert text.isascii()
    assert stored(text).parse_uses() == {key: at.replace(microsecond=0) for key, at in uses.items()}


@pytest.mark.parametrize(("members", "is_stored"), [(6_500, True), (6_550, False)])
def test_too_many_uses_are_not_stored(members: int, *, is_stored: bool) -> None:
    text = format_uses({("acme-prod", f"m{n:031}"): NOON for n in range(members)})
    assert (text is not None) is is_stored
    assert len(text or "") <= MAX_CHARACTERS
    assert (stored(text).parse_uses() is not None) is is_stored


def test_a_day_is_kept_for_a_hundred_days() -> None:
    assert stored("{}").gone_after == NOON + timedelta(days=100)
