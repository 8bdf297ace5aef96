"""Each event is sent once and in the order of time, independent of the member. Notify stops before
its time ends, continues at the same entry, and reports that it is late."""

from datetime import timedelta

import pytest

from chalicelib.domain.notifications.notification import (
    MAX_REMEMBERED,
    ChannelProgress,
)
from chalicelib.usecases.notifications.notify import RunSummary
from chalicelib.usecases.notifications.trail_run import BETWEEN_STORES
from chalicelib.usecases.vending.end_session import revoke_session
from tests.fakes import HOUR, MINUTE, NOON, SECOND
from tests.fakes.channels import DELIVERED
from tests.rows import every
from tests.usecases.notifications.notifying import NotifyScene, scene_with_suspended


def test_each_event_is_sent_once():
    notifying = scene_with_suspended("alice", "bob")
    assert notifying.a_minute_later() == RunSummary(sent=2)
    assert notifying.sent == ["alice", "bob"]
    for _ in range(30):
        assert notifying.a_minute_later() == RunSummary()
    assert notifying.sent == ["alice", "bob"]


def test_the_first_run_tells_of_the_last_minutes_and_not_of_all_there_ever_was():
    notifying = NotifyScene()
    notifying.happens("bob", NOON - HOUR)
    notifying.happens("alice", NOON - MINUTE)
    notifying.run()
    assert notifying.sent == ["alice"]


def test_entries_that_the_index_has_late_are_sent():
    """An entry is found by its moment, and may appear in the index after later ones."""
    notifying = scene_with_suspended("alice")
    notifying.a_minute_later(10)
    notifying.happens("bob", NOON + SECOND)
    notifying.a_minute_later(10)
    assert notifying.sent == ["alice", "bob"]


@every("minutes", [1, 14, 59])
def test_the_revocation_of_a_session_is_sent_however_long_the_session_has_run(minutes):
    """The trail lists it at the session's beginning."""
    notifying = NotifyScene()
    notifying.scene.vend()
    session = notifying.scene.entries[0].vend
    notifying.a_minute_later(minutes)
    notifying.scene.do(revoke_session, "alice", session)
    notifying.a_minute_later(3)
    assert notifying.sent == ["One of alice's sessions was revoked"]


def test_an_entry_from_a_fast_clock_waits_for_its_time():
    notifying = NotifyScene()
    notifying.happens("bob", NOON + 90 * SECOND)
    notifying.happens("alice", NOON + 30 * SECOND)
    notifying.run()
    assert notifying.sent == []
    notifying.a_minute_later()
    assert notifying.sent == ["alice"]
    notifying.a_minute_later()
    assert notifying.sent == ["alice", "bob"]


def test_they_go_in_the_order_of_time_whatever_the_order_and_the_pages_of_the_index(monkeypatch):
    monkeypatch.setattr("chalicelib.usecases.notifications.trail_run._PAGE", 2)
    notifying = scene_with_suspended()
    for second in (9, 3, 7, 1, 5):
        notifying.happens(f"m{second}", NOON + second * SECOND)
    notifying.a_minute_later()
    assert notifying.sent == ["m1", "m3", "m5", "m7", "m9"]


def test_without_news_progress_is_stored_now_and_then():
    """So that little is read again, and little is written."""
    notifying = NotifyScene()
    notifying.a_minute_later(30)
    progress = notifying.scene.stored(ChannelProgress, "slack")
    assert progress.version == 1 + 29 // (BETWEEN_STORES // MINUTE)
    now = notifying.world.clock
    assert now - 21 * MINUTE < progress.look_from < now - 15 * MINUTE


def test_without_channels_nothing_is_read():
    notifying = NotifyScene()
    notifying.happens("alice")
    notifying.opens = lambda: (lambda: None, lambda: None)
    notifying.world.before = lambda step: pytest.fail(step)
    assert notifying.a_minute_later() == RunSummary()


def test_progress_that_no_run_needs_is_dropped():
    notifying = scene_with_suspended()
    for _ in range(50):
        notifying.happens("alice")
        notifying.a_minute_later()
    progress = notifying.scene.stored(ChannelProgress, "slack")
    assert 15 <= len(progress.sent) <= 22
    assert len(notifying.sent) == 50


