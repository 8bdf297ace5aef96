"""A job looks up once a day what sessions did, where the client lets it."""

import itertools

from chalicelib.domain.errors import AwsRefused, Unavailable
from chalicelib.domain.evidence.reconciliation.look_ups import MAX_SHOWN, EventLookUp
from chalicelib.domain.notifications.recorded import build_notification
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.evidence.role_events import TOO_MANY, TOO_SLOW, UNREADABLE
from tests.builders import ROLE_ARN, a_block, a_role, a_verification, an_engagement
from tests.fakes import DAY, NOON, SECOND
from tests.rows import every
from tests.usecases.evidence.looking_up import CLIENT, LookingUp
from tests.usecases.lost_answers import failing, killed


def a_used_session():
    """Return a look-up, and the name of a session that did something."""
    looking = LookingUp()
    name = looking.vend()
    looking.opens(name)
    for _ in range(3):
        looking.does(name, "s3:ListBuckets")
    looking.does(name, "iam:CreateUser", awsRegion="us-east-1", errorCode="AccessDenied")
    return looking, name


def test_a_session_is_found_and_its_requests_are_stored():
    looking, name = a_used_session()

    assert looking.run_later() == 1

    actions = looking.actions(name)
    assert [(each.action, each.error, each.number) for each in actions.counts] == [
        ("s3:ListBuckets", "", 3),
        ("iam:CreateUser", "AccessDenied", 1),
    ]
    assert (actions.total, actions.is_whole) == (4, True)
    assert {each.region for each in actions.requests} == {"eu-central-1", "us-east-1"}
    assert actions.requests[0].at == NOON + SECOND
    assert actions.gone_after == looking.world.clock + 90 * DAY
    assert looking.texts() == [
        (
            "Daypass compared the CloudTrail events for acme-prod/readonly with the trail"
            " for the period from 23 November 2026, 15:00 UTC to 24 November 2026, 15:00 UTC."
            " Verdict: provisional. Daypass asked for the events of eu-central-1 and us-east-1"
            " only."
        )
    ]
    assert looking.alerts() == []
    assert not looking.failures


def test_its_own_session_is_recorded_before_it_begins_and_is_no_surprise_the_next_day():
    looking, _ = a_used_session()
    looking.run_later()
    (intent,) = looking.entries("intended")
    looking.opens(intent.details["session_names"].split()[0])

    looking.run_later(days=1)

    assert [entry.details["result"] for entry in looking.entries()] == ["provisional"] * 2


def test_each_vend_is_compared_once_and_no_time_is_left_out():
    looking = LookingUp()
    names = []
    for _ in range(4):
        names.append(looking.vend())
        looking.opens(names[-1])
        looking.run_later(hours=25)
    looking.run_later(hours=25)

    assert [entry.details["sessions"] for entry in looking.entries()] == ["1"] * 4 + ["0"]
    times = [(entry.details["since"], entry.details["until"]) for entry in looking.entries()]
    assert all(b[0] < a[1] for a, b in itertools.pairwise(times))
    assert all(looking.actions(name) is not None for name in names)


def test_it_asks_once_a_day_after_the_time_of_the_daily_check():
    looking = LookingUp()
    for _ in range(48):
        looking.run_later(hours=1)
    assert len(looking.entries("intended")) == len(looking.entries()) == 3


def lose(looking):
    """Lose the event of the session's beginning."""
    del looking.world.cloudtrail[ROLE_ARN][0]


def use_a_check(looking):
    """Take the name of a canary for a session without the session policy of a check, and use it."""
    looking.opens("@canary.0123456789abcdef")
    looking.does("@canary.0123456789abcdef", "s3:GetObject")


