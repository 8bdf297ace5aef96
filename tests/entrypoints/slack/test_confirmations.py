"""Buttons and links in Slack: confirmations, decisions about requests, and access."""

import re
import subprocess

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.slack.pending import PendingAction
from chalicelib.domain.trail import Action
from tests.builders import a_role, an_engagement, an_intent
from tests.entrypoints.slack.leads import (
    ALICE,
    BOB,
    LENA,
    LUIS,
    NINA,
    WHY,
    answer_to,
    completed_actions,
    confirmation_buttons,
    last_post,
    run_work,
)
from tests.entrypoints.slack.request_scene import (
    REQUEST,
    approve_button,
    deny_button,
    let_alice_ask,
    with_request,
)
from tests.fakes.slack import buttons_of, press, signed, text_of, validated
from tests.rows import every


@pytest.fixture
def button(api):
    """The button of Lena's confirmation that revokes acme-prod."""
    return confirmation_buttons(api)["do"]


def test_one_of_two_simultaneous_presses_starts_the_action(api, button):
    api.world.just_before("save", lambda: api.presses(button, LUIS))

    api.presses(button, LENA)

    assert "by luis" in run_work(api)
    assert completed_actions(api) == [("luis", Action.ENGAGEMENT_REVOKE)]


def test_sessions_in_any_number_of_engagements_fit_into_the_confirmation(api):
    """Slack shows nothing of a message with a section of more than 3,000 characters. So someone
    with sessions in many engagements could keep leads from revoking them in Slack."""
    for number in range(40):
        engagement = f"an-engagement-of-a-client-{number:02}"
        intent = an_intent("bob", f"{number:016x}", engagement=engagement)
        api.scene.add(an_engagement(engagement))
        api.scene.entries.append(intent)
    answer = api.types(f"revoke member bob {WHY}", LENA).json
    assert "40 sessions" in text_of(answer)
    assert "do" in buttons_of(answer)


@every("value", ["", "0" * 64])
def test_a_guessed_value_does_nothing_and_no_value_is_stored(api, button, value):
    api.presses(button | {"value": value}, LENA)

    assert "no longer valid" in last_post(api)
    assert api.workspace.queue.enqueued == []
    (pending,) = api.world.find(PendingAction)
    assert button["value"] not in repr(pending)
    assert pending.hash != button["value"]


def test_a_press_can_be_repeated_after_the_invocation_failed(api, button):
    api.world.fails_at("enqueue", Unavailable(Reason.AWS_UNREACHABLE))
    api.presses(button, LENA)
    assert "Try again" in last_post(api)
    api.world.before = None

    api.presses(button, LENA)

    assert "by lena" in run_work(api)


def test_a_press_whose_write_the_sdk_retried_starts_the_action(api, button):
    """The first attempt succeeded, so the second finds the action started."""
    api.world.just_before("save", lambda: api.presses(button, LENA))
    api.workspace.queue.enqueued.clear()

    api.presses(button, LENA)

    assert api.workspace.queue.enqueued
    assert "by lena" in run_work(api)


def test_the_next_press_starts_an_action_that_was_never_invoked(api, button):
    api.presses(button, LENA)
    api.workspace.queue.enqueued.clear()  # the function was killed before it invoked the other

    api.presses(button, LUIS)

    assert "by lena" in run_work(api)
    assert completed_actions(api) == [("lena", Action.ENGAGEMENT_REVOKE)]


def test_the_sender_of_a_press_sees_that_a_bug_happened(api, button):
    api.world.fails_at("enqueue", RuntimeError("a bug"))

    assert api.presses(button, LENA).status == 200

    assert "Something broke in Daypass" in last_post(api)


@pytest.fixture
def waiting(api):
    let_alice_ask(api)
    with_request(api)
    return api


def posted(api):
    """Return the last posted message, which Slack accepts."""
    return validated(api.workspace.responder.posted[-1][1])


def status(api):
    (request,) = api.world.find(AccessRequest)
    return request.status


def replaces(message):
    """Return whether everyone in the channel sees the message in the place of the request's."""
    return bool(message["replace_original"])


def test_a_press_of_an_outsider_tells_nothing_of_a_request(api):
    """The button's value is guessable: an unknown request gets the same answer."""
    let_alice_ask(api, members=frozenset())
    with_request(api)
    answers = []
    for value in (REQUEST, "alice.0000000000000000", "nobody.0000000000000000"):
        api.presses(approve_button(value), BOB)
        answers.append(posted(api))
    assert answers[0] == answers[1] == answers[2]
    assert "This request does not exist" in text_of(answers[0])


def test_a_repeated_press_is_refused(api):
    let_alice_ask(api, people=2)
    with_request(api)
    sent = signed(press(approve_button(), BOB), api.world)
    for _ in range(2):
        api.send("POST", "/v1/slack/actions", raw=sent["body"], headers=sent["headers"])
    assert "did not carry it out a second time" in text_of(posted(api))
    assert len(api.world.entries) == 1


@pytest.mark.parametrize("step", ["token_and_member", "save", "change"])
@pytest.mark.parametrize("button", [approve_button(), deny_button()], ids=["approve", "deny"])
def test_a_press_while_the_records_do_not_answer_can_be_repeated(waiting, button, step):
    waiting.world.fails_at(step, Unavailable(Reason.RECORDS_UNAVAILABLE))
    waiting.presses(button, BOB, words="no")
    assert not replaces(posted(waiting))
    assert "try again" in text_of(posted(waiting)).lower()
    assert status(waiting) is RequestStatus.WAITING
    waiting.world.before = None
    waiting.world.later(seconds=1)
    waiting.presses(button, BOB, words="no")
    assert replaces(posted(waiting))
    assert status(waiting) is not RequestStatus.WAITING


CLOSED_TO_LINKS = a_role(allows_links=False)


def test_access_answers_with_a_link_whose_text_is_stored_nowhere(api):
    answer = api.types("access acme-prod readonly for 30m", ALICE).json
    secret = buttons_of(answer)["open"]["url"].rpartition("/access/")[2]
    assert len(secret) > 50
    assert secret not in repr(api.world.items) + repr(api.world.entries) + text_of(answer)


def typed_words(answer):
    """Return the words that a shell makes of the command in the answer, as Slack shows it."""
    (line,) = re.findall("```(.*)```", answer)
    shown = line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    process = subprocess.run(
        ["bash", "-c", f'daypass() {{ printf "%s\\0" daypass "$@"; }}; {shown}'],
        env={"PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        text=True,
    )
    return process.stdout.split("\0")[:-1]


def test_the_command_that_links_a_slack_user_has_no_code_on_its_line(api):
    answer = answer_to(api, "link", NINA)

    assert typed_words(answer) == ["daypass", "link-slack"]
    assert re.search(r"Your code is `[a-z2-7]{4}(-[a-z2-7]{4}){3}`", answer)


def test_a_role_without_links_gets_a_command_with_the_typed_arguments(api):
    """Neither the shell nor Slack interprets anything in the reason."""
    api.world.add(CLOSED_TO_LINKS)
    why = "it isn't `done` ``` <!channel> & $(touch /tmp/x) !x"
    typed = why.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    answer = answer_to(api, f"access acme-prod for 30m because {typed}")

    assert "a machine where you are logged in to Daypass" in answer
    assert typed_words(answer) == [
        "daypass",
        "shell",
        "acme-prod/readonly",
        f"--reason={why.replace('`', 'ˋ')}",
    ]
    assert "<!channel>" not in answer
