"""Sweep checks 10,000 roles a day if AWS takes 2 s for a role, whatever ends a run.

The tests have a tenth of them, which take ten times as long.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.domain.verification.schedule import DAY
from chalicelib.usecases.verification.sweep import RunEnd
from tests.rows import every
from tests.usecases.verification.sweep.day import BUDGET, INTERVAL, NOON, Day

# A day, the wait for the next run, and the time that it may take.
IN_TIME = DAY + INTERVAL + timedelta(seconds=BUDGET)


def run_hourly(
    day: Day, hours: int, *, killed: frozenset[int] = frozenset()
) -> list[RunEnd | None]:
    """Run Sweep every hour. Return how each run ends; None for a killed one."""
    ends = []
    for hour in range(1, hours + 1):
        day.clock = NOON + hour * INTERVAL
        day.kill_after = 5 if hour in killed else BUDGET
        summary = day.run()
        ends.append(summary.ended if summary else None)
    return ends


def a_tenth(roles_each: int, **options: Any) -> Day:
    return Day(1_000 // roles_each, roles_each, seconds_a_role=20, **options)


@every("roles_each", [4, 1])
def test_every_role_is_checked_once_a_day(roles_each: int) -> None:
    day = a_tenth(roles_each)
    assert set(run_hourly(day, 27)) == {RunEnd.ALL_DONE}
    assert max(day.gaps()) < IN_TIME
    assert not day.repeated()
    assert not day.notified


def test_one_role_after_the_other_would_be_too_slow() -> None:
    """Otherwise the test above would prove nothing."""
    alone = a_tenth(4, at_once=1)
    assert RunEnd.OUT_OF_TIME in run_hourly(alone, 30)
    assert max(alone.gaps()) > IN_TIME


def test_killed_runs_repeat_no_check_and_all_roles_are_checked_in_time() -> None:
    killed = frozenset(range(2, 28, 2))
    day = Day(250, 4)
    ends = run_hourly(day, 28, killed=killed)
    assert [hour for hour, ended in enumerate(ends, 1) if ended is None] == sorted(killed)
    assert max(day.gaps()) < IN_TIME + INTERVAL
    assert not day.repeated()
    assert not day.notified


def test_a_slow_client_takes_several_runs_and_delays_no_other() -> None:
    """Each call for its eight roles takes AWS the longest time: no run has time for all of them."""
    day = a_tenth(4, slow={"client-7": 8})
    ends = run_hourly(day, 28)
    assert RunEnd.OUT_OF_TIME in ends
    assert max(day.gaps()) < IN_TIME
    assert max(day.gaps(of_slow=True)) < IN_TIME + 2 * INTERVAL
    assert not day.repeated()
    assert not day.notified