@every(
    "change, result, problem",
    [
        (
            lambda looking, _: looking.opens("mallory.0123456789abcdef"),
            "incomplete", "CRITICAL: account 123456789012 started 1 session",
        ),
        (
            lambda looking, _: looking.opens("alice.0123456789abcdef"),
            "incomplete", "CRITICAL: account 123456789012 started 1 session",
        ),
        (
            lambda looking, name: looking.opens(name, requestID="another"),
            "incomplete", "CRITICAL: for 1 session that Daypass requested",
        ),
        (
            lambda looking, _: looking.opens("x", account="999988887777"),
            "incomplete", "CRITICAL: account 999988887777 started",
        ),
        (
            lambda looking, _: use_a_check(looking),
            "incomplete", "CRITICAL: 1 session made requests",
        ),
        (lambda looking, _: looking.opens("x", account=CLIENT), "provisional", "Daypass asked"),
        (
            lambda looking, _: lose(looking),
            "incomplete", "No CloudTrail event was found for 1 session that Daypass issued",
        ),
    ],
)  # fmt: skip
def test_leads_are_notified_of_what_does_not_fit(change, result, problem):
    looking, name = a_used_session()
    change(looking, name)

    looking.run_later()

    (entry,) = looking.entries()
    assert entry.details["result"] == result
    assert entry.details["problems"].startswith(problem)
    alerts = ["unexplained-events"] * problem.startswith("CRITICAL")
    assert looking.alerts() == [(alert,) for alert in alerts]
    assert [event.alert for event in looking.world.alerts] == alerts


def test_a_vend_under_another_name_of_the_same_iam_role_is_known():
    looking = LookingUp()
    looking.world.add(a_role("again", arn=ROLE_ARN, verification=a_verification()))
    looking.opens(looking.vend())
    assert looking.run_later() == 2
    assert looking.alerts() == []


def test_a_client_that_does_not_let_daypass_costs_one_entry_a_day():
    looking = LookingUp()
    looking.vend()
    looking.world.cloudtrail.clear()
    before = len(looking.world.entries)
    for _ in range(3):
        assert looking.run_later(days=1) == 0
    entries = [e for e in looking.world.entries[before:] if e.engagement == "acme-prod"]
    assert entries == looking.entries("intended")
    assert len(entries) == 3
    assert looking.world.alerts == []


def test_a_client_that_stops_to_let_daypass_is_recorded_once():
    looking = LookingUp()
    looking.run_later()
    looking.world.cloudtrail.clear()
    looking.run_later(days=1)
    looking.run_later(days=1)
    assert looking.texts()[1:] == [
        "The client no longer lets Daypass look up CloudTrail events for acme-prod/readonly."
    ]


def test_events_are_looked_up_in_the_regions_that_the_client_lets():
    looking, name = a_used_session()
    looking.world.fails_at("look_up us-east-1", AwsRefused(Reason.AWS_REJECTED))
    looking.run_later()
    assert looking.actions(name).regions == ("eu-central-1",)
    assert looking.entries()[0].details["regions"] == "eu-central-1"


@every(
    "step, error",
    [
        ("open_event_history", AwsRefused(Reason.ROLE_REFUSED_DAYPASS)),
        ("open_event_history", Unavailable(Reason.AWS_UNREACHABLE)),
        ("look_up eu-central-1", Unavailable(Reason.AWS_THROTTLED)),
        ("look_up us-east-1", Unavailable(Reason.AWS_UNREACHABLE)),  # also an expired session
    ],
)
def test_a_failure_is_recorded_and_the_next_day_makes_up_for_it(step, error):
    looking, name = a_used_session()
    with failing(looking.scene, step, error):
        assert looking.run_later() == 0
        looking.run_later(hours=1)
    (failed,) = looking.entries("failed")
    assert failed.reason == error.reason
    assert looking.actions(name) is None
    assert looking.run_later(days=1) == 1
    assert looking.actions(name).total == 4
    assert not looking.failures


def test_ten_thousand_events_of_a_session_are_counted_as_far_as_they_are_read():
    looking, name = a_used_session()
    for _ in range(10_000):
        looking.does(name, "s3:GetObject")
    looking.run_later()
    actions = looking.actions(name)
    assert (actions.is_whole, actions.total) == (False, 501)
    assert len(actions.requests) == MAX_SHOWN


@every(
    "event, count, problem",
    [
        ({"eventTime": "2026-11-24T12:00:00Z, or so"}, 1, UNREADABLE),
        ({"eventName": 7}, 1, UNREADABLE),
        ({"account": CLIENT}, 10_001, TOO_MANY),  # these are left to the command
    ],
)
def test_an_answer_of_something_else_or_of_too_much_is_recorded_as_a_failure(event, count, problem):
    looking, _ = a_used_session()
    for _ in range(count):
        looking.opens("x", **event)
    assert looking.run_later() == 0
    assert looking.texts() == [
        f"Daypass could not look up CloudTrail events for acme-prod/readonly. {problem}"
    ]
    # Someone who floods the role with requests must not keep the look-up from telling the leads.
    (entry,) = looking.entries("failed")
    notification = build_notification(entry)
    assert notification is not None
    assert problem in notification.text


