"""Sweep checks several engagements at a time, and stores only finished work as done."""

from __future__ import annotations

from threading import Event
from typing import Any

from chalicelib.adapters.side_by_side import AT_ONCE, side_by_side
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import I
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.domain.verification.schedule import find_next_due_time
from chalicelib.usecases.verification.sweep import RunEnd
from tests.builders import ROLE_ARN, a_role, a_verification, an_engagement
from tests.fakes import NOON, FakeRole, FakeSts, World
from tests.usecases.verification.sweep.sweeps import (
    BY_CHECK_TIME,
    DAY,
    Stepped,
    Sweeping,
    a_sweep,
    done_until,
)

PATIENCE = 20  # seconds: only a test that fails ever waits for so long


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
            assert self._go_on.wait(PATIENCE)
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


class Stuck(Stepped):
    """hooli, which is due second, cannot be read. The error comes after all others were read."""

    def __init__(self, world: World, count: int) -> None:
        super().__init__(world)
        self._count, self._read = count, set[str]()
        self._go_on = Event()

    def get(self, kind: type[I], *key: str) -> I | None:
        if kind is not Engagement:
            return super().get(kind, *key)
        if key == ("hooli",):
            assert self._go_on.wait(PATIENCE)
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)
        self._read.add(*key)
        if len(self._read) >= self._count:
            self._go_on.set()
        return super().get(kind, *key)


def test_checks_after_a_failed_one_are_not_stored_as_done_but_not_repeated() -> None:
    sweeping = a_sweep()
    summary = sweeping.run(side_by_side=side_by_side, state=Stuck(sweeping.world, 3))
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
