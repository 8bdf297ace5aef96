"""What the tests of the sweep share: a run over the fakes, and what it is made to meet."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.lists import Page
from chalicelib.domain.notifications.table import notification_of
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import I
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.verification.schedule import SweepProgress
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.verification.sweep import (
    SweepSummary,
    sweep,
)
from tests.builders import ROLE_ARN, Scene, a_role, a_scene, a_verification, an_engagement
from tests.fakes import NOON, FakeRole, FakeState, World

# In the order of their turns, from noon on: acme-prod 16:35:22, hooli 2:11:23, initech 6:02:43,
# globex 10:03:19.
IN_TURN = ["acme-prod", "hooli", "initech", "globex"]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class Stepped(FakeState):
    """The State port whose reads are steps as well, so that they can fail and be met."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self._steps = world

    def get(self, kind: type[I], *key: str) -> I | None:
        if kind in (SweepProgress, Engagement, Role):
            self._steps.step(f"read {kind.STORED_AS}")
        return super().get(kind, *key)

    def list(self, kind: type[I], *, limit: int, cursor: str = "", **by: str) -> Page[I]:
        if kind in (Engagement, Role):
            self._steps.step(f"read {kind.STORED_AS}s")
        return super().list(kind, limit=limit, cursor=cursor, **by)


@dataclass(slots=True)
class Sweeping:
    """A scene, and what its runs reported."""

    scene: Scene
    failures: list[Exception] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.scene.world

    @property
    def ports(self) -> Ports:
        return replace(self.scene.ports, state=Stepped(self.world))

    def run(self, *, left: Callable[[], float] = lambda: 300.0, **ports: Any) -> SweepSummary:
        given = replace(self.ports, **ports)
        return sweep(given, time_left=left, report_failure=self.failures.append)

    def role(self, engagement: str = "acme-prod", name: str = "readonly") -> Role:
        found = self.scene.ports.state.get(Role, engagement, name)
        assert found is not None
        return found

    def checked_at(self, engagement: str) -> datetime | None:
        proof = self.role(engagement).verification
        return proof.checked_at if proof else None

    def checked(self) -> list[str]:
        """The engagements that were checked at this moment of the world, in turn."""
        return [place for place in IN_TURN if self.checked_at(place) == self.world.clock]

    def why_unchecked(self) -> list[str]:
        missed = (e for e in self.world.entries if e.action is Action.DAILY_CHECK)
        return [entry.details["why"] for entry in missed]

    def news(self) -> list[tuple[str, str, str]]:
        """What people are notified of, but for a role that goes on failing: each alert, and any
        other entry by its action."""
        found, alerts = [], []
        for entry in self.world.entries:
            if (notification := notification_of(entry)) is not None:
                alerts += notification.alerts
                others = () if entry.action is Action.ROLE_VERIFY else (entry.action.value,)
                names = notification.alerts or others
                found += [(name, entry.engagement, entry.role) for name in names]
        assert sorted(alerts) == sorted(event.alert for event in self.world.alerts)
        return found

    def vends(self) -> Reason | None:
        """Why alice gets no session of acme-prod's role, if she does not."""
        try:
            vend(
                self.scene.ports, self.scene.origin(), "acme-prod", SessionRequest(role="readonly")
            )
        except DaypassError as refusal:
            return refusal.reason
        return None


def at_step(world: World, number: int, act: Callable[[], Any]) -> None:
    """Let something happen once, right before the step of this number, counted from 0."""
    left = iter(range(number, -1, -1))

    def interfere(_name: str) -> None:
        if next(left) == 0:
            world.before = None
            act()

    world.before = interfere


def countdown(*seconds: float) -> Callable[[], float]:
    """The time that is left, at each question; the last of them from then on."""
    told: Iterator[float] = iter(seconds)
    return lambda: next(told, seconds[-1])


def a_sweep() -> Sweeping:
    """Four engagements with a proven role each, none of which was ever checked by a run. All were
    fully checked just now: only the daily check is due."""
    scene = a_scene()
    for place, account in (("initech", "111122223333"), ("hooli", "444455556666")):
        external_id = f"daypass-{place}"
        arn = f"arn:aws:iam::{account}:role/Consultants"
        proof = a_verification(role_arn=arn, external_id=external_id)
        scene.world.add(
            an_engagement(place, account_id=account, external_id=external_id),
            a_role(engagement=place, arn=arn, verification=proof),
        )
        scene.world.roles[arn] = FakeRole(external_id)
    for role in scene.world.find(Role, where=lambda _: True):
        scene.world.add(replace(role, verification=replace(role.verification, full_check_at=NOON)))
    return Sweeping(scene)


def steps_of_a_run(sweeping: Sweeping, *without: str) -> list[Any]:
    """The numbers of the steps of a run that nothing comes between."""
    sweeping.run()
    steps = enumerate(sweeping.world.steps)
    return [pytest.param(n, id=f"{n} {step}") for n, step in steps if step not in without]


def a_drift() -> Sweeping:
    sweeping = a_sweep()
    del sweeping.world.roles[ROLE_ARN]
    return sweeping


def done_until(sweeping: Sweeping) -> datetime | None:
    memory = sweeping.scene.ports.state.get(SweepProgress)
    return memory.done_until if memory else None


class Killed(BaseException):
    """Lambda ends the function: nothing of ours gets to run any more."""


def raiser(error: BaseException) -> Callable[[], None]:
    def act() -> None:
        raise error

    return act


def with_a_second_role(sweeping: Sweeping) -> None:
    arn = "arn:aws:iam::987654321098:role/deploy"
    proof = a_verification(role_arn=arn)
    sweeping.world.add(a_role("deploy", arn=arn, verification=proof))
    sweeping.world.roles[arn] = sweeping.world.roles[ROLE_ARN]
