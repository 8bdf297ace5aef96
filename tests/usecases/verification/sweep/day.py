"""Simulate a day of Sweep on a clock of its own: nothing sleeps, and no threads run.

Each call to AWS takes time on the clock of the worker that makes it. The workers' calls are made
one after the other, in the order in which they would begin.
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from app import app
from chalicelib.adapters.side_by_side import AT_ONCE
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.lists import Page
from chalicelib.domain.notifications.recorded import build_notification
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Item
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult
from chalicelib.domain.verification.schedule import (
    DAY,
    SweepProgress,
    find_next_due_time,
    is_full_check_due,
)
from chalicelib.domain.verification.wrong_ids import CALLS_PER_DAILY_CHECK
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.sweep import SweepSummary, sweep
from tests.builders import a_role, a_verification, an_engagement
from tests.fakes import NOON, World
from tests.usecases.verification.sweep.sweeps import Killed

CONFIG = json.loads((Path(__file__).parents[4] / ".chalice" / "config.json").read_text("utf-8"))
(RULE,) = [source for source in app.event_sources if source.name == "sweep"]
assert RULE.schedule_expression.to_string() == "rate(1 hour)"
INTERVAL = timedelta(hours=1)
BUDGET: int = CONFIG["stages"]["prod"]["lambda_functions"]["sweep"]["lambda_timeout"]
# Including the call for the account.
CALLS_A_ROLE = CALLS_PER_DAILY_CHECK + 1


@dataclass
class Day:
    """Engagements with verified roles, and the runs of Sweep over them."""

    engagements: int
    roles_each: int
    slow: dict[str, int] = field(default_factory=dict)
    """Engagements whose AWS calls take 15 s each, the longest time; with their number of roles."""
    seconds_a_role: float = 2
    """The time that the calls of one daily check take otherwise."""
    at_once: int = AT_ONCE
    kill_after: float = BUDGET
    """The seconds after which a run is killed."""
    clock: datetime = NOON
    items: dict[tuple[str, ...], Any] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    memory: SweepProgress | None = None
    began: datetime = NOON
    checked: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    notified: list[Entry] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        for number in range(self.engagements):
            engagement = f"client-{number}"
            account, external_id = f"{number:012d}", f"daypass-{number:032d}"
            self.items[(engagement,)] = an_engagement(
                engagement, account_id=account, external_id=external_id, ends_at=NOON + 90 * DAY
            )
            roles = self.slow.get(engagement, self.roles_each)
            self.names[engagement] = [f"role-{index}" for index in range(roles)]
            last = find_next_due_time(engagement, NOON - DAY)
            for name in self.names[engagement]:
                arn = f"arn:aws:iam::{account}:role/{name}"
                proof = a_verification(
                    checked_at=last,
                    full_check_at=_last_full(engagement, last),
                    role_arn=arn,
                    external_id=external_id,
                )
                role = a_role(name, engagement=engagement, arn=arn, verification=proof)
                self.items[engagement, name] = role
                self.checked[engagement, name] = [last]
        self.memory = SweepProgress(done_until=NOON)

    @property
    def ports(self) -> Ports:
        ports = World().ports()
        return replace(
            ports,
            state=_State(self),
            trail=_Trail(),
            sts=_Sts(self),
            side_by_side=self.side_by_side,
            announce=self._announce,
            now=lambda: self.clock,
        )

    def _announce(self, entry: Entry) -> None:
        if build_notification(entry) is not None:
            self.notified.append(entry)

    def run(self) -> SweepSummary | None:
        """Return the summary of a run, or None if it was killed."""
        self.began = self.clock
        try:
            return sweep(self.ports, time_left=self.time_left, report_failure=_fail)
        except Killed:
            return None

    def time_left(self) -> float:
        return BUDGET - (self.clock - self.began).total_seconds()

    def takes(self, seconds: float) -> None:
        """Let time pass on the current worker's clock. Lambda may kill the run."""
        self.clock += timedelta(seconds=seconds)
        if (self.clock - self.began).total_seconds() > self.kill_after:
            raise Killed

    def side_by_side(self, calls: Iterable[Callable[[], Any]]) -> Generator[Any, None, None]:
        """Yield the results in order, with `at_once` parallel workers, as the adapter does."""
        waiting = iter(calls)
        free = [self.clock] * self.at_once
        done: list[tuple[datetime, Any]] = []
        finished_at = self.clock

        def start_next() -> bool:
            call = next(waiting, None)
            if call is None:
                return False
            self.clock = heapq.heappop(free)
            try:
                result: Any = call()
            except Killed as killed:
                result = killed
            heapq.heappush(free, self.clock)
            done.append((self.clock, result))
            return True

        number = 0
        while True:
            while number >= len(done):
                if not start_next():
                    return
            ended, result = done[number]
            finished_at = max(finished_at, ended)
            while free[0] < finished_at and start_next():
                pass
            self.clock = finished_at
            if isinstance(result, Killed):
                raise result
            yield result
            number += 1

    def gaps(self, *, of_slow: bool = False) -> list[timedelta]:
        """Return the times between checks of a role, and since its last one."""
        return [
            later - earlier
            for (engagement, _), moments in self.checked.items()
            if (engagement in self.slow) is of_slow
            for earlier, later in zip(moments, [*moments[1:], self.clock], strict=True)
        ]

    def repeated(self) -> list[tuple[str, str]]:
        """Return the roles that were checked twice in less than a day and a run's longest delay."""
        least = DAY - INTERVAL - timedelta(seconds=BUDGET)
        return [
            role
            for role, moments in self.checked.items()
            if any(later - earlier < least for earlier, later in pairwise(moments[1:]))
        ]


