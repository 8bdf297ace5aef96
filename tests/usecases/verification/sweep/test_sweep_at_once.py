"""Sweep with several engagements at a time: what is remembered is done, and nothing is mixed up."""

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
from chalicelib.domain.verification.schedule import next_due_check
from chalicelib.usecases.verification.sweep import RunEnd
from tests.builders import ROLE_ARN, a_role, a_verification, an_engagement
from tests.fakes import NOON, FakeRole, FakeSts, World
from tests.usecases.verification.sweep.sweeps import (
    DAY,
    IN_TURN,
    Stepped,
    Sweeping,
    a_sweep,
    done_until,
)

PATIENCE = 20  # seconds: only a test that fails ever waits for so long


def with_many(count: int) -> Sweeping:
    """So many engagements more, whose roles are gone."""
    sweeping = a_sweep()
    for number in range(count):
        place, external_id = f"many-{number}", f"daypass-many-{number}"
        arn = f"arn:aws:iam::{number:012d}:role/Gone"
        proof = a_verification(role_arn=arn, external_id=external_id, full_check_at=NOON)
        sweeping.world.add(
            an_engagement(place, account_id=f"{number:012d}", external_id=external_id),
            a_role(engagement=place, arn=arn, verification=proof),
        )
    return sweeping


def test_all_are_checked_and_each_drift_is_told_once() -> None:
    sweeping = with_many(50)
    swept = sweeping.run(side_by_side=side_by_side)
    assert (swept.engagements, swept.checked, swept.drifted) == (54, 54, 50)
    assert (swept.unchecked, swept.ended) == (0, RunEnd.ALL_DONE)
    assert sorted(sweeping.news()) == sorted(
        ("role-drifted", f"many-{number}", "readonly") for number in range(50)
    )
    assert sweeping.checked() == IN_TURN
    last = max(
        next_due_check(place.id, NOON - DAY)
        for place in sweeping.world.find(type(an_engagement()), where=lambda _: True)
    )
    assert done_until(sweeping) == last
    assert not sweeping.failures


class Waits(FakeSts):
    """Does not answer for one role until so many others have been asked for."""

    def __init__(self, world: World, others: int) -> None:
        super().__init__(world)
        self._others, self._asked = others, set[str]()
        self._go_on = Event()

    def probe(self, probe: Probe) -> ProbeOutcome:
        if probe.role_arn == ROLE_ARN:
            assert self._go_on.wait(PATIENCE)
        else:
            self._asked.add(probe.role_arn)
            if len(self._asked) >= self._others:
                self._go_on.set()
        return super().probe(probe)


def test_whoever_waits_for_aws_keeps_nobody_else_waiting() -> None:
    """acme-prod is the first in turn, and is done after all others."""
    sweeping = with_many(3 * AT_ONCE)
    sts = Waits(sweeping.world, 3 * AT_ONCE + 3)
    swept = sweeping.run(side_by_side=side_by_side, sts=sts)
    assert (swept.engagements, swept.ended) == (3 * AT_ONCE + 4, RunEnd.ALL_DONE)


class Stuck(Stepped):
    """hooli, the second in turn, cannot be read, and that is known once all others have been."""

    def __init__(self, world: World, others: int) -> None:
        super().__init__(world)
        self._others, self._read = others, set[str]()
        self._go_on = Event()

    def get(self, kind: type[I], *key: str) -> I | None:
        if kind is not Engagement:
            return super().get(kind, *key)
        if key == ("hooli",):
            assert self._go_on.wait(PATIENCE)
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)
        self._read.add(*key)
        if len(self._read) >= self._others:
            self._go_on.set()
        return super().get(kind, *key)


def test_what_is_done_ahead_of_what_is_not_is_not_remembered_and_not_asked_again() -> None:
    sweeping = a_sweep()
    swept = sweeping.run(side_by_side=side_by_side, state=Stuck(sweeping.world, 3))
    assert swept.ended is RunEnd.RECORDS_UNAVAILABLE
    assert len(sweeping.failures) == 1
    assert done_until(sweeping) == next_due_check("acme-prod", NOON - DAY)
    known = {place: sweeping.role(place) for place in ("initech", "globex")}
    assert {role.version for role in known.values()} == {2}

    sweeping.world.later(hours=1)
    swept = sweeping.run(side_by_side=side_by_side)

    assert (swept.engagements, swept.checked, swept.ended) == (3, 1, RunEnd.ALL_DONE)
    assert {place: sweeping.role(place) for place in known} == known
    assert sweeping.checked() == ["hooli"]


def test_the_probes_of_one_role_come_one_after_the_other() -> None:
    """AWS STS lets an account ask only so often: the vends are to have their share."""
    sweeping = a_sweep()
    sweeping.world.roles[ROLE_ARN] = FakeRole("daypass-other")
    asked: list[int] = []

    def count(calls: Any) -> Any:
        made = list(calls)
        asked.append(len(made))
        return (call() for call in made)

    sweeping.run(side_by_side=count)
    assert asked == [len(IN_TURN)]
