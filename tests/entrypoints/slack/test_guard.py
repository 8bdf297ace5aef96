"""Requests that Slack did not sign, from other workspaces, or received before."""

import json
from urllib.parse import urlencode

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.signatures import SlackSecrets
from tests.entrypoints.slack.leads import (
    ALICE,
    LENA,
    answer_to,
    confirmation_buttons,
    fresh_slack_api,
)
from tests.fakes.slack import PREVIOUS, SIGNING, TEAM, command, person, press, signed, text_of
from tests.rows import every

COMMANDS, ACTIONS = "/v1/slack/commands", "/v1/slack/actions"
BUTTON = {"action_id": "do", "value": "x", "text": {"type": "plain_text", "text": "Do it"}}

# More of them in tests/domain/slack/test_signatures.py.
WRONG = {
    "no signature": {"X-Slack-Signature": ""},
    "beyond ASCII": {"X-Slack-Signature": "v0=" + "é" * 64},
    "no time": {"X-Slack-Request-Timestamp": ""},
    "a time beyond all years": {"X-Slack-Request-Timestamp": "9" * 400},
    "another secret": {"secret": "not-the-secret"},
    "too old": {"seconds": -301},
}


@every("wrong", WRONG)
@every("path", [COMMANDS, ACTIONS], api=fresh_slack_api)
def test_a_request_without_a_recent_signature_gets_a_401_and_does_nothing(api, output, wrong, path):
    output.clear()
    form = command("help", LENA) if path == COMMANDS else press(BUTTON, LENA)

    answer = api.from_slack(path, form, **WRONG[wrong])

    assert (answer.status, answer.reason) == (401, "slack-signature-refused")
    assert set(api.world.steps) <= {"secrets"}
    assert api.world.entries == []
    assert [line["level"] for line in output.lines()] == ["INFO"]  # a probe raises no alarm


def test_a_form_that_was_changed_after_it_was_signed_is_refused(api):
    sent = signed(command("list", ALICE), api.world)
    forged = sent["body"].replace("UALICE", "ULENA")

    answer = api.send("POST", COMMANDS, raw=forged, headers=sent["headers"])

    assert (answer.status, answer.reason) == (401, "slack-signature-refused")


def test_a_new_secret_works_at_once_in_a_container_with_the_old_one(api):
    for secret, seconds in ((SIGNING, 0), (PREVIOUS, -300), (PREVIOUS, 300)):
        assert api.types("help", ALICE, secret=secret, seconds=seconds).status == 200
    api.workspace.secret_store.stored = SlackSecrets(team=TEAM, signing_secret="new")

    assert api.types("help", ALICE, secret="new").status == 200
    assert api.types("help", ALICE, secret=SIGNING).status == 401


def test_without_slacks_secrets_the_routes_refuse(api, monkeypatch):
    api.world.fails_at("secrets", Unavailable(Reason.RECORDS_UNAVAILABLE))
    answer = api.types("help", ALICE)
    assert (answer.status, answer.reason) == (503, "records-unavailable")

    monkeypatch.setattr("chalicelib.bootstrap.slack_ports", lambda: None)
    answer = api.types("help", ALICE)
    assert (answer.status, answer.reason) == (404, "slack-not-set-up")


@every("text", ["list", "link", "access acme-prod", "verify acme-prod"], api=fresh_slack_api)
def test_the_sender_sees_that_the_records_do_not_answer(api, output, text):
    """Slack shows nothing of a 503; and by then it is known that it was Slack who asked."""
    api.types("help", LENA)  # so that the secrets are at hand
    cause = OSError("no answer")

    def fails(_):
        raise Unavailable(Reason.RECORDS_UNAVAILABLE) from cause

    api.world.before = fails
    answer = api.types(text, LENA)

    assert answer.status == 200
    answer = text_of(answer.json)
    assert "cannot reach its records" in answer
    assert "records-unavailable, request" in answer
    *_, warning, line = output.lines()
    assert (warning["level"], line["reason"]) == ("WARNING", "records-unavailable")


