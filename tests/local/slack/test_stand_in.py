"""The stand-in sends what Slack sends, and accepts what Slack accepts."""

import json
import urllib.request
from urllib.error import HTTPError

import pytest

from local.slack.requests import Person, escaped
from local.slack.stand_in import Answer, Posted, SlackStandIn
from tests.local.slack.tiny_daypass import tiny_daypass

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"
ALICE = Person("U0ALICE", "alice", "T0EXAMPLE")
BUTTON = {
    "type": "button",
    "text": {"type": "plain_text", "text": "Revoke"},
    "action_id": "do",
    "value": "of-a-task",
}


@pytest.fixture
def daypass():
    with tiny_daypass() as tiny:
        yield tiny


@pytest.fixture
def slack(daypass):
    with SlackStandIn(SECRET, daypass.url) as standing_in:
        yield standing_in


def post(url, body):
    request = urllib.request.Request(url, body, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, answer.headers.get("Retry-After")
    except HTTPError as refused:
        with refused:
            return refused.code, refused.headers.get("Retry-After")


def say(url, text):
    return post(url, json.dumps({"text": text}).encode())[0]


# --- requests of the stand-in -------------------------------------------------------------------


def test_a_command_is_the_form_that_slack_sends(slack, daypass):
    slack.deliver(slack.command("who acme-prod", ALICE))
    (called,) = daypass.called
    assert called.path == "/v1/slack/commands"
    assert called.headers["Content-Type"] == "application/x-www-form-urlencoded"
    form = called.form
    assert form["response_url"].startswith(f"{slack.url}/commands/")
    ids = ("T0EXAMPLE", "C0GENERAL", "U0ALICE")
    assert (form["team_id"], form["channel_id"], form["user_id"]) == ids
    assert (form["command"], form["text"]) == ("/daypass", "who acme-prod")


@pytest.mark.parametrize(
    "text", ["", "list", "access acme-prod because “ümläut” & 🔥\n", "a" * 3001]
)
def test_slacks_sdk_accepts_the_signature(slack, daypass, text):
    slack.deliver(slack.command(text, ALICE))
    slack.deliver(slack.press(BUTTON, ALICE))
    assert all(called.is_signed_with(SECRET) for called in daypass.called)
    assert not any(called.is_signed_with("another") for called in daypass.called)
    assert daypass.called[0].form["text"] == text


def test_a_delivery_ends_when_slack_would_time_out(slack, daypass):
    daypass.seconds = 0.5
    assert slack.deliver(slack.command("list", ALICE), patience=0.1) == Answer(0, None)


def test_typed_text_is_escaped_and_names_become_mentions():
    people = {"alice": ALICE}
    assert escaped("grant @alice a<b & @bob", people) == (
        "grant <@U0ALICE|alice> a&lt;b &amp; @bob"
    )


# --- requests to the stand-in -------------------------------------------------------------------


def test_posts_to_a_response_url_and_to_the_webhook_are_kept(slack):
    command = slack.command("list", ALICE)
    assert say(command.response_url, "for her") == 200
    assert say(slack.webhook, "for all") == 200
    for_her, for_all = slack.wait_for(2)
    assert (for_her.message, for_her.is_for_the_channel) == ({"text": "for her"}, False)
    assert (for_all.message, for_all.is_for_the_channel) == ({"text": "for all"}, True)


@pytest.mark.parametrize("body", [b"", b"payload=%7B%7D", b"[]", b"\xff", b'"text"'])
def test_a_body_that_is_no_message_is_refused(slack, body):
    assert post(slack.webhook, body)[0] == 400
    assert slack.posted == [Posted(slack.webhook_path, {}, 400)]
