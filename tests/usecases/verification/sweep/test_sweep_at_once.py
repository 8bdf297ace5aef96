"""Sweep checks several engagements at a time, in time, and none that fails blocks the others.

A tenth of 10,000 roles is simulated, and AWS takes ten times as long for each."""

from __future__ import annotations

from datetime import timedelta
from threading import Event
from typing import Any

from msgspec.structs import replace

from chalicelib.adapters.side_by_side import AT_ONCE, side_by_side
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.lists import Page
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import I
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.domain.verification.schedule import find_next_due_time
from chalicelib.usecases.verification.sweep import NOT_RECORDED, PATIENCE, TOO_LONG, RunEnd
from tests.builders import ROLE_ARN, a_role, a_verification, an_engagement
from tests.fakes import NOON, FakeRole, FakeSts, World
from tests.rows import every
from tests.usecases.verification.sweep.day import BUDGET, INTERVAL, Day
from tests.usecases.verification.sweep.sweeps import (
    BY_CHECK_TIME,
    DAY,
    HOUR,
    Stepped,
    Sweeping,
    a_sweep,
    countdown,
    done_until,
    with_a_second_role,
)

WAIT = 20  # seconds: only a test that fails ever waits for so long


def with_more(count: int) -> Sweeping:
    """Return a sweep with this many more engagements, whose roles were deleted."""
    sweeping = a_sweep()
    for number in range(count):
        engagement, external_id = f"many-{number}", f"daypass-many-{number}"
        arn = f"arn:aws:iam::{number:012d}:role/Gone"
        proof = a_verification(role_arn=arn, external_id=external_id, full_check_at=NOON)
        sweeping.world.add(
            an_engagement(engagement, account_id=f"{number:012d}", external_id=external_id),
            a_role(engagement=engagement, arn=arn, verification=proof),
        )
    return sweeping


def test_all_are_checked_and_each_drift_is_notified_once() -> None:
    sweeping = with_more(50)
    summary = sweeping.run(side_by_side=side_by_side)
    assert (summary.engagements, summary.checked, summary.drifted) == (54, 54, 50)
    assert (summary.unchecked, summary.ended) == (0, RunEnd.ALL_DONE)
    assert sorted(sweeping.notifications()) == sorted(
        ("role-drifted", f"many-{number}", "readonly") for number in range(50)
    )
    assert sweeping.checked() == BY_CHECK_TIME
    last = max(
        find_next_due_time(engagement.id, NOON - DAY)
        for engagement in sweeping.world.find(type(an_engagement()), where=lambda _: True)
    )
    assert done_until(sweeping) == last
    assert not sweeping.failures


class Waits(FakeSts):
    """Answers for one role only after this many others were probed."""

    def __init__(self, world: World, count: int) -> None:
        super().__init__(world)
        self._count, self._probed = count, set[str]()
        self._go_on = Event()

    def probe(self, probe: Probe) -> ProbeOutcome:
        if probe.role_arn == ROLE_ARN:
            assert self._go_on.wait(WAIT)
        else:
            self._probed.add(probe.role_arn)
            if len(self._probed) >= self._count:
                self._go_on.set()
        return super().probe(probe)


def test_a_slow_engagement_does_not_delay_the_others() -> None:
    """acme-prod is due first, and its check ends after all others."""
    sweeping = with_more(3 * AT_ONCE)
    sts = Waits(sweeping.world, 3 * AT_ONCE + 3)
    summary = sweeping.run(side_by_side=side_by_side, sts=sts)
    assert (summary.engagements, summary.ended) == (3 * AT_ONCE + 4, RunEnd.ALL_DONE)


class OneUnread(Stepped):
    """hooli, which is due second, cannot be read. The error comes after all others were read."""

    def __init__(self, world: World, count: int) -> None:
        super().__init__(world)
        self._count, self._read = count, set[str]()
        self._go_on = Event()

    def get(self, kind: type[I], *key: str) -> I | None:
        if kind is not Engagement:
            return super().get(kind, *key)
        if key == ("hooli",):
            assert self._go_on.wait(WAIT)
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)
        self._read.add(*key)
        if len(self._read) >= self._count:
            self._go_on.set()
        return super().get(kind, *key)