def test_a_duplicate_request_says_what_to_do_if_the_first_one_had_no_effect(api):
    """The function may have stopped right after it stored that it saw the request."""
    sent = signed(command("link", ALICE), api.world)
    for _ in range(2):
        again = api.send("POST", COMMANDS, raw=sent["body"], headers=sent["headers"])

    answer = text_of(again.json)
    assert "begun" not in answer
    assert "If the first request had no effect, type the command again." in answer


def test_a_form_that_is_far_too_long_is_not_read(api):
    answer = api.from_slack(COMMANDS, "text=" + "a" * 60_000)

    assert (answer.status, answer.reason) == (413, "body-too-large")


def test_people_of_other_workspaces_are_refused(api):
    answer = answer_to(api, "list", person("alice", team="T0OTHER"))

    assert "This Daypass deployment belongs to a different Slack workspace" in answer
    assert "slack-other-workspace" in answer


def pressed(api, **changes):
    """Press Lena's confirmation, with these changes to what Slack sends."""
    button = BUTTON | {"value": confirmation_buttons(api)["do"]["value"]}
    payload = json.loads(press(button, LENA)["payload"]) | changes
    return api.from_slack(ACTIONS, {"payload": json.dumps(payload)})


@every("change", [{"user": {"id": "ULENA", "team_id": "T0OTHER"}}, {"team": {"id": "T0OTHER"}}])
def test_a_press_from_another_workspace_does_nothing(api, change):
    answer = pressed(api, **change)

    assert "slack-other-workspace" in text_of(answer.json)
    assert api.workspace.queue.enqueued == []


FORGED = {
    "nothing": "",
    "no payload": urlencode({"other": "x"}),
    "no JSON": urlencode({"payload": "{"}),
    "null": urlencode({"payload": "null"}),
    "a list": urlencode({"payload": "[]"}),
    "no actions": urlencode({"payload": json.dumps({"actions": []})}),
    "deep": urlencode({"payload": "[" * 9_000}),
    "a user that is a number": urlencode(
        {"payload": json.dumps({"actions": [{"action_id": "do"}], "user": 7, "team": {"id": "T"}})}
    ),
    "no UTF-8": "payload=%ff",
    "many fields": "&".join(f"f{n}=x" for n in range(60)),
    "no fields": "payload",
}


@every("what", FORGED, api=fresh_slack_api)
def test_a_signed_form_that_slack_never_sends_is_refused_in_words(api, output, what):
    for path in (COMMANDS, ACTIONS):
        answer = api.from_slack(path, FORGED[what])

        assert answer.status == 200
        assert "malformed-body" in text_of(answer.json)
    assert {line["level"] for line in output.lines()} == {"INFO"}


@every("action", ["do", "leave", "revoke-link", "open", "approve-request", "deny-request"])
@every(
    "value",
    [
        "x",
        "a" * 63,
        "A" * 64,
        "a" * 64 + "\n",
        "a" * 2100,
        "\ud800",
        "\u0661" * 64,
        7,
        ["a"],
        "alice.",
        "x" * 65 + ".0",
    ],
)
def test_a_button_value_that_daypass_never_made_is_bad_input_and_no_alarm(
    api, output, action, value
):
    payload = json.loads(press(BUTTON, LENA)["payload"])
    payload["actions"][0] |= {"action_id": action, "value": value}
    before = dict(api.world.items)

    answer = api.from_slack(ACTIONS, {"payload": json.dumps(payload)})

    assert answer.status == 200
    assert "malformed-body" in text_of(answer.json)
    assert {line["level"] for line in output.lines()} == {"INFO"}
    assert (api.world.items, api.world.entries) == (before, [])


@every("url", ["\ud800", "https://hooks.slack.com/" + "a" * 9000, 7], api=fresh_slack_api)
def test_a_response_url_that_is_none_is_no_alarm(api, output, url):
    assert pressed(api, response_url=url).status == 200
    assert {line["level"] for line in output.lines()} == {"INFO"}


def test_ids_that_slack_does_not_have_are_refused(api):
    for change in ({"user_id": "u'\n"}, {"team_id": ""}, {"channel_id": "C/../"}):
        form = command("list", ALICE) | change

        assert "malformed-body" in text_of(api.from_slack(COMMANDS, form).json)
