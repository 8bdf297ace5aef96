"""A day's access as the text of parts, and the numbers of a day's sessions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.web.overview.days import (
    MAX_PART_CHARACTERS,
    EngagementAccess,
    MemberAccess,
    count_day,
    parse_access,
    split_access,
)
from tests.builders import NOON

IDS = st.from_regex(r"[a-z][a-z0-9]{1,31}", fullmatch=True)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2900, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ROLES = st.lists(IDS, max_size=3).map(tuple)
ACCESS = st.builds(MemberAccess, IDS, MOMENTS, ROLES, ROLES)
ROWS = st.lists(
    st.builds(EngagementAccess, IDS, st.text(max_size=80), st.lists(ACCESS, min_size=1).map(tuple))
)


@settings(max_examples=20)
@given(ROWS)
def test_the_rows_come_back_from_parts_of_ascii(rows: list[EngagementAccess]) -> None:
    parts = list(split_access(rows))
    assert all(part.isascii() and part.isprintable() for part in parts)
    assert [row for part in parts for row in parse_access(part)] == rows


def test_no_part_is_longer_than_an_item_may_be() -> None:
    name, roles = "m" * 32, tuple("r" * 32 for _ in range(20))
    members = tuple(MemberAccess(name, NOON, roles) for _ in range(950))
    rows = [EngagementAccess(f"e{number}", "𓀀" * 80, members) for number in range(3)]

    parts = list(split_access(rows))

    assert max(map(len, parts)) <= MAX_PART_CHARACTERS
    assert len(parts) < 10  # no part is almost empty
    stored = [row for part in parts for row in parse_access(part)]
    assert [member for row in stored for member in row.members] == [*members] * 3
    assert {len(row.members) for row in stored} == {100, 50}


def test_nothing_has_no_parts() -> None:
    assert list(split_access([])) == []


@pytest.mark.parametrize(("count", "listed"), [(0, 0), (1, 1), (50, 50), (53, 50)])
def test_a_day_counts_the_busiest_engagements_and_sums_up_the_others(
    count: int, listed: int
) -> None:
    numbers = {f"engagement-{number:02}": 100 - number for number in range(count)}
    day = count_day(numbers, day="2026-11-24", counted_at=NOON, is_finished=False, version=1)
    assert day.sessions == dict(list(numbers.items())[:listed])
    assert (day.other_engagements, day.other_sessions) == (
        count - listed,
        sum(list(numbers.values())[listed:]),
    )
    assert day.total == sum(numbers.values())
    assert day.gone_after == NOON + timedelta(days=100)
