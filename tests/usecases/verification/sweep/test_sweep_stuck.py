"""An engagement that fails in every run does not block the others for long."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.lists import Page
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import I
from chalicelib.usecases.verification.sweep import (
    NOT_RECORDED,
    PATIENCE,
    TOO_LONG,
    RunEnd,
)
from tests.usecases.verification.sweep.sweeps import (
    BY_CHECK_TIME,
    DAY,
    HOUR,
    Stepped,
    Sweeping,
    a_sweep,
    countdown,
    with_a_second_role,
)


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