def _last_full(engagement: str, last: datetime) -> datetime:
    """Return the time of the engagement's last full check, if it has always been checked daily."""
    for days in range(7):
        due_at = last - days * DAY
        if is_full_check_due(a_verification(full_check_at=due_at - DAY / 2), engagement, due_at):
            return due_at
    raise AssertionError("a week has a full check")


def _fail(error: Exception) -> None:
    raise error


class _Trail:
    def record(self, entry: Entry) -> None: ...


class _State:
    """The part of the State port that Sweep needs, indexed by key: the fakes scan all items."""

    def __init__(self, day: Day) -> None:
        self._day = day

    def get(self, kind: type[Item], *key: str) -> Item | None:
        return self._day.memory if kind is SweepProgress else self._day.items[key]

    def list(self, kind: type[Item], engagement: str = "", **_: Any) -> Page[Item]:
        if kind is Engagement:
            return Page(tuple(self._day.items[(engagement,)] for engagement in self._day.names), "")
        if kind is RoleCutOffs:
            return Page((), "")
        names = self._day.names[engagement]
        return Page(tuple(self._day.items[engagement, name] for name in names), "")

    def save(self, sweep: SweepProgress) -> None:
        assert sweep.version == self._day.memory.version + 1
        assert sweep.done_until >= self._day.memory.done_until
        self._day.memory = sweep

    def change(
        self, items: Sequence[Item], entry: Entry, *, preconditions: Sequence[Item] = ()
    ) -> None:
        (role,) = items
        assert isinstance(role, Role)
        key = (role.engagement, role.name)
        assert self._day.items[key].version == role.version - 1
        self._day.items[key] = role
        self._day.checked[key].append(self._day.clock)


class _Sts:
    """AWS STS where every role is safe. Only the time of its answers differs."""

    def __init__(self, day: Day) -> None:
        self._day = day

    def probe(self, probe: Probe) -> ProbeOutcome:
        engagement = f"client-{int(probe.role_arn.split(':')[4])}"
        self._day.calls += 1
        is_slow = engagement in self._day.slow
        self._day.takes(15.0 if is_slow else self._day.seconds_a_role / CALLS_A_ROLE)
        right = self._day.items[(engagement,)].external_id
        return ProbeOutcome.ACCEPTED if probe.external_id == right else ProbeOutcome.REFUSED

    def probe_account(self, probe: Probe) -> ProbeResult:
        answer = self.probe(probe)
        self.probe(probe)  # naming the account takes as long
        return ProbeResult(answer, probe.role_arn.split(":")[4])
