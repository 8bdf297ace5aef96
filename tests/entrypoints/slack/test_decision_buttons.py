"""The buttons of a request's message: a press proves nothing but who pressed."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.slack.messages import Message
from chalicelib.domain.trail import Action, Outcome
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ADA, ALICE, BOB, LENA, NINA, SAM, answer_to
from tests.entrypoints.slack.request_scene import (
    REQUEST,
    approve_button,
    deny_button,
    let_alice_ask,
    with_request,
)
from tests.fakes.slack import buttons_of, press, signed, text_of, validated


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


def test_a_press_approves_and_replaces_the_message(waiting: Api) -> None:
    waiting.presses(approve_button(), BOB)
    message = posted(waiting)
    assert replaces(message)
    assert "response_type" not in message  # it stays visible to everyone
    assert "bob approved this request on 24 November 2026, 12:00 UTC." in text_of(message)
    assert "> the import fails" in text_of(message)
    assert buttons_of(message) == {}
    (entry,) = waiting.world.entries
    assert (entry.actor, entry.action, entry.outcome) == (
        "bob",
        Action.REQUEST_APPROVE,
        Outcome.DONE,
    )
    assert entry.address == "slack:T0EXAMPLE/C0GENERAL/UBOB"
    assert len(waiting.world.find(ApprovedGrant)) == 1


def test_the_buttons_stay_while_the_request_waits_for_another_person(api: Api) -> None:
    let_alice_ask(api, people=2)
    with_request(api)
    api.presses(approve_button(), BOB)
    message = posted(api)
    assert replaces(message)
    assert "bob approved it. It still waits for a lead until" in text_of(message)
    buttons = buttons_of(message)
    assert buttons["approve-request"]["value"] == REQUEST
    assert buttons["approve-request"]["confirm"]["text"]["text"] == (
        "alice can use deploy of acme-prod, for 2 hours from its first use."
    )
    api.world.later(minutes=1)
    api.presses(buttons["approve-request"], BOB)
    assert not replaces(posted(api))
    assert "It still needs the approval of someone else" in text_of(posted(api))
    api.presses(buttons["approve-request"], LENA)
    assert status(api) is RequestStatus.APPROVED


def test_a_denial_takes_the_words_in_the_messages_field(waiting: Api) -> None:
    waiting.presses(deny_button(), BOB, words="  the <release> is frozen ")
    message = posted(waiting)
    assert replaces(message)
    assert "bob denied this request on" in text_of(message)
    assert "the &lt;release&gt; is frozen" in text_of(message)
    assert waiting.world.entries[-1].details["said"] == "the <release> is frozen"
    assert waiting.world.find(ApprovedGrant) == []


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (None, "A denial needs words."),
        ("", "A denial needs words."),
        (" \n", "A denial needs words."),
        ("\u200b", "does not accept this reason"),
        ("x" * 201, "at most 200 characters"),
        ("daypass_alice_" + "k" * 43, "does not accept this reason"),
    ],
)
def test_a_denial_without_valid_words_says_what_to_type(
    waiting: Api, words: str | None, part: str
) -> None:
    waiting.presses(deny_button(), BOB, words=words)
    message = posted(waiting)
    assert not replaces(message)
    assert part in text_of(message)
    assert "daypass_alice_k" not in text_of(message)
    assert status(waiting) is RequestStatus.PENDING


@pytest.mark.parametrize("button", [approve_button(), deny_button()], ids=["approve", "deny"])
@pytest.mark.parametrize(
    ("sender", "part"),
    [
        (ALICE, "No one decides their own request"),
        (ADA, "You are not among the people who may approve"),
        (SAM, "suspended"),
        (NINA, "/daypass link"),
    ],
    ids=["asker", "auditor", "suspended", "unbound"],
)
def test_a_press_of_someone_else_decides_nothing_and_only_they_see_why(
    waiting: Api, button: dict[str, Any], sender: Any, part: str
) -> None:
    waiting.presses(button, sender, words="no")
    message = posted(waiting)
    assert not replaces(message)
    assert message["response_type"] == "ephemeral"
    assert part in text_of(message)
    assert status(waiting) is RequestStatus.PENDING


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


@pytest.mark.parametrize("button", [approve_button(), deny_button()], ids=["approve", "deny"])
def test_a_late_press_says_who_decided_and_replaces_the_message(
    waiting: Api, button: dict[str, Any]
) -> None:
    answer_to(waiting, f"deny {REQUEST} because of the freeze", LENA)
    waiting.presses(button, BOB, words="no")
    message = posted(waiting)
    assert replaces(message)
    assert "lena denied this request on 24 November 2026, 12:00 UTC: of the freeze" in text_of(
        message
    )
    assert buttons_of(message) == {}


def test_a_press_after_the_expiry_says_so(waiting: Api) -> None:
    waiting.world.later(hours=1)
    waiting.presses(approve_button(), BOB)
    message = posted(waiting)
    assert replaces(message)
    assert "No one decided it until 24 November 2026, 13:00 UTC." in text_of(message)
    assert waiting.world.find(ApprovedGrant) == []


def test_a_press_after_a_revocation_opens_nothing(waiting: Api) -> None:
    waiting.post("/v1/engagements/acme-prod/grants/alice/revoke", "lena", {"reason": "over"})
    waiting.presses(approve_button(), BOB)
    assert not replaces(posted(waiting))
    assert "it can open nothing any more" in text_of(posted(waiting))
    assert waiting.world.find(ApprovedGrant) == []


def test_a_sensitive_role_is_refused_with_the_command_to_type(api: Api) -> None:
    let_alice_ask(api, sensitive=True)
    with_request(api)
    api.presses(approve_button(), BOB)
    message = posted(api)
    assert not replaces(message)
    assert f"```daypass approve {REQUEST}```" in text_of(message)
    assert status(api) is RequestStatus.PENDING
    assert [entry.reason for entry in api.world.entries] == ["sensitive-role"]
    api.presses(deny_button(), BOB, words="no")  # a denial opens nothing
    assert status(api) is RequestStatus.DENIED


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


def test_a_request_that_waits_for_the_client_alone_keeps_no_buttons(api: Api) -> None:
    let_alice_ask(api, client=True)
    with_request(api)
    api.presses(approve_button(), BOB)
    message = posted(api)
    assert "It still waits for the client until" in text_of(message)
    assert buttons_of(message) == {}


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
