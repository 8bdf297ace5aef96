"""Notify stops before its time is up, goes on where it was, and says that it is late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.lists import Page
from chalicelib.domain.notifications.delivery import ChannelKind, Delivery
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.usecases.notifications.channel_run import Ended
from chalicelib.usecases.notifications.notify import Notifying
from tests.fakes import NOON
from tests.fakes.channels import TAKEN
from tests.usecases.notifications.notifying import MINUTE, Telling, telling_of

LATE = Notifying(late=1, ended=Ended.OUT_OF_TIME)


class SlowTrail:
    """A trail of which each page takes seconds."""

    def __init__(self, telling: Telling, monkeypatch: pytest.MonkeyPatch, seconds: float) -> None:
        self.pages = 0
        self.left = 0.0
        read = telling.scene.ports.trail.page

        def page(question: TrailQuery) -> Page[Entry]:
            self.pages += 1
            self.left -= seconds
            assert self.left > 0, "the function has run out of time"
            return read(question)

        monkeypatch.setattr(type(telling.scene.ports.trail), "page", lambda _, asked: page(asked))
        monkeypatch.setattr("tests.usecases.notifications.notifying.notify", self.notify)

    def notify(self, ports: Any, *, failed: Any, **_: Any) -> Notifying:
        from chalicelib.usecases.notifications.notify import notify

        self.left = 55.0
        return notify(ports, time_left=lambda: self.left, failed=failed)


def test_a_run_stops_in_time_and_the_next_goes_on_where_it_was(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    telling = telling_of()
    for hour in range(6):
        telling.happens(f"m{hour}", NOON + timedelta(hours=hour))
    telling.world.later(hours=6)
    slow = SlowTrail(telling, monkeypatch, seconds=1.0)
    runs = []
    while (ran := telling.a_minute_later()).ended is Ended.OUT_OF_TIME:
        assert ran.late == 1
        runs.append(slow.pages)
        assert len(runs) < 30
    assert len(runs) > 5
    assert telling.told == [f"m{hour}" for hour in range(6)]
    # Each run reads other minutes than the one before: 375 of them, those that passed meanwhile,
    # and once more the look-back of the pass that is over.
    assert slow.pages < 375 + 2 * len(runs) + 40


def test_a_minute_that_takes_more_than_one_run_has_time_for_is_late_and_nothing_breaks(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    telling = telling_of("alice")
    SlowTrail(telling, monkeypatch, seconds=36.0)
    monkeypatch.setattr("chalicelib.usecases.notifications.reading._PAGE", 1)
    for number in range(3):
        telling.happens(f"m{number}", NOON + timedelta(seconds=number))
    assert telling.a_minute_later(3) == LATE
    monkeypatch.undo()
    telling.a_minute_later()
    assert telling.told == ["alice", "m0", "m1", "m2"]


def test_what_the_index_has_late_is_told_though_a_pass_took_several_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The next pass begins a look-back before this one began, and not before it ended."""
    telling = telling_of()
    telling.world.later(hours=2)
    slow = SlowTrail(telling, monkeypatch, seconds=1.0)
    assert telling.a_minute_later() == LATE
    late = telling.world.clock
    while telling.a_minute_later().ended is Ended.OUT_OF_TIME:
        pass
    assert telling.world.clock - late > 2 * MINUTE
    telling.happens("alice", NOON + timedelta(hours=2))  # read already, and not there then
    for _ in range(3):
        telling.a_minute_later()
    assert telling.told == ["alice"]
    assert slow.left > 0


def test_one_way_that_uses_up_the_time_starves_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    """They take turns in being first."""
    telling = telling_of(via=(ChannelKind.ALARM,))
    slow = SlowTrail(telling, monkeypatch, seconds=0.0)
    for number in range(30):
        telling.happens(f"m{number}", details={"kind": "lead"})
    slack, alarms = telling.channels

    def takes_long(_: Notification) -> Delivery:
        slow.left -= 9.0
        return TAKEN

    slack.says = takes_long
    first, second = telling.a_minute_later(), telling.a_minute_later()
    assert Ended.OUT_OF_TIME in (first.ended, second.ended)
    assert 0 < len(slack.taken) < len(alarms.taken) == 30


def test_the_trail_is_read_once_for_all_ways(monkeypatch: pytest.MonkeyPatch) -> None:
    pages = []
    for more in ((), (ChannelKind.MAIL, ChannelKind.ALARM)):
        telling = Telling(*more)
        telling.run()
        slow = SlowTrail(telling, monkeypatch, seconds=0.0)
        telling.a_minute_later()
        pages.append(slow.pages)
        monkeypatch.undo()
    assert pages[0] == pages[1]


def test_ends_that_are_near_wait_for_a_run_that_has_the_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    telling = Telling()
    telling.seconds = 20.1
    assert telling.run() == LATE
    telling.seconds = 50.0
    assert telling.a_minute_later().ended is Ended.ALL_DONE
