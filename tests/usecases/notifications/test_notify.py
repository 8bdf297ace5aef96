"""Each event is sent once and in the order of time, independent of the member."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.notifications.delivery import MAX_REMEMBERED, ChannelKind, ChannelProgress
from chalicelib.usecases.notifications.notify import RunSummary
from chalicelib.usecases.notifications.trail_run import BETWEEN_STORES, RunEnd
from tests.fakes import NOON
from tests.usecases.notifications.notifying import MINUTE, NotifyScene, scene_with_suspended

SLACK = ChannelKind.SLACK


def test_each_event_is_sent_once() -> None:
    notifying = scene_with_suspended("alice", "bob")
    assert notifying.a_minute_later() == RunSummary(sent=2)
    assert notifying.sent == ["alice", "bob"]
    for _ in range(30):
        assert notifying.a_minute_later() == RunSummary()
    assert notifying.sent == ["alice", "bob"]


def test_the_first_run_tells_of_the_last_minutes_and_not_of_all_there_ever_was() -> None:
    notifying = NotifyScene()
    notifying.happens("bob", NOON - timedelta(hours=1))
    notifying.happens("alice", NOON - MINUTE)
    notifying.run()
    assert notifying.sent == ["alice"]


def test_entries_that_the_index_has_late_are_sent() -> None:
    """An entry is found by its moment, and may appear in the index after later ones."""
    notifying = scene_with_suspended("alice")
    notifying.a_minute_later(10)
    notifying.happens("bob", NOON + timedelta(seconds=1))
    notifying.a_minute_later(10)
    assert notifying.sent == ["alice", "bob"]


def test_an_entry_from_a_fast_clock_waits_for_its_time() -> None:
    notifying = NotifyScene()
    notifying.happens("bob", NOON + timedelta(seconds=90))
    notifying.happens("alice", NOON + timedelta(seconds=30))
    notifying.run()
    assert notifying.sent == []
    notifying.a_minute_later()
    assert notifying.sent == ["alice"]
    notifying.a_minute_later()
    assert notifying.sent == ["alice", "bob"]


def test_they_go_in_the_order_of_time_whatever_the_order_and_the_pages_of_the_index(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("chalicelib.usecases.notifications.trail_reader._PAGE", 2)
    notifying = scene_with_suspended()
    for second in (9, 3, 7, 1, 5):
        notifying.happens(f"m{second}", NOON + timedelta(seconds=second))
    notifying.a_minute_later()
    assert notifying.sent == ["m1", "m3", "m5", "m7", "m9"]


def test_without_news_progress_is_stored_now_and_then() -> None:
    """So that little is read again, and little is written."""
    notifying = NotifyScene()
    notifying.a_minute_later(30)
    progress = notifying.scene.stored(ChannelProgress, SLACK)
    assert progress.version == 1 + 29 // (BETWEEN_STORES // MINUTE)
    now = notifying.world.clock
    assert now - timedelta(minutes=21) < progress.look_from < now - timedelta(minutes=15)


def test_without_channels_nothing_is_read() -> None:
    notifying = NotifyScene()
    notifying.happens("alice")
    notifying.opens = lambda: (lambda: None, lambda: None)  # type: ignore[method-assign]
    notifying.world.before = lambda step: pytest.fail(step)
    assert notifying.a_minute_later() == RunSummary()


def test_progress_that_no_run_needs_is_dropped() -> None:
    notifying = scene_with_suspended()
    for _ in range(50):
        notifying.happens("alice")
        notifying.a_minute_later()
    progress = notifying.scene.stored(ChannelProgress, SLACK)
    assert 15 <= len(progress.sent) <= 22
    assert len(notifying.sent) == 50


def test_the_remembered_notifications_are_bounded_without_repeats() -> None:
    moments = {f"{n:016x}": NOON + timedelta(milliseconds=n) for n in range(MAX_REMEMBERED + 3)}
    memory = ChannelProgress(
        channel=SLACK, look_from=NOON - MINUTE, sent=moments
    ).without_old_notifications()
    assert len(memory.sent) == MAX_REMEMBERED
    assert "0" * 16 not in memory.sent
    assert memory.look_from == NOON + timedelta(milliseconds=2, microseconds=1)


def test_a_flood_of_events_is_sent_over_several_runs_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Also where there are more than can be remembered."""
    monkeypatch.setattr("chalicelib.domain.notifications.delivery.MAX_REMEMBERED", 20)
    notifying = scene_with_suspended()
    notifying.seconds = 20.6
    for number in range(200):
        notifying.happens(
            f"m{number:03}", NOON + timedelta(microseconds=number), id=f"{number:016x}"
        )
    ran = notifying.a_minute_later()
    assert ran.ended is RunEnd.OUT_OF_TIME
    assert 0 < ran.sent < 200
    while notifying.a_minute_later().ended is RunEnd.OUT_OF_TIME:
        pass
    assert notifying.sent == [f"m{number:03}" for number in range(200)]
