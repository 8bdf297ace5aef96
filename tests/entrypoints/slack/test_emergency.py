"""`/daypass emergency` states its effect, and opens a role after a confirmation."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.emergencies import EmergencyRecord
from chalicelib.domain.slack.pending import PendingAction
from chalicelib.domain.trail import Action, Outcome
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ALICE, BOB, LENA, answer_to, run_work
from tests.entrypoints.slack.request_scene import let_alice_ask
from tests.fakes.slack import buttons_of, text_of

TYPED = "emergency acme-prod deploy for 30m because production is down"


def confirm(api: Api, text: str = TYPED, sender: Any = ALICE) -> str:
    """Type the command, press its first button, and return the posted outcome."""
    api.presses(buttons_of(api.types(text, sender).json)["do"], sender)
    return run_work(api)


def opened(api: Api) -> list[ApprovedGrant]:
    return api.world.find(ApprovedGrant)


@pytest.mark.parametrize("is_client_notified", [True, False])
def test_the_confirmation_states_the_effect(api: Api, *, is_client_notified: bool) -> None:
    let_alice_ask(api, notify_client_of_emergencies=is_client_notified)
    question = answer_to(api, TYPED)
    assert "Open `deploy` in `acme-prod` for 30 minutes, without an approval?" in question
    assert "Every lead hears of it at once" in question
    assert ("so does the client" in question) is is_client_notified
    assert "Until another lead has written a review" in question
    assert "production is down" in question
    assert opened(api) == []


def test_a_press_opens_the_role_once(api: Api) -> None:
    let_alice_ask(api)
    outcome = confirm(api)
    assert "The access is open until 24 November 2026, 12:30 UTC." in outcome
    assert "/daypass access acme-prod deploy" in outcome
    assert [grant.is_emergency for grant in opened(api)] == [True]
    entry = api.world.entries[-1]
    assert (entry.actor, entry.action, entry.outcome) == (
        "alice",
        Action.EMERGENCY_BEGIN,
        Outcome.DONE,
    )
    assert entry.address == "slack:T0EXAMPLE/C0GENERAL/UALICE"
    assert entry.details["said"] == "production is down"


def test_a_run_that_is_repeated_opens_nothing_more(api: Api) -> None:
    """SlackWork was killed before it stored the outcome."""
    let_alice_ask(api)
    api.presses(buttons_of(api.types(TYPED, ALICE).json)["do"], ALICE)
    before = {key: item for key, item in api.world.items.items() if key[0] is PendingAction}
    run_work(api)
    api.world.items.update(before)
    assert "The access is open until" in run_work(api)
    (record,) = api.world.find(EmergencyRecord)
    assert record.count == 1


def test_only_the_member_who_typed_it_confirms_it(api: Api) -> None:
    let_alice_ask(api)
    button = buttons_of(api.types(TYPED, ALICE).json)["do"]
    for other in (BOB, LENA):
        api.presses(button, other)
        assert "no longer valid" in text_of(api.workspace.responder.posted[-1][1])
    assert api.workspace.queue.enqueued == []


@pytest.mark.parametrize(
    ("text", "sender", "reason"),
    [
        (TYPED, BOB, "not-a-member"),
        (TYPED.replace("acme-prod", "nowhere"), ALICE, "not-a-member"),
        (TYPED.replace("acme-prod", "globex"), ALICE, "not-a-member"),
        (TYPED.replace("deploy", "readonly"), ALICE, "emergency-not-granted"),
        (TYPED.replace("deploy", "nothing"), ALICE, "emergency-not-granted"),
    ],
)
def test_without_a_grant_for_emergencies_there_is_no_confirmation(
    api: Api, text: str, sender: Any, reason: str
) -> None:
    let_alice_ask(api)
    assert reason in answer_to(api, text, sender)
    (entry,) = api.world.entries
    assert (entry.action, entry.outcome, entry.reason) == (
        Action.EMERGENCY_BEGIN,
        Outcome.REFUSED,
        reason,
    )
    assert api.world.find(PendingAction) == []


def test_a_second_emergency_waits_for_the_review_of_the_first(api: Api) -> None:
    let_alice_ask(api)
    confirm(api)
    api.world.later(hours=1)
    assert "A lead has to review your last emergency" in confirm(api)
    assert len(opened(api)) == 1


def test_a_sensitive_role_is_opened_in_a_terminal(api: Api) -> None:
    let_alice_ask(api, sensitive=True)
    assert "Type in a terminal: daypass emergency" in confirm(api)
    assert opened(api) == []
