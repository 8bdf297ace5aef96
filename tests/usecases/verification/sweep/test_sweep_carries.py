"""How far the sweep carries: 10,000 roles a day where AWS takes 2 s a role, whatever ends a run.

Once with so many; elsewhere with a tenth of them, each of which takes AWS ten times as long.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.verification.schedule import DAY
from chalicelib.usecases.verification.sweep import RunEnd
from tests.usecases.verification.sweep.day import BUDGET, INTERVAL, NOON, Day

# A day, the wait for the next run, and the time that it may take.
IN_TIME = DAY + INTERVAL + timedelta(seconds=BUDGET)


def hours_of(day: Day, hours: int, *, killed: frozenset[int] = frozenset()) -> list[RunEnd | None]:
    """How the runs end: None for one that was killed."""
    ends = []
    for hour in range(1, hours + 1):
        day.clock = NOON + hour * INTERVAL
        day.kill_after = 5 if hour in killed else BUDGET
        swept = day.run()
        ends.append(swept.ended if swept else None)
    return ends


def a_tenth(roles_each: int, **more: Any) -> Day:
    return Day(1_000 // roles_each, roles_each, seconds_a_role=20, **more)


@pytest.mark.parametrize(
    "day", [Day(2_500, 4), a_tenth(4), a_tenth(1)], ids=["10,000", "1,000", "in 1,000 engagements"]
)
def test_every_role_is_checked_once_a_day(day: Day) -> None:
    assert set(hours_of(day, 27)) == {RunEnd.ALL_DONE}
    assert max(day.gaps()) < IN_TIME
    assert not day.repeated()
    assert not day.told


def test_one_role_after_the_other_would_not_do() -> None:
    """Else it would prove nothing that it does."""
    alone = a_tenth(4, at_once=1)
    assert RunEnd.OUT_OF_TIME in hours_of(alone, 30)
    assert max(alone.gaps()) > IN_TIME


def test_what_a_killed_run_had_done_is_not_done_again_and_all_are_checked_in_time() -> None:
    killed = frozenset(range(2, 28, 2))
    day = Day(250, 4)
    ends = hours_of(day, 28, killed=killed)
    assert [hour for hour, ended in enumerate(ends, 1) if ended is None] == sorted(killed)
    assert max(day.gaps()) < IN_TIME + INTERVAL
    assert not day.repeated()
    assert not day.told


def test_a_slow_client_holds_nobody_up_and_is_gone_through_in_several_runs() -> None:
    """Eight roles, and each question takes AWS as long as it can: no run has the time for all."""
    day = a_tenth(4, slow={"client-7": 8})
    ends = hours_of(day, 28)
    assert RunEnd.OUT_OF_TIME in ends
    assert max(day.gaps()) < IN_TIME
    assert max(day.gaps(of_slow=True)) < IN_TIME + 2 * INTERVAL
    assert not day.repeated()
    assert not day.told
