"""Shared by the tests of Sweep: a run over the fakes, and events during it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.notifications.recorded import build_notification
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import I, Page
from chalicelib.domain.verification.schedule import SweepProgress
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.sweep import SweepSummary, sweep
from tests.builders import ROLE_ARN, Scene, a_role, a_scene, a_verification, an_engagement
from tests.fakes import NOON, FakeRole, FakeState, World

# In the order of their check times, from noon on: acme-prod 16:35:22, hooli 2:11:23,
# initech 6:02:43, globex 10:03:19.
BY_CHECK_TIME = ["acme-prod", "hooli", "initech", "globex"]
DRIFTED = ("role-drifted", "acme-prod", "readonly")


class Stepped(FakeState):
    """A State port whose reads are steps as well, so that tests can act before them."""

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
    """A scene, and the failures that its runs reported."""

    scene: Scene
    failures: list[Exception] = field(default_factory=list)

    @property
    def world(self) -> World:
        return self.scene.world

    @property
    def ports(self) -> Ports:
        return replace(self.scene.ports, state=Stepped(self.world))

    def run(self, *, time_left: Callable[[], float] = lambda: 300.0, **ports: Any) -> SweepSummary:
        all_ports = replace(self.ports, **ports)
        return sweep(all_ports, time_left=time_left, report_failure=self.failures.append)

    def run_later(self, **by: float) -> SweepSummary:
        self.world.later(**by)
        return self.run()

    @property
    def engagement(self) -> Engagement:
        return self.scene.engagement

    def role(self, engagement: str = "acme-prod", name: str = "readonly") -> Role:
        return self.scene.get(Role, engagement, name)

    def checked_at(self, engagement: str) -> datetime | None:
        proof = self.role(engagement).verification
        return proof.checked_at if proof else None

    def checked(self) -> list[str]:
        """Return the engagements that were checked just now, in the order of their check times."""
        return [
            engagement
            for engagement in BY_CHECK_TIME
            if self.checked_at(engagement) == self.world.clock
        ]

    def why_unchecked(self) -> list[str]:
        missed = (e for e in self.world.entries if e.action == "daily-check")
        return [entry.details["why"] for entry in missed]

    def notifications(self) -> list[tuple[str, str, str]]:
        """Return the notifications: alerts, and other entries by their action. Leave out a role
        that keeps failing."""
        notified, alerts = [], []
        for entry in self.world.entries:
            if (notification := build_notification(entry)) is not None:
                alerts += notification.alerts
                rest = () if entry.action == "role.verify" else (entry.action.value,)
                names = notification.alerts or rest
                notified += [(name, entry.engagement, entry.role) for name in names]
        assert sorted(alerts) == sorted(event.alert for event in self.world.alerts)
        return notified

    def vends(self) -> Reason | None:
        """Return the reason why alice gets no session for acme-prod's role, if she gets none."""
        try:
            self.scene.vend()
        except DaypassError as refusal:
            return refusal.reason
        return None


def at_step(world: World, number: int, act: Callable[[], Any]) -> None:
    """Act once, right before the step of this number, counted from 0."""
    time_left = iter(range(number, -1, -1))

    def interfere(_name: str) -> None:
        if next(time_left) == 0:
            world.before = None
            act()

    world.before = interfere


def countdown(*seconds: float) -> Callable[[], float]:
    """Return these remaining times at successive calls, and then always the last."""
    remaining: Iterator[float] = iter(seconds)
    return lambda: next(remaining, seconds[-1])


def a_sweep() -> Sweeping:
    """Return four engagements with a verified role each. No run has checked them yet, and only a
    daily check is due."""
    scene = a_scene()
    for engagement, account in (("initech", "111122223333"), ("hooli", "444455556666")):
        external_id = f"daypass-{engagement}"
        arn = f"arn:aws:iam::{account}:role/Consultants"
        proof = a_verification(role_arn=arn, external_id=external_id)
        scene.add(
            an_engagement(engagement, account_id=account, external_id=external_id),
            a_role(engagement=engagement, arn=arn, verification=proof),
        )
        scene.world.roles[arn] = FakeRole(external_id)
    for role in scene.find(Role):
        scene.add(replace(role, verification=replace(role.verification, full_check_at=NOON)))
    return Sweeping(scene)


def steps_of_a_run(sweeping: Sweeping) -> list[tuple[int, str]]:
    """Return the numbers of the steps of an undisturbed run, and their names."""
    sweeping.run()
    return [*enumerate(sweeping.world.steps)]


def a_drift() -> Sweeping:
    sweeping = a_sweep()
    del sweeping.world.roles[ROLE_ARN]
    return sweeping


def done_until(sweeping: Sweeping) -> datetime | None:
    memory = sweeping.scene.get(SweepProgress)
    return memory.done_until if memory else None


def with_a_second_role(sweeping: Sweeping) -> None:
    arn = "arn:aws:iam::987654321098:role/deploy"
    proof = a_verification(role_arn=arn)
    sweeping.world.add(a_role("deploy", arn=arn, verification=proof))
    sweeping.world.roles[arn] = sweeping.world.roles[ROLE_ARN]
