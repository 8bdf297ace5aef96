"""A day of the sweep with a clock of its own: nothing sleeps, and nothing runs at the same time.

Each call to AWS takes its seconds on the clock of the worker that makes it. What the workers do is
done one after the other, in the order in which they would begin it.
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
from chalicelib.domain.notifications.table import notification_of
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Item
from chalicelib.domain.verification.probe_variants import Probe
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult
from chalicelib.domain.verification.schedule import (
    DAY,
    SweepProgress,
    full_check_is_due,
    next_due_check,
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
# With the question where one has arrived.
CALLS_A_ROLE = CALLS_PER_DAILY_CHECK + 1


@dataclass
class Day:
    """Engagements with a role or more each, all proven, and the runs of the sweep over them."""

    engagements: int
    roles_each: int
    slow: dict[str, int] = field(default_factory=dict)
    """Engagements for which each call takes AWS 15 s, which is as long as it can; and how many
    roles they have."""
    seconds_a_role: float = 2
    """How long the calls of a daily check take AWS otherwise."""
    at_once: int = AT_ONCE
    kill_after: float = BUDGET
    """How many seconds after its beginning a run is killed."""
    clock: datetime = NOON
    items: dict[tuple[str, ...], Any] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)
    memory: SweepProgress | None = None
    began: datetime = NOON
    checked: dict[tuple[str, str], list[datetime]] = field(default_factory=dict)
    told: list[Entry] = field(default_factory=list)
    calls: int = 0

    def __post_init__(self) -> None:
        for number in range(self.engagements):
            place = f"client-{number}"
            account, external_id = f"{number:012d}", f"daypass-{number:032d}"
            self.items[(place,)] = an_engagement(
                place, account_id=account, external_id=external_id, ends_at=NOON + 90 * DAY
            )
            roles = self.slow.get(place, self.roles_each)
            self.names[place] = [f"role-{one}" for one in range(roles)]
            last = next_due_check(place, NOON - DAY)
            for name in self.names[place]:
                arn = f"arn:aws:iam::{account}:role/{name}"
                proof = a_verification(
                    checked_at=last,
                    full_check_at=_last_full(place, last),
                    role_arn=arn,
                    external_id=external_id,
                )
                role = a_role(name, engagement=place, arn=arn, verification=proof)
                self.items[place, name] = role
                self.checked[place, name] = [last]
        self.memory = SweepProgress(done_until=NOON)

    @property
    def ports(self) -> Ports:
        known = World().ports()
        return replace(
            known,
            state=_State(self),
            trail=_Trail(),
            sts=_Sts(self),
            side_by_side=self.side_by_side,
            announce=self._announce,
            now=lambda: self.clock,
        )

    def _announce(self, entry: Entry) -> None:
        if notification_of(entry) is not None:
            self.told.append(entry)

    def run(self) -> SweepSummary | None:
        """What a run comes to; None if it was killed."""
        self.began = self.clock
        try:
            return sweep(self.ports, time_left=self.time_left, report_failure=_fail)
        except Killed:
            return None

    def time_left(self) -> float:
        return BUDGET - (self.clock - self.began).total_seconds()

    def takes(self, seconds: float) -> None:
        """Time passes on the clock of whoever is at work; Lambda, or a kill, may end it."""
        self.clock += timedelta(seconds=seconds)
        if (self.clock - self.began).total_seconds() > self.kill_after:
            raise Killed

    def side_by_side(self, calls: Iterable[Callable[[], Any]]) -> Generator[Any, None, None]:
        """As the adapter does: so many at once, and what they gave in their order."""
        waiting = iter(calls)
        free = [self.clock] * self.at_once
        made: list[tuple[datetime, Any]] = []
        over = self.clock

        def make_one() -> bool:
            call = next(waiting, None)
            if call is None:
                return False
            self.clock = heapq.heappop(free)
            try:
                gave: Any = call()
            except Killed as killed:
                gave = killed
            heapq.heappush(free, self.clock)
            made.append((self.clock, gave))
            return True

        number = 0
        while True:
            while number >= len(made):
                if not make_one():
                    return
            ended, gave = made[number]
            over = max(over, ended)
            while free[0] < over and make_one():
                pass
            self.clock = over
            if isinstance(gave, Killed):
                raise gave
            yield gave
            number += 1

    def gaps(self, *, of_slow: bool = False) -> list[timedelta]:
        """The times between two checks of a role, and from its last one until now."""
        return [
            later - one
            for (place, _), moments in self.checked.items()
            if (place in self.slow) is of_slow
            for one, later in zip(moments, [*moments[1:], self.clock], strict=True)
        ]

    def repeated(self) -> list[tuple[str, str]]:
        """The roles that were checked twice in less than a day and what a run may lag."""
        least = DAY - INTERVAL - timedelta(seconds=BUDGET)
        return [
            role
            for role, moments in self.checked.items()
            if any(later - one < least for one, later in pairwise(moments[1:]))
        ]


def _last_full(place: str, last: datetime) -> datetime:
    """When the engagement's last full check was, had it been on the round for ever."""
    for days in range(7):
        turn = last - days * DAY
        if full_check_is_due(a_verification(full_check_at=turn - DAY / 2), place, turn):
            return turn
    raise AssertionError("a week has a full check")


def _fail(error: Exception) -> None:
    raise error


class _Trail:
    def record(self, entry: Entry) -> None: ...


class _State:
    """As much of the State port as a sweep needs, found by keys: the fakes look through all."""

    def __init__(self, day: Day) -> None:
        self._day = day

    def get(self, kind: type[Item], *key: str) -> Item | None:
        return self._day.memory if kind is SweepProgress else self._day.items[key]

    def list(self, kind: type[Item], engagement: str = "", **_: Any) -> Page[Item]:
        if kind is Engagement:
            return Page(tuple(self._day.items[(place,)] for place in self._day.names), "")
        names = self._day.names[engagement]
        return Page(tuple(self._day.items[engagement, name] for name in names), "")

    def save(self, sweep: SweepProgress) -> None:
        assert self._day.memory is not None
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
    """Every role is safe and takes everything; what differs is how long AWS takes to say so."""

    def __init__(self, day: Day) -> None:
        self._day = day

    def probe(self, probe: Probe) -> ProbeOutcome:
        place = f"client-{int(probe.role_arn.split(':')[4])}"
        self._day.calls += 1
        is_slow = place in self._day.slow
        self._day.takes(15.0 if is_slow else self._day.seconds_a_role / CALLS_A_ROLE)
        right = self._day.items[(place,)].external_id
        return ProbeOutcome.ACCEPTED if probe.external_id == right else ProbeOutcome.REFUSED

    def arrive(self, probe: Probe) -> ProbeResult:
        answer = self.probe(probe)
        self.probe(probe)  # it takes AWS as long to say where
        return ProbeResult(answer, probe.role_arn.split(":")[4])
