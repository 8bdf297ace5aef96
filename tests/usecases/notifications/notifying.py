"""A scene in which the notify function runs once a minute."""

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any

from chalicelib.domain.notifications.notification import ChannelKind, Delivery, DeliveryStatus
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.values import Page
from chalicelib.usecases.notifications.notify import NotifyPorts, RunSummary, notify
from chalicelib.usecases.requests.notices import RequestNotices
from tests.builders import Scene, a_scene
from tests.domain.evidence.samples import entry
from tests.fakes import NOON, SECOND
from tests.fakes.channels import FakeChannel

DOWN = Delivery(status=DeliveryStatus.NOT_DELIVERED, why="503")
TIMED_OUT = Delivery(status=DeliveryStatus.UNKNOWN, why="no answer")
REFUSED = Delivery(status=DeliveryStatus.REFUSED, why="404 no_service")


class NotifyScene:
    """The usual scene with its channels, for consecutive runs."""

    def __init__(self, *more: str) -> None:
        self.scene: Scene = a_scene()
        self.world = self.scene.world
        self.channel = FakeChannel(self.world)
        results = tuple(FakeChannel(self.world, kind=ChannelKind(kind), team="") for kind in more)
        self.channels = (self.channel, *results)
        self.errors: list[Exception] = []
        self.seconds, self.left, self.seconds_for_a_page = 50.0, 50.0, 0.0
        """The seconds that a run has, those that are left to it, and those that reading a page of
        the trail takes. Each reading of the clock uses a hundredth of a second."""
        self.pages = 0
        trail: Any = self.scene.ports.trail
        self._read, trail.page = trail.page, self._page

    def _page(self, query: TrailQuery) -> Page[Entry]:
        self.pages += 1
        self.left -= self.seconds_for_a_page
        assert self.left > 0, "the function has run out of time"
        return self._read(query)

    def _time_left(self) -> float:
        self.left -= 0.01
        return self.left

    def run(self) -> RunSummary:
        self.left = self.seconds
        ports = NotifyPorts(
            ports=self.scene.ports, channels=self.opens(), requests=RequestNotices()
        )
        return notify(ports, time_left=self._time_left, report_failure=self.errors.append)

    def opens(self) -> tuple[Callable[[], FakeChannel | None], ...]:
        return tuple(partial(lambda channel: channel, channel) for channel in self.channels)

    def a_minute_later(self, minutes: int = 1) -> RunSummary:
        """Run once a minute, and return the last run's summary."""
        for _ in range(minutes):
            self.world.later(minutes=1)
            ran = self.run()
        return ran

    def happens(self, name: str = "alice", at: datetime | None = None, **facts: Any) -> Entry:
        """Record that a member was suspended, or another event with these facts."""
        usual = {"action": "member.revoke", "at": at or self.world.clock, "subject": name}
        number = f"{len(self.world.entries):016x}"
        made = entry(**({"id": number} | usual | facts))
        self.world.entries.append(made)
        return made

    @property
    def sent(self) -> list[str]:
        return [item.removesuffix(" was suspended") for item in self.channel.delivered]

    def notices(self) -> list[dict[str, str]]:
        """Return the details of the trail's entries about failed notifications."""
        entries = [entry for entry in self.world.entries if entry.action == "notice"]
        assert all((item.actor, item.outcome) == ("@schedule", "failed") for item in entries)
        return [dict(item.details) for item in entries]


def scene_with_suspended(*names: str, channels: tuple[str, ...] = ()) -> NotifyScene:
    """Return a scene whose first run came before these suspensions, a second apart."""
    notifying = NotifyScene(*channels)
    notifying.run()
    for number, name in enumerate(names):
        notifying.happens(name, NOON + number * SECOND)
    return notifying
