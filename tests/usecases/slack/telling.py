"""A scene in which people are told of what happens, minute by minute."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from chalicelib.domain.slack.telling.notified import Answer, Fate, Via
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.usecases.slack.notify import Notifying, notify
from chalicelib.usecases.slack.notify_ports import NotifyPorts
from tests.builders import Scene, a_scene
from tests.fakes.outlets import FakeOutlet

DOWN = Answer(fate=Fate.NOT_TAKEN, why="503")
TIMED_OUT = Answer(fate=Fate.UNKNOWN, why="no answer")
REFUSED = Answer(fate=Fate.REFUSED, why="404 no_service")
MINUTE = timedelta(minutes=1)


class Telling:
    """The usual scene, an outlet, and one run after the other."""

    def __init__(self, *more: Via) -> None:
        self.scene: Scene = a_scene()
        self.world = self.scene.world
        self.outlet = FakeOutlet(self.world)
        others = tuple(FakeOutlet(self.world, via=via, team="") for via in more)
        self.outlets = (self.outlet, *others)
        self.errors: list[Exception] = []
        self.seconds = 50.0
        """That a run has left: each look at the clock takes a hundredth."""

    def run(self) -> Notifying:
        left = [self.seconds]

        def time_left() -> float:
            left[0] -= 0.01
            return left[0]

        ports = NotifyPorts(ports=self.scene.ports, outlets=self.opens())
        return notify(ports, time_left=time_left, failed=self.errors.append)

    def opens(self) -> tuple[Callable[[], FakeOutlet | None], ...]:
        return tuple(partial(lambda one: one, outlet) for outlet in self.outlets)

    def a_minute_later(self, minutes: int = 1) -> Notifying:
        """Run each minute; the last one's numbers."""
        for _ in range(minutes):
            self.world.later(minutes=1)
            ran = self.run()
        return ran

    def happens(self, name: str = "alice", at: datetime | None = None, **facts: Any) -> Entry:
        """An entry by which somebody is suspended."""
        usual = {"actor": "lena", "action": Action.MEMBER_REVOKE, "outcome": Outcome.DONE}
        number = f"{len(self.world.entries):016x}"
        made = Entry(
            **({"id": number, "at": at or self.world.clock, "subject": name} | usual | facts)
        )
        self.world.entries.append(made)
        return made

    @property
    def told(self) -> list[str]:
        return [one.removesuffix(" is suspended") for one in self.outlet.taken]

    def notices(self) -> list[dict[str, str]]:
        """What is on the trail of notices that failed."""
        found = [one for one in self.world.entries if one.action is Action.NOTICE]
        assert all((one.actor, one.outcome) == ("@schedule", Outcome.FAILED) for one in found)
        return [dict(one.details) for one in found]
