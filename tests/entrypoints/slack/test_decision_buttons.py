"""The buttons of a request's message: a press proves nothing but who pressed."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.slack.messages import Message
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ADA, ALICE, BOB, LENA, NINA, SAM
from tests.entrypoints.slack.request_scene import (
    REQUEST,
    approve_button,
    deny_button,
    let_alice_ask,
    with_request,
)
from tests.entrypoints.slack.transcript import Transcript
from tests.fakes.slack import press, signed, text_of, validated


@pytest.fixture
def waiting(api: Api) -> Api:
    let_alice_ask(api)
    with_request(api)
    return api


def posted(api: Api) -> Message:
    """Return the last posted message, which Slack accepts."""
    return validated(api.workspace.responder.posted[-1][1])


def status(api: Api) -> RequestStatus:
    (request,) = api.world.find(AccessRequest, where=lambda _: True)
    return request.status


def replaces(message: Message) -> bool:
    """Return whether everyone in the channel sees the message in the place of the request's."""
    return bool(message["replace_original"])


APPROVE, DENY = "approve-request", "deny-request"
INVALID = (None, "", " \n", "\u200b", "x" * 201, "daypass_alice_" + "k" * 43)


@pytest.mark.golden
def test_presses_decide_as_the_file_says(slack: Transcript) -> None:
    def start_again(text: str, **policy: Any) -> None:
        slack.start_again(text)
        let_alice_ask(slack.api, **policy)
        with_request(slack.api)
        slack.show(approve_button(), deny_button())

    start_again("a lead or bob decides")
    for button in (APPROVE, DENY):
        for sender in (ALICE, ADA, SAM, NINA):
            slack.press(sender, button, words="no")
    for words in INVALID:
        slack.press(BOB, DENY, words=words)
    slack.press(BOB, DENY, words="  the <release> is frozen ")
    slack.press(LENA, DENY, words="no")
    slack.press(LENA, APPROVE)
    start_again("approved")
    slack.press(BOB, APPROVE)
    start_again("two people have to approve", people=2)
    slack.press(BOB, APPROVE)
    slack.api.world.later(minutes=1)
    slack.press(BOB, APPROVE)
    slack.press(LENA, APPROVE)
    start_again("the client has to approve, too", client=True)
    slack.press(BOB, APPROVE)
    start_again("deploy is sensitive", sensitive=True)  # a denial opens nothing
    slack.press(BOB, APPROVE)
    slack.press(BOB, DENY, words="no")
    start_again("expired")
    slack.api.world.later(hours=1)
    slack.press(BOB, APPROVE)
    start_again("the grant is revoked")
    path = "/v1/engagements/acme-prod/grants/alice/revoke"
    slack.api.post(path, "lena", {"reason": "over"})
    slack.press(BOB, APPROVE)
    assert slack.api.world.find(ApprovedGrant, where=lambda _: True) == []
    slack.hold("decision-buttons")


def test_a_press_of_an_outsider_tells_nothing_of_a_request(api: Api) -> None:
    """The button's value is guessable: an unknown request gets the same answer."""
    let_alice_ask(api, members=frozenset())
    with_request(api)
    answers = []
    for value in (REQUEST, "alice.0000000000000000", "nobody.0000000000000000"):
        api.presses(approve_button(value), BOB)
        answers.append(posted(api))
    assert answers[0] == answers[1] == answers[2]
    assert "There is no such request" in text_of(answers[0])


def test_a_repeated_press_is_refused(api: Api) -> None:
    let_alice_ask(api, people=2)
    with_request(api)
    sent = signed(press(approve_button(), BOB), api.world)
    for _ in range(2):
        api.send("POST", "/v1/slack/actions", raw=sent["body"], headers=sent["headers"])
    assert "did not carry it out a second time" in text_of(posted(api))
    assert len(api.world.entries) == 1


@pytest.mark.parametrize(
    "value", ["alice", "alice.", "../acme", "x" * 65 + ".0", {"a": 1}, ["alice.x"], 7]
)
def test_a_value_that_is_no_requests_id_is_refused(waiting: Api, value: object) -> None:
    waiting.presses({**approve_button(), "value": value}, BOB)
    assert status(waiting) is RequestStatus.PENDING
    assert waiting.workspace.responder.posted == []


@pytest.mark.parametrize("step", ["token_and_member", "save", "change"])
@pytest.mark.parametrize("button", [approve_button(), deny_button()], ids=["approve", "deny"])
def test_a_press_while_the_records_do_not_answer_can_be_repeated(
    waiting: Api, button: dict[str, Any], step: str
) -> None:
    waiting.world.fails_at(step, Unavailable(Reason.RECORDS_UNAVAILABLE))
    waiting.presses(button, BOB, words="no")
    assert not replaces(posted(waiting))
    assert "try again" in text_of(posted(waiting)).lower()
    assert status(waiting) is RequestStatus.PENDING
    waiting.world.before = None
    waiting.world.later(seconds=1)
    waiting.presses(button, BOB, words="no")
    assert replaces(posted(waiting))
    assert status(waiting) is not RequestStatus.PENDING


def test_a_press_whose_answer_from_the_records_is_lost_decides_once(waiting: Api) -> None:
    """The transaction succeeded, and Daypass did not hear of it."""
    made: list[str] = []

    def lose(name: str) -> None:
        if made and made[-1] == "change" and name != "change":
            waiting.world.before = None
            raise Unavailable(Reason.RECORDS_UNAVAILABLE)
        made.append(name)

    waiting.world.before = lose
    waiting.presses(approve_button(), BOB)
    waiting.world.before = None
    waiting.world.later(seconds=1)
    waiting.presses(approve_button(), LENA)
    assert "approved this request" in text_of(posted(waiting))
    assert len(waiting.world.find(ApprovedGrant, where=lambda _: True)) == 1
