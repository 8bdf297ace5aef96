"""No notice is lost silently: Slack down and up again, refusals, runs killed, two at once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.notifications.delivery import ChannelKind, Delivery, DeliveryStatus
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.notifications.channel_run import LONGEST_WAIT, OLDEST, Ended
from chalicelib.usecases.notifications.notify import Notifying
from tests.fakes import NOON
from tests.fakes.channels import TAKEN
from tests.usecases.notifications.notifying import (
    DOWN,
    MINUTE,
    REFUSED,
    TIMED_OUT,
    Telling,
    telling_of,
)

FAILS = Notifying(failed=1, ended=Ended.NOT_TAKEN)


def failed(entry: int, why: str, **more: str) -> dict[str, str]:
    key = f"{entry:016x}"
    return {"via": "slack", "notice": key, "entry": key, "why": why, **more}


def test_while_slack_is_down_the_same_one_is_tried_and_then_all_go_out_in_their_order() -> None:
    telling = telling_of("alice", "bob", "carol")
    telling.channel.says = lambda _: DOWN
    for _ in range(40):
        assert telling.a_minute_later() == FAILS
    telling.happens("dora")
    assert set(telling.channel.tried) == {"alice is suspended"}
    telling.channel.says = lambda _: TAKEN
    assert telling.a_minute_later() == Notifying(told=4)
    assert telling.told == ["alice", "bob", "carol", "dora"]
    assert telling.a_minute_later() == Notifying()


def test_a_notice_that_failed_is_on_the_trail_once_until_it_is_given_up() -> None:
    telling = telling_of("alice")
    telling.channel.says = lambda _: DOWN
    telling.a_minute_later(30)
    assert telling.notices() == [failed(0, "503")]
    telling.world.clock = NOON + LONGEST_WAIT - timedelta(seconds=1)
    assert telling.run() == FAILS
    assert len(telling.notices()) == 1
    given_up = Notifying(failed=1, given_up=1)
    assert telling.a_minute_later() == given_up
    assert telling.notices() == [failed(0, "503"), failed(0, "503", given_up="true")]
    telling.channel.says = lambda _: TAKEN
    assert telling.a_minute_later() == Notifying()
    assert telling.told == []


def test_each_has_its_own_twenty_four_hours() -> None:
    telling = telling_of("alice")
    telling.happens("bob", NOON + timedelta(minutes=30))
    telling.channel.says = lambda _: DOWN
    telling.a_minute_later()
    telling.world.clock = NOON + LONGEST_WAIT + MINUTE
    assert telling.run() == Notifying(failed=2, given_up=1, ended=Ended.NOT_TAKEN)
    telling.channel.says = lambda _: TAKEN
    telling.a_minute_later()
    assert telling.told == ["bob"]


def test_what_is_refused_for_good_is_given_up_at_once_and_the_next_one_goes() -> None:
    telling = telling_of("alice", "bob")
    telling.channel.says = lambda notice: REFUSED if notice.member == "alice" else TAKEN
    assert telling.a_minute_later() == Notifying(told=1, failed=1, given_up=1)
    assert telling.told == ["bob"]
    assert telling.notices() == [failed(0, "404 no_service", given_up="true")]
    assert telling.a_minute_later() == Notifying()


@pytest.mark.parametrize(("wait", "minutes"), [(30, 1), (150, 3), (3600, 60), (999_999, 60)])
def test_who_asks_for_patience_is_left_alone_for_so_long_and_an_hour_at_most(
    wait: int, minutes: int
) -> None:
    telling = telling_of("alice")
    telling.channel.says = lambda _: Delivery(DeliveryStatus.NOT_TAKEN, "429", wait)
    assert telling.a_minute_later() == FAILS
    telling.channel.says = lambda _: TAKEN
    for _ in range(minutes - 1):
        assert telling.a_minute_later() == Notifying(ended=Ended.NOT_TAKEN)
    assert telling.a_minute_later() == Notifying(told=1)


@pytest.mark.parametrize(
    ("answers", "told"),
    [
        ([TIMED_OUT, DOWN, TAKEN, TAKEN], ["alice", "alice is suspended (again)", "bob"]),
        ([DOWN, TAKEN, TAKEN], ["alice", "bob"]),
    ],
    ids=["it may have arrived", "it certainly did not"],
)
def test_one_that_is_sent_again_says_whether_it_may_have_arrived(
    answers: list[Delivery], told: list[str]
) -> None:
    telling = telling_of("alice", "bob")
    telling.channel.says = lambda _: answers.pop(0)
    telling.a_minute_later(3)
    assert telling.told == told


class Killed(BaseException):
    """The function was ended at once."""


def killed(telling: Telling, step: str, *, nth: int = 1) -> None:
    def kill() -> None:
        raise Killed

    telling.world.just_before(step, kill, nth=nth)
    telling.world.later(minutes=1)
    with pytest.raises(Killed):
        telling.run()
    telling.world.before = None


@pytest.mark.parametrize(
    ("step", "nth", "told"),
    [
        ("save", 1, ["alice", "bob"]),
        ("send alice is suspended", 1, ["alice is suspended (again)", "bob"]),
        ("sent", 1, ["alice", "alice is suspended (again)", "bob"]),
        ("save", 2, ["alice", "alice is suspended (again)", "bob"]),
        ("send bob is suspended", 1, ["alice", "bob is suspended (again)"]),
        ("save", 3, ["alice", "bob", "bob is suspended (again)"]),
    ],
)
def test_a_run_that_is_killed_loses_nothing_and_says_what_may_come_twice(
    step: str, nth: int, told: list[str]
) -> None:
    telling = telling_of("alice", "bob")
    killed(telling, step, nth=nth)
    telling.a_minute_later(3)
    assert telling.told == told
    assert telling.a_minute_later(20) == Notifying()
    assert telling.told == told


def test_one_that_fails_and_is_killed_before_that_is_remembered_is_recorded_again() -> None:
    telling = telling_of("alice")
    telling.channel.says = lambda _: DOWN
    killed(telling, "save", nth=2)
    telling.a_minute_later(3)
    assert telling.notices() == [failed(0, "503")] * 2


def test_a_run_that_meets_another_at_work_leaves_it_alone() -> None:
    telling = telling_of("alice", "bob")
    other: list[Notifying] = []
    telling.world.just_before("sent", lambda: other.append(telling.run()))
    assert telling.a_minute_later() == Notifying(told=2)
    assert other == [Notifying(ended=Ended.ANOTHER_RUN)]
    assert telling.told == ["alice", "bob"]


def test_of_two_that_begin_at_once_one_stops_before_it_sends_anything() -> None:
    telling = telling_of("alice", "bob")
    other: list[Notifying] = []
    telling.world.just_before("save", lambda: other.append(telling.run()))
    assert telling.a_minute_later() == Notifying(ended=Ended.ANOTHER_RUN)
    assert other == [Notifying(told=2)]
    assert telling.told == ["alice", "bob"]


def test_one_that_was_thought_dead_stops_when_it_wakes() -> None:
    telling = telling_of("alice", "bob")

    def long_after() -> None:
        telling.world.later(minutes=5)
        telling.run()

    telling.world.just_before("sent", long_after)
    assert telling.a_minute_later() == Notifying(told=1, ended=Ended.ANOTHER_RUN)
    assert telling.told == ["alice", "alice is suspended (again)", "bob"]


@pytest.mark.parametrize("step", ["save", "record failed"])
def test_records_that_do_not_answer_end_the_run_and_nothing_is_lost(step: str) -> None:
    telling = telling_of("alice")
    telling.channel.says = lambda _: DOWN
    telling.world.fails_at(step, Unavailable(Reason.RECORDS_UNAVAILABLE))
    assert telling.a_minute_later().ended is Ended.RECORDS_UNAVAILABLE
    assert len(telling.errors) == 1
    telling.world.before = None
    telling.channel.says = lambda _: TAKEN
    telling.a_minute_later(3)
    assert [one.partition(" ")[0] for one in telling.told] == ["alice"]


def test_what_one_way_cannot_send_the_other_does_and_no_more_than_once() -> None:
    telling = telling_of("alice", "bob", via=(ChannelKind.MAIL,))
    telling.channel.says = lambda _: DOWN
    assert telling.a_minute_later() == Notifying(told=2, failed=1, ended=Ended.NOT_TAKEN)
    telling.a_minute_later(5)
    slack, mail = telling.channels
    assert slack.taken == []
    assert mail.taken == ["alice is suspended", "bob is suspended"]
    telling.channel.says = lambda _: TAKEN
    telling.a_minute_later()
    assert slack.taken == mail.taken


def test_records_that_fail_for_one_way_do_not_keep_the_other_from_being_told() -> None:
    telling = telling_of("alice", via=(ChannelKind.MAIL,))
    mail = telling.channels[1]

    telling.world.fails_at("send alice is suspended", Unavailable(Reason.RECORDS_UNAVAILABLE))
    telling.a_minute_later()
    assert len(telling.errors) == 2  # both went as far as sending
    telling.world.before = None
    telling.channel.says = lambda _: TAKEN
    telling.a_minute_later(3)
    assert [one.taken for one in (telling.channel, mail)] == [["alice is suspended (again)"]] * 2


def test_secrets_that_cannot_be_had_keep_the_mails_from_nobody() -> None:
    telling = telling_of("alice", via=(ChannelKind.MAIL,))
    mail = telling.channels[1]

    def closed() -> None:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    telling.opens = lambda: (closed, lambda: mail)  # type: ignore[method-assign]
    ran = telling.a_minute_later()
    assert ran == Notifying(told=1, ended=Ended.RECORDS_UNAVAILABLE)
    assert mail.taken == ["alice is suspended"]
    assert len(telling.errors) == 1


def test_after_a_long_pause_people_hear_of_the_last_day_and_the_trail_says_of_the_rest() -> None:
    telling = telling_of("alice")
    telling.world.later(days=30)
    telling.happens("bob")
    assert telling.a_minute_later() == Notifying(told=1, failed=1)
    assert telling.told == ["bob"]
    (skipped,) = telling.notices()
    until = telling.world.clock - OLDEST
    assert skipped == {
        "via": "slack",
        "not_told_from": "2026-11-24T11:45:00Z",
        "not_told_until": until.isoformat().replace("+00:00", "Z"),
        "given_up": "true",
    }
    assert telling.a_minute_later() == Notifying()


def test_a_day_of_slack_being_down_is_no_pause() -> None:
    """What was tried is given up one by one, and not as a span that nobody looked at."""
    telling = telling_of("alice", "bob")
    telling.channel.says = lambda _: DOWN
    telling.a_minute_later()
    for hour in range(1, 25):
        telling.world.clock = NOON + timedelta(hours=hour)
        telling.run()
    telling.a_minute_later()
    assert [one.get("given_up") for one in telling.notices()] == [None, "true"] * 2
    assert not [one for one in telling.notices() if "not_told_from" in one]
