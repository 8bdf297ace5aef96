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
from tests.entrypoints.slack.leads import BOB, LENA
from tests.entrypoints.slack.request_scene import (
    REQUEST,
    approve_button,
    deny_button,
    let_alice_ask,
    with_request,
)
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
    (request,) = api.world.find(AccessRequest)
    return request.status


def replaces(message: Message) -> bool:
    """Return whether everyone in the channel sees the message in the place of the request's."""
    return bool(message["replace_original"])


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
    assert len(waiting.world.find(ApprovedGrant)) == 1