def test_checks_after_a_failed_one_are_not_stored_as_done_but_not_repeated() -> None:
    sweeping = a_sweep()
    summary = sweeping.run(side_by_side=side_by_side, state=OneUnread(sweeping.world, 3))
    assert summary.ended is RunEnd.RECORDS_UNAVAILABLE
    assert len(sweeping.failures) == 1
    assert done_until(sweeping) == find_next_due_time("acme-prod", NOON - DAY)
    checked = {engagement: sweeping.role(engagement) for engagement in ("initech", "globex")}
    assert {role.version for role in checked.values()} == {2}

    sweeping.world.later(hours=1)
    summary = sweeping.run(side_by_side=side_by_side)

    assert (summary.engagements, summary.checked, summary.ended) == (3, 1, RunEnd.ALL_DONE)
    assert {engagement: sweeping.role(engagement) for engagement in checked} == checked
    assert sweeping.checked() == ["hooli"]


def test_the_probes_of_one_role_are_sent_one_after_the_other() -> None:
    """AWS STS limits the calls of an account, and vends need their share."""
    sweeping = a_sweep()
    sweeping.world.roles[ROLE_ARN] = FakeRole("daypass-other")
    probed: list[int] = []

    def count(calls: Any) -> Any:
        made = list(calls)
        probed.append(len(made))
        return (call() for call in made)

    sweeping.run(side_by_side=count)
    assert probed == [len(BY_CHECK_TIME)]


# An engagement that fails in every run does not block the others for long.


class Stuck(Stepped):
    """The roles of one engagement cannot be read."""

    def list(self, kind: type[I], *, limit: int, cursor: str = "", **by: str) -> Page[I]:
        if kind is Role and by == {"engagement": "acme-prod"}:
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)
        return super().list(kind, limit=limit, cursor=cursor, **by)


def three_days(sweeping: Sweeping, time: tuple[float, ...] = (300,), **more: Any) -> list[RunEnd]:
    """Run Sweep for three days, each run with this time. Assert that all but acme-prod are checked,
    and return how the runs end."""
    ends = []
    for _ in range(72):
        sweeping.world.later(hours=1)
        ends.append(sweeping.run(time_left=countdown(*time), **more).ended)
        for engagement in BY_CHECK_TIME[1:]:
            at = sweeping.checked_at(engagement)
            assert at >= sweeping.world.clock - DAY - PATIENCE - HOUR
    return ends


def test_tables_that_fail_for_one_engagement_do_not_stop_the_others() -> None:
    sweeping = a_sweep()
    sweeping.run()

    ends = three_days(sweeping, state=Stuck(sweeping.world))

    assert ends.count(RunEnd.RECORDS_UNAVAILABLE) == 3 * 3  # hours a day
    assert len(sweeping.failures) == 3 * (3 + 1)
    assert sweeping.notifications() == [("daily-check", "acme-prod", "")] * 3
    assert sweeping.why_unchecked() == [NOT_RECORDED] * 3


def test_an_engagement_that_takes_too_long_does_not_stop_the_others() -> None:
    sweeping = a_sweep()
    sweeping.run()
    with_a_second_role(sweeping)

    ends = three_days(sweeping, time=(300, 300, 59))

    assert RunEnd.OUT_OF_TIME in ends
    assert sweeping.notifications() == [("daily-check", "acme-prod", "")] * 3
    assert sweeping.why_unchecked() == [TOO_LONG] * 3


def test_a_persistent_bug_is_notified_once_a_day() -> None:
    sweeping = a_sweep()
    sweeping.run()
    sweeping.world.add(replace(sweeping.role(), arn=None))

    ends = three_days(sweeping)

    assert set(ends) == {RunEnd.ALL_DONE}
    assert len(sweeping.failures) == 3
    assert sweeping.notifications() == [("daily-check", "acme-prod", "")] * 3


# Sweep checks 10,000 roles a day if AWS takes 2 s for a role, whatever ends a run.


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