def test_a_look_up_that_takes_too_long_is_tried_again_and_then_recorded_as_a_failure():
    """Someone who floods the role with requests must not keep the leads from hearing of it."""
    looking, _ = a_used_session()
    looking.world.later(hours=4)
    failed = []
    for _ in range(5):
        times = iter([720.0])
        assert looking.run_later(time_left=lambda times=times: next(times, 20.0), hours=1) == 0
        failed.append(len(looking.entries("failed")))
    assert failed == [0, 0, 0, 1, 1]
    assert TOO_SLOW in looking.texts()[0]


def test_texts_of_events_are_cleaned_and_bounded():
    looking, name = a_used_session()
    looking.does(name, f"evil:{'x' * 500}\n\u202e<b>", errorCode="\u202e")
    looking.run_later()
    texts = [each.action + each.error for each in looking.actions(name).counts]
    assert all(len(text) < 140 and "\n" not in text and "\u202e" not in text for text in texts)


def steps_of_a_run():
    looking, _ = a_used_session()
    looking.world.steps.clear()
    looking.run_later()
    return len(looking.world.steps)


@every("count", lambda: range(steps_of_a_run()))
def test_a_run_that_is_killed_is_repeated_and_records_one_result(count):
    looking, name = a_used_session()
    with killed(looking.scene, count):
        looking.run_later()
    looking.run_later(hours=1)

    (entry,) = looking.entries()
    assert (entry.details["sessions"], entry.details["requests"]) == ("1", "4")
    assert looking.actions(name).total == 4
    assert not looking.failures


def test_two_runs_at_once_record_one_result():
    looking, name = a_used_session()
    looking.world.just_before("look_up us-east-1", looking.run)
    looking.run_later()
    assert len(looking.entries()) == 1
    assert looking.actions(name).total == 4


@every(
    "item, seconds",
    [
        (a_role(verification=None), 720.0),
        (a_role(ended_at=NOON), 720.0),
        (an_engagement(closed_at=NOON), 720.0),
        (a_block(), 720.0),
        (a_block("acme-prod"), 720.0),
        (a_role(), 299.0),
    ],
)
def test_only_a_verified_role_that_may_be_vended_from_is_looked_at_in_time(item, seconds):
    looking, _ = a_used_session()
    looking.world.add(item)
    assert looking.run_later(time_left=lambda: seconds) == 0
    assert looking.entries("intended") == []


def test_a_run_whose_time_is_up_leaves_the_sessions_that_it_has_not_read():
    looking, name = a_used_session()
    looking.world.later(hours=5)
    times = iter([720.0] * 3)
    looking.run(time_left=lambda: next(times, 20.0))
    assert looking.actions(name) is None
    assert "no time for the requests of 1 session" in looking.entries()[0].details["problems"]


def test_the_leads_hear_of_sessions_under_the_names_of_checks_that_it_had_no_time_for():
    """With many of them, a thief of the broker's role could hide the one that is used."""
    looking = LookingUp()
    for number in range(30):
        looking.opens(f"@canary.{number:016x}")
    looking.world.later(hours=5)
    times = iter([720.0] * 20)
    looking.run(time_left=lambda: next(times, 20.0))
    (entry,) = looking.entries()
    notification = build_notification(entry)
    assert notification is not None
    assert "could not be compared" in notification.title
    assert not notification.alerts


def test_a_bug_in_one_engagement_does_not_prevent_the_others():
    looking, name = a_used_session()
    looking.world.just_before("open_event_history", lambda: 1 / 0)
    looking.run_later()
    assert [type(each) for each in looking.failures] == [ZeroDivisionError]
    assert looking.stored() is None
    assert looking.scene.find(EventLookUp) != []
    assert looking.run_later(hours=1) == 1
    assert looking.actions(name).total == 4