def test_the_remembered_notifications_are_bounded_without_repeats():
    moments = {f"{n:016x}": NOON + timedelta(milliseconds=n) for n in range(MAX_REMEMBERED + 3)}
    progress = ChannelProgress(channel="slack", look_from=NOON - MINUTE, sent=moments)
    memory = progress.without_old_notifications()
    assert len(memory.sent) == MAX_REMEMBERED
    assert "0" * 16 not in memory.sent
    assert memory.look_from == NOON + timedelta(milliseconds=2, microseconds=1)


def test_a_flood_of_events_is_sent_over_several_runs_in_order(monkeypatch):
    """Also where there are more than can be remembered."""
    monkeypatch.setattr("chalicelib.domain.notifications.notification.MAX_REMEMBERED", 20)
    notifying = scene_with_suspended()
    notifying.seconds = 20.6
    for number in range(200):
        notifying.happens(f"m{number:03}", NOON + timedelta(microseconds=number))
    ran = notifying.a_minute_later()
    assert ran.ended == "out-of-time"
    assert 0 < ran.sent < 200
    while notifying.a_minute_later().ended == "out-of-time":
        pass
    assert notifying.sent == [f"m{number:03}" for number in range(200)]


LATE = RunSummary(late=1, ended="out-of-time")


def test_a_run_stops_in_time_and_the_next_continues_there():
    notifying = scene_with_suspended()
    for hour in range(6):
        notifying.happens(f"m{hour}", NOON + hour * HOUR)
    notifying.world.later(hours=6)
    notifying.pages, notifying.seconds_for_a_page = 0, 1.0
    runs = 0
    while (ran := notifying.a_minute_later()).ended == "out-of-time":
        assert ran.late == 1
        runs += 1
        assert runs < 30
    assert runs > 5
    assert notifying.sent == [f"m{hour}" for hour in range(6)]
    # Each run reads other minutes than the one before: 375 of them, those that passed meanwhile,
    # and once more the look-back of the pass that is over.
    assert notifying.pages < 375 + 2 * runs + 40


def test_a_minute_too_long_for_one_run_is_late_but_breaks_nothing(monkeypatch):
    notifying = scene_with_suspended("alice")
    notifying.seconds_for_a_page = 36.0
    monkeypatch.setattr("chalicelib.usecases.notifications.trail_run._PAGE", 1)
    for number in range(3):
        notifying.happens(f"m{number}", NOON + number * SECOND)
    assert notifying.a_minute_later(3) == LATE
    notifying.seconds_for_a_page = 0.0
    notifying.a_minute_later()
    assert notifying.sent == ["alice", "m0", "m1", "m2"]


def test_late_entries_are_sent_after_a_pass_of_several_runs():
    """The next pass begins a look-back before this one began, and not before it ended."""
    notifying = scene_with_suspended()
    notifying.world.later(hours=2)
    notifying.seconds_for_a_page = 1.0
    assert notifying.a_minute_later() == LATE
    late = notifying.world.clock
    while notifying.a_minute_later().ended == "out-of-time":
        pass
    assert notifying.world.clock - late > 2 * MINUTE
    notifying.happens("alice", NOON + 2 * HOUR)  # read already, and not there then
    notifying.a_minute_later(3)
    assert notifying.sent == ["alice"]


def test_a_slow_channel_does_not_starve_the_others():
    """The channels take turns in going first."""
    notifying = scene_with_suspended(channels=("alarm",))
    for number in range(30):
        notifying.happens(f"m{number}", details={"kind": "lead"})
    slack, alarms = notifying.channels

    def takes_long(_):
        notifying.left -= 9.0
        return DELIVERED

    slack.result_for = takes_long
    first, second = notifying.a_minute_later(), notifying.a_minute_later()
    assert "out-of-time" in (first.ended, second.ended)
    assert 0 < len(slack.delivered) < len(alarms.delivered) == 30


def test_the_trail_is_read_once_for_all_channels():
    alone, several = NotifyScene(), NotifyScene("mail", "alarm")
    for notifying in (alone, several):
        notifying.a_minute_later(2)
    assert alone.pages == several.pages > 0
