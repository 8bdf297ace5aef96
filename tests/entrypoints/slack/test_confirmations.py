"""Leads' actions in Slack: confirmed first, started by any lead's press, and carried out once."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.pending import CONFIRMATION_LIFE, PendingAction
from chalicelib.domain.trail import Action
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import (
    ALICE,
    BOB,
    LENA,
    LUIS,
    NINA,
    WHY,
    completed_actions,
    confirmation_buttons,
    last_post,
    run_work,
)
from tests.entrypoints.slack.transcript import Transcript
from tests.fakes import NOON


@pytest.fixture
def button(api: Api) -> dict[str, Any]:
    """The button of Lena's confirmation that revokes acme-prod."""
    made: dict[str, Any] = confirmation_buttons(api)["do"]
    return made


REVOCATIONS = (
    f"revoke member alice {WHY}",
    f"revoke member luis {WHY}",  # a lead, whose changes may still be in force
    f"revoke engagement acme-prod {WHY}",
    f"revoke grant alice acme-prod {WHY}",
    f"revoke role acme-prod readonly {WHY}",
)
UNTIL = "until 2026-12-01"


@pytest.mark.golden
def test_revocations_are_confirmed_and_carried_out_once_as_the_file_says(slack: Transcript) -> None:
    for text in REVOCATIONS:
        slack.start_again("no session is alive")
        slack.type(LENA, text)
        slack.api.post("/v1/engagements/acme-prod/sessions", "alice", {"role": "readonly"})
        slack.api.world.later(seconds=1)
        slack.note("Alice gets a session")
        slack.type(LENA, text)
        for _ in range(3):  # pressed again, and delivered again
            slack.press(LENA, "do")
        slack.work()
        slack.press(LENA, "do")
    slack.hold("revoke")


@pytest.mark.golden
def test_leads_confirm_and_cancel_as_the_file_says(slack: Transcript) -> None:
    slack.do(LENA, f"grant {BOB.mention} acme-prod readonly {UNTIL}")
    slack.type(BOB, "list")
    slack.type(LENA, "who acme-prod")
    for about, presses in {
        "a member": [(ALICE, "do"), (NINA, "do")],
        "cancelled": [(LENA, "leave"), (LUIS, "do")],
        "another lead, who is then the actor": [(LUIS, "do"), (LENA, "do")],
    }.items():
        slack.start_again(about)
        slack.type(LENA, REVOCATIONS[2])
        for sender, button in presses:
            slack.press(sender, button)
        slack.work()
    slack.start_again("a confirmation that expires after ten minutes")
    slack.type(LENA, REVOCATIONS[2])
    slack.api.world.later(seconds=CONFIRMATION_LIFE.total_seconds())
    slack.press(LENA, "do")
    (binding,) = slack.api.world.find(Token, where=lambda token: token.subject == "UALICE")
    slack.start_again("Alice is bound no longer", replace(binding, revoked_at=NOON, version=2))
    slack.type(
        LENA,
        *(f"revoke member {person.mention} {WHY}" for person in (NINA, ALICE)),
        # These would be refused after a press.
        f"grant ada acme-prod readonly {UNTIL}",
        f"grant alice acme-prod readonly {UNTIL}",
    )
    slack.start_again("members are refused, and the trail has their target")
    slack.type(ALICE, f"revoke member bob {WHY}", f"revoke member {LENA.mention} {WHY}")
    assert [entry.details.get("slack_user") for entry in slack.api.world.entries[-2:]] == [
        None,
        "ULENA",
    ]
    assert not slack.api.world.find(PendingAction, where=lambda _: True)
    slack.hold("confirm")


def test_one_of_two_simultaneous_presses_starts_the_action(
    api: Api, button: dict[str, Any]
) -> None:
    api.world.just_before("save", lambda: api.presses(button, LUIS))

    api.presses(button, LENA)

    assert "by luis" in run_work(api)
    assert completed_actions(api) == [("luis", Action.ENGAGEMENT_REVOKE)]


@pytest.mark.parametrize("value", ["", "0" * 64])
def test_a_guessed_value_does_nothing_and_no_value_is_stored(
    api: Api, button: dict[str, Any], value: str
) -> None:
    api.presses(button | {"value": value}, LENA)

    assert "no longer valid" in last_post(api)
    assert api.workspace.queue.enqueued == []
    (pending,) = api.world.find(PendingAction, where=lambda _: True)
    assert button["value"] not in repr(pending)
    assert pending.hash != button["value"]


def test_a_press_can_be_repeated_after_the_invocation_failed(
    api: Api, button: dict[str, Any]
) -> None:
    api.world.fails_at("enqueue", Unavailable(Reason.AWS_UNREACHABLE))
    api.presses(button, LENA)
    assert "Try again" in last_post(api)
    api.world.before = None

    api.presses(button, LENA)

    assert "by lena" in run_work(api)


def test_a_press_whose_write_the_sdk_retried_starts_the_action(
    api: Api, button: dict[str, Any]
) -> None:
    """The first attempt succeeded, so the second finds the action started."""
    api.world.just_before("save", lambda: api.presses(button, LENA))
    api.workspace.queue.enqueued.clear()

    api.presses(button, LENA)

    assert api.workspace.queue.enqueued
    assert "by lena" in run_work(api)


def test_the_next_press_starts_an_action_that_was_never_invoked(
    api: Api, button: dict[str, Any]
) -> None:
    api.presses(button, LENA)
    api.workspace.queue.enqueued.clear()  # the function was killed before it invoked the other

    api.presses(button, LUIS)

    assert "by lena" in run_work(api)
    assert completed_actions(api) == [("lena", Action.ENGAGEMENT_REVOKE)]


def test_the_sender_of_a_press_sees_that_a_bug_happened(api: Api, button: dict[str, Any]) -> None:
    api.world.fails_at("enqueue", RuntimeError("a bug"))

    assert api.presses(button, LENA).status == 200

    assert "Something broke in Daypass" in last_post(api)
