"""SlackWork carries out an action once, if its lead may, and posts the outcome."""

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.pending import LONGEST_RUN, PendingAction
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version
from chalicelib.entrypoints.slack.work import slack_work
from chalicelib.usecases.slack.dispatch import StillRunning
from tests.entrypoints.slack.leads import (
    BOB,
    LENA,
    WHY,
    completed_actions,
    confirmation_buttons,
    fresh_slack_api,
    last_post,
    run_work,
)
from tests.entrypoints.slack.request_scene import REQUEST, let_alice_ask, with_request
from tests.fakes import NOON
from tests.fakes.slack import RESPONSE_URL, buttons_of, text_of
from tests.rows import every

REVOKED_BY_LENA = [("lena", Action.ENGAGEMENT_REVOKE)]


class Killed(BaseException):
    """Raised where the function is killed: no code of Daypass runs after it."""


def killed():
    raise Killed


def pressed(api, text=f"revoke engagement acme-prod {WHY}"):
    """Return SlackWork's event after Lena has pressed."""
    api.presses(confirmation_buttons(api, text)["do"], LENA)
    task, url = api.workspace.queue.enqueued[-1]
    return {"task": task, "response_url": url}


def test_after_an_unclear_failure_slack_says_that_the_action_may_have_been_done(api, output):
    event = pressed(api)
    error = Unavailable(Reason.RECORDS_UNAVAILABLE)
    error.__cause__ = ConnectionError("no table answers")
    api.world.fails_at("vends", error)

    assert slack_work(event, None) == {"done": False}

    assert completed_actions(api) == REVOKED_BY_LENA
    assert "does not know whether it completed the action" in last_post(api)
    assert "Type the command again" in last_post(api)
    (line,) = [line for line in output.lines() if line["message"] == "upstream"]
    assert line["cause"] == "ConnectionError: no table answers"


@every(
    "text, sender",
    [(f"approve {REQUEST}", BOB), ("freeze because a laptop is lost", LENA)],
    api=fresh_slack_api,
)
def test_an_action_that_was_killed_after_its_effect_is_carried_out_once(api, text, sender):
    let_alice_ask(api)
    with_request(api)
    api.presses(buttons_of(api.types(text, sender).json)["do"], sender)
    outcome = run_work(api)
    done = completed_actions(api)
    ((task, url),) = api.workspace.queue.enqueued
    (pending,) = api.world.find(PendingAction, where=lambda each: each.hash == task)
    api.world.add(next_version(pending, ended_at=None, outcome=""))
    api.world.later(seconds=LONGEST_RUN.total_seconds() + 1)
    slack_work({"task": task, "response_url": url}, None)
    assert completed_actions(api) == done
    assert last_post(api) == outcome


def test_an_event_that_lambda_kept_for_long_does_nothing(api):
    event = pressed(api)
    api.world.later(minutes=10)

    slack_work(event, None)

    assert "could not start the action in time" in last_post(api)
    assert completed_actions(api) == []


NO_LEAD = {
    "suspended": (Member, lambda member: member.id == "lena", {"suspended_at": NOON}),
    "unbound": (Token, lambda token: token.subject == "ULENA", {"revoked_at": NOON}),
    "stepped down": (Member, lambda member: member.id == "lena", {"kind": Kind.MEMBER}),
}


@pytest.mark.parametrize("change", NO_LEAD)
def test_a_former_leads_action_does_nothing(api, change):
    pressed(api)
    kind, where, changes = NO_LEAD[change]
    api.world.add(*(next_version(item, **changes) for item in api.world.find(kind, where=where)))

    assert "Nothing was done." in run_work(api)
    assert completed_actions(api) == []


def test_an_event_delivered_again_during_the_work_is_retried_later(api):
    event = pressed(api)

    def again():
        with pytest.raises(StillRunning):
            slack_work(event, None)

    api.world.just_before("apply", again)
    slack_work(event, None)

    assert slack_work(event, None) == {"done": False}
    assert len(api.workspace.responder.posted) == 2  # "started" and the outcome


def test_one_of_two_simultaneous_functions_carries_it_out(api):
    event = pressed(api)
    api.world.just_before("save", lambda: slack_work(event, None))

    with pytest.raises(StillRunning):
        slack_work(event, None)

    assert completed_actions(api) == REVOKED_BY_LENA


def test_the_next_function_carries_out_what_a_killed_one_left(api):
    event = pressed(api)
    api.world.just_before("apply", killed)
    with pytest.raises(Killed):
        slack_work(event, None)
    with pytest.raises(StillRunning):  # no one knows yet that it was killed
        slack_work(event, None)
    api.world.later(seconds=LONGEST_RUN.total_seconds() + 1)

    assert slack_work(event, None) == {"done": True}
    assert completed_actions(api) == REVOKED_BY_LENA


def test_an_action_stays_done_if_slack_does_not_accept_the_outcome(api):
    pressed(api)
    api.workspace.responder.accepts = lambda: False

    run_work(api)

    assert completed_actions(api) == REVOKED_BY_LENA
    assert len(api.workspace.responder.posted) == 1 + 3


@every("event", [None, {}, {"task": "x", "response_url": ""}, {"task": "0" * 64}, [], {"other": 1}])
def test_a_malformed_event_does_nothing(api, event):
    assert "reason" in slack_work(event, None)
    assert api.workspace.responder.posted == []
    assert api.world.entries == []


def test_an_unknown_action_is_answered_and_does_nothing(api):
    event = {"task": "0" * 64, "response_url": RESPONSE_URL}

    assert slack_work(event, None) == {"done": False}

    ((url, message),) = api.workspace.responder.posted
    assert url == RESPONSE_URL
    assert "This confirmation is no longer valid." in text_of(message)


def test_an_action_that_hits_a_bug_is_not_done(api, output):
    event = pressed(api)
    api.world.fails_at("save", ValueError("a bug"))

    assert slack_work(event, None) == {"done": False}
    assert "Something broke" in last_post(api)
    (bug,) = [line for line in output.lines() if line["message"] == "bug"]
    assert f"request {bug['correlation_id']}" in last_post(api)


def test_an_unconfirmed_action_is_not_carried_out(api):
    confirmation_buttons(api)
    (pending,) = api.world.find(PendingAction)

    assert slack_work({"task": pending.hash, "response_url": ""}, None) == {"done": False}
    assert api.world.entries == []
