"""No notification is lost silently: outages, refusals, killed runs, simultaneous runs."""

import pytest

from chalicelib.domain.notifications.notification import Delivery, DeliveryStatus
from chalicelib.usecases.notifications.notify import RunSummary
from chalicelib.usecases.notifications.trail_run import LONGEST_RETRY, OLDEST_ENTRY_AGE
from chalicelib.usecases.vending.end_session import revoke_session
from tests.fakes import NOON, SECOND, Killed
from tests.fakes.channels import DELIVERED
from tests.rows import every
from tests.usecases.lost_answers import failing
from tests.usecases.notifications.notifying import (
    DOWN,
    REFUSED,
    TIMED_OUT,
    NotifyScene,
    scene_with_suspended,
)
from tests.usecases.unreadable import fail

FAILS = RunSummary(failed=1, ended="not-delivered")


def failed(entry, why, **more):
    key = f"{entry:016x}"
    return {"via": "slack", "notice": key, "entry": key, "why": why, **more}


def test_while_slack_is_down_the_same_one_is_tried_and_then_all_go_out_in_their_order():
    notifying = scene_with_suspended("alice", "bob", "carol")
    notifying.channel.result_for = lambda _: DOWN
    for _ in range(40):
        assert notifying.a_minute_later() == FAILS
    notifying.happens("dora")
    assert set(notifying.channel.tried) == {"alice was suspended"}
    notifying.channel.result_for = lambda _: DELIVERED
    assert notifying.a_minute_later() == RunSummary(sent=4)
    assert notifying.sent == ["alice", "bob", "carol", "dora"]
    assert notifying.a_minute_later() == RunSummary()


def test_a_notice_that_failed_is_on_the_trail_once_until_it_is_given_up():
    notifying = scene_with_suspended("alice")
    notifying.channel.result_for = lambda _: DOWN
    notifying.a_minute_later(30)
    assert notifying.notices() == [failed(0, "503")]
    notifying.world.clock = NOON + LONGEST_RETRY - SECOND
    assert notifying.run() == FAILS
    assert len(notifying.notices()) == 1
    given_up = RunSummary(failed=1, given_up=1)
    assert notifying.a_minute_later() == given_up
    assert notifying.notices() == [failed(0, "503"), failed(0, "503", given_up="true")]
    notifying.channel.result_for = lambda _: DELIVERED
    assert notifying.a_minute_later() == RunSummary()
    assert notifying.sent == []


def test_a_permanent_refusal_is_given_up_at_once_and_the_next_is_sent():
    notifying = scene_with_suspended("alice", "bob")
    notifying.channel.result_for = lambda notice: REFUSED if notice.member == "alice" else DELIVERED
    assert notifying.a_minute_later() == RunSummary(sent=1, failed=1, given_up=1)
    assert notifying.sent == ["bob"]
    assert notifying.notices() == [failed(0, "404 no_service", given_up="true")]
    assert notifying.a_minute_later() == RunSummary()


@every("wait, minutes", [(30, 1), (150, 3), (3600, 60), (999_999, 60)])
def test_a_channels_requested_wait_is_kept_but_at_most_an_hour(wait, minutes):
    notifying = scene_with_suspended("alice")
    notifying.channel.result_for = lambda _: Delivery(DeliveryStatus.NOT_DELIVERED, "429", wait)
    assert notifying.a_minute_later() == FAILS
    notifying.channel.result_for = lambda _: DELIVERED
    for _ in range(minutes - 1):
        assert notifying.a_minute_later() == RunSummary(ended="not-delivered")
    assert notifying.a_minute_later() == RunSummary(sent=1)


@every(
    "answers, expected",
    [
        ([TIMED_OUT, DOWN, DELIVERED, DELIVERED], ["alice", "alice was suspended (again)", "bob"]),
        ([DOWN, DELIVERED, DELIVERED], ["alice", "bob"]),
    ],
)
def test_a_repeated_notification_says_whether_it_may_have_arrived(answers, expected):
    notifying = scene_with_suspended("alice", "bob")
    notifying.channel.result_for = lambda _: answers.pop(0)
    notifying.a_minute_later(3)
    assert notifying.sent == expected


def killed(notifying, step, *, nth=1):
    def kill():
        raise Killed

    notifying.world.just_before(step, kill, nth=nth)
    with pytest.raises(Killed):
        notifying.a_minute_later()


