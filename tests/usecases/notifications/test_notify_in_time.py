"""Notify stops before its time ends, continues at the same entry, and reports that it is late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.lists import Page
from chalicelib.domain.notifications.delivery import ChannelKind, Delivery
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.usecases.notifications.notify import RunSummary
from chalicelib.usecases.notifications.trail_run import RunEnd
from tests.fakes import NOON
from tests.fakes.channels import DELIVERED
from tests.usecases.notifications.notifying import MINUTE, NotifyScene, scene_with_suspended

LATE = RunSummary(late=1, ended=RunEnd.OUT_OF_TIME)


class SlowTrail:
    """A trail whose pages take seconds each."""

    def __init__(
        self, notifying: NotifyScene, monkeypatch: pytest.MonkeyPatch, seconds: float
    ) -> None:
        self.pages = 0
        self.left = 0.0
        read = notifying.scene.ports.trail.page

        def page(query: TrailQuery) -> Page[Entry]:
            self.pages += 1
            self.left -= seconds
            assert self.left > 0, "the function has run out of time"
            return read(query)

        monkeypatch.setattr(type(notifying.scene.ports.trail), "page", lambda _, query: page(query))
        monkeypatch.setattr("tests.usecases.notifications.notifying.notify", self.notify)

    def notify(self, ports: Any, *, report_failure: Any, **_: Any) -> RunSummary:
        from chalicelib.usecases.notifications.notify import notify

        self.left = 55.0
        return notify(ports, time_left=lambda: self.left, report_failure=report_failure)


def test_a_run_stops_in_time_and_the_next_continues_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notifying = scene_with_suspended()
    for hour in range(6):
        notifying.happens(f"m{hour}", NOON + timedelta(hours=hour))
    notifying.world.later(hours=6)
    slow = SlowTrail(notifying, monkeypatch, seconds=1.0)
    runs = []
    while (ran := notifying.a_minute_later()).ended is RunEnd.OUT_OF_TIME:
        assert ran.late == 1
        runs.append(slow.pages)
        assert len(runs) < 30
    assert len(runs) > 5
    assert notifying.sent == [f"m{hour}" for hour in range(6)]
    # Each run reads other minutes than the one before: 375 of them, those that passed meanwhile,
    # and once more the look-back of the pass that is over.
    assert slow.pages < 375 + 2 * len(runs) + 40


def test_a_minute_too_long_for_one_run_is_late_but_breaks_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notifying = scene_with_suspended("alice")
    SlowTrail(notifying, monkeypatch, seconds=36.0)
    monkeypatch.setattr("chalicelib.usecases.notifications.trail_reader._PAGE", 1)
    for number in range(3):
        notifying.happens(f"m{number}", NOON + timedelta(seconds=number))
    assert notifying.a_minute_later(3) == LATE
    monkeypatch.undo()
    notifying.a_minute_later()
    assert notifying.sent == ["alice", "m0", "m1", "m2"]


def test_late_entries_are_sent_after_a_pass_of_several_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next pass begins a look-back before this one began, and not before it ended."""
    notifying = scene_with_suspended()
    notifying.world.later(hours=2)
    slow = SlowTrail(notifying, monkeypatch, seconds=1.0)
    assert notifying.a_minute_later() == LATE
    late = notifying.world.clock
    while notifying.a_minute_later().ended is RunEnd.OUT_OF_TIME:
        pass
    assert notifying.world.clock - late > 2 * MINUTE
    notifying.happens("alice", NOON + timedelta(hours=2))  # read already, and not there then
    for _ in range(3):
        notifying.a_minute_later()
    assert notifying.sent == ["alice"]
    assert slow.left > 0


def test_a_slow_channel_does_not_starve_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The channels take turns in going first."""
    notifying = scene_with_suspended(channels=(ChannelKind.ALARM,))
    slow = SlowTrail(notifying, monkeypatch, seconds=0.0)
    for number in range(30):
        notifying.happens(f"m{number}", details={"kind": "lead"})
    slack, alarms = notifying.channels

    def takes_long(_: Notification) -> Delivery:
        slow.left -= 9.0
        return DELIVERED

    slack.result_for = takes_long
    first, second = notifying.a_minute_later(), notifying.a_minute_later()
    assert RunEnd.OUT_OF_TIME in (first.ended, second.ended)
    assert 0 < len(slack.delivered) < len(alarms.delivered) == 30


def test_the_trail_is_read_once_for_all_channels(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = []
    for more in ((), (ChannelKind.MAIL, ChannelKind.ALARM)):
        notifying = NotifyScene(*more)
        notifying.run()
        slow = SlowTrail(notifying, monkeypatch, seconds=0.0)
        notifying.a_minute_later()
        pages.append(slow.pages)
        monkeypatch.undo()
    assert pages[0] == pages[1]


def test_ends_that_are_near_wait_for_a_run_that_has_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notifying = NotifyScene()
    notifying.seconds = 20.1
    assert notifying.run() == LATE
    notifying.seconds = 50.0
    assert notifying.a_minute_later().ended is RunEnd.ALL_DONE