@every(
    "step, nth, expected",
    [
        ("save", 1, ["alice", "bob"]),
        ("send alice was suspended", 1, ["alice was suspended (again)", "bob"]),
        ("sent", 1, ["alice", "alice was suspended (again)", "bob"]),
        ("save", 2, ["alice", "alice was suspended (again)", "bob"]),
        ("send bob was suspended", 1, ["alice", "bob was suspended (again)"]),
        ("save", 3, ["alice", "bob", "bob was suspended (again)"]),
    ],
)
def test_a_killed_run_loses_nothing_and_marks_possible_repeats(step, nth, expected):
    notifying = scene_with_suspended("alice", "bob")
    killed(notifying, step, nth=nth)
    notifying.a_minute_later(3)
    assert notifying.sent == expected
    assert notifying.a_minute_later(20) == RunSummary()
    assert notifying.sent == expected


def test_one_that_fails_and_is_killed_before_that_is_remembered_is_recorded_again():
    notifying = scene_with_suspended("alice")
    notifying.channel.result_for = lambda _: DOWN
    killed(notifying, "save", nth=2)
    notifying.a_minute_later(3)
    assert notifying.notices() == [failed(0, "503")] * 2


@every(
    "step, results",
    [
        ("sent", (RunSummary(sent=2), RunSummary(ended="another-run"))),
        ("save", (RunSummary(ended="another-run"), RunSummary(sent=2))),
    ],
)
def test_of_two_runs_at_once_one_leaves_the_other_alone(step, results):
    notifying = scene_with_suspended("alice", "bob")
    other = []
    notifying.world.just_before(step, lambda: other.append(notifying.run()))
    assert (notifying.a_minute_later(), *other) == results
    assert notifying.sent == ["alice", "bob"]


def test_a_run_that_resumes_after_the_next_one_stops():
    notifying = scene_with_suspended("alice", "bob")

    def long_after():
        notifying.world.later(minutes=5)
        notifying.run()

    notifying.world.just_before("sent", long_after)
    assert notifying.a_minute_later() == RunSummary(sent=1, ended="another-run")
    assert notifying.sent == ["alice", "alice was suspended (again)", "bob"]


@every("step", ["save", "record failed"])
def test_unavailable_records_end_the_run_and_lose_nothing(step):
    notifying = scene_with_suspended("alice")
    notifying.channel.result_for = lambda _: DOWN
    with failing(notifying.scene, step):
        assert notifying.a_minute_later().ended == "records-unavailable"
    assert len(notifying.errors) == 1
    notifying.channel.result_for = lambda _: DELIVERED
    notifying.a_minute_later(3)
    assert [item.partition(" ")[0] for item in notifying.sent] == ["alice"]


def test_a_failing_channel_does_not_block_or_repeat_the_others():
    notifying = scene_with_suspended("alice", "bob", channels=("mail",))
    notifying.channel.result_for = lambda _: DOWN
    assert notifying.a_minute_later() == RunSummary(sent=2, failed=1, ended="not-delivered")
    notifying.a_minute_later(5)
    slack, mail = notifying.channels
    assert slack.delivered == []
    assert mail.delivered == ["alice was suspended", "bob was suspended"]
    notifying.channel.result_for = lambda _: DELIVERED
    notifying.a_minute_later()
    assert slack.delivered == mail.delivered


def test_unavailable_secrets_do_not_block_mails():
    notifying = scene_with_suspended("alice", channels=("mail",))
    mail = notifying.channels[1]
    notifying.opens = lambda: (fail, lambda: mail)
    ran = notifying.a_minute_later()
    assert ran == RunSummary(sent=1, ended="records-unavailable")
    assert mail.delivered == ["alice was suspended"]
    assert len(notifying.errors) == 1


def test_after_a_pause_a_revoked_session_does_not_hide_what_happened_before_its_revocation():
    notifying = NotifyScene()
    notifying.run()
    scene = notifying.scene
    scene.vend()
    session = scene.entries[0].vend
    notifying.world.later(minutes=20)
    notifying.happens("bob")
    notifying.world.later(minutes=30)
    scene.do(revoke_session, "alice", session)
    notifying.a_minute_later()
    assert notifying.sent == ["bob", "One of alice's sessions was revoked"]


def test_after_a_long_pause_people_hear_of_the_last_day_and_the_trail_says_of_the_rest():
    notifying = scene_with_suspended("alice")
    notifying.world.later(days=30)
    notifying.happens("bob")
    assert notifying.a_minute_later() == RunSummary(sent=1, failed=1)
    assert notifying.sent == ["bob"]
    (skipped,) = notifying.notices()
    until = notifying.world.clock - OLDEST_ENTRY_AGE
    assert skipped == {
        "via": "slack",
        "not_told_from": "2026-11-24T11:45:00Z",
        "not_told_until": until.isoformat().replace("+00:00", "Z"),
        "given_up": "true",
    }
    assert notifying.a_minute_later() == RunSummary()
