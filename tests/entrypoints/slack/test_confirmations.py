"""Leads' actions in Slack: confirmed first, started by any lead's press, and carried out once."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.pending import CONFIRMATION_LIFE, PendingAction
from chalicelib.domain.trail import Action, Outcome
from tests.entrypoints.driver import Api
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
from tests.fakes.slack import buttons_of, text_of


@pytest.fixture
def button(api: Api) -> dict[str, Any]:
    """The button of Lena's confirmation that revokes acme-prod."""
    made: dict[str, Any] = confirmation_buttons(api)["do"]
    return made


CONFIRMATIONS = {
    f"revoke member alice {WHY}": (
        "*Suspend Alice (`alice`, member)?* This revokes all their tokens and codes for good.",
        Action.MEMBER_REVOKE,
    ),
    f"revoke engagement acme-prod {WHY}": (
        "*Revoke the engagement `acme-prod`?* Daypass will give no one a new session in it.",
        Action.ENGAGEMENT_REVOKE,
    ),
    f"revoke grant alice acme-prod {WHY}": (
        "*Revoke the grant of Alice (`alice`, member) for `acme-prod`?*",
        Action.GRANT_REVOKE,
    ),
    f"revoke role acme-prod readonly {WHY}": (
        "*Revoke the role `readonly` of `acme-prod`?*",
        Action.ROLE_END,
    ),
}


@pytest.mark.parametrize("text", CONFIRMATIONS)
def test_a_confirmation_of_a_revocation_says_its_effect_and_does_nothing(
    api: Api, text: str
) -> None:
    answer = answer_to(api, text, LENA)
    assert "No session is alive." in answer
    assert "sooner" not in answer
    api.post("/v1/engagements/acme-prod/sessions", "alice", {"role": "readonly"})
    before = len(api.world.entries)

    answer = answer_to(api, text, LENA)

    assert CONFIRMATIONS[text][0] in answer
    assert "1 session may be alive, until 24 November 2026, 13:00 UTC." in answer
    assert "Only the client can end the sessions in `acme-prod` sooner." in answer
    assert "Reason: it leaks" in answer
    assert len(api.world.entries) == before


@pytest.mark.parametrize("text", CONFIRMATIONS)
def test_a_pressed_action_is_carried_out_once_and_names_its_lead(api: Api, text: str) -> None:
    button = confirmation_buttons(api, text)["do"]

    for _ in range(3):  # pressed again, and delivered again
        assert api.presses(button, LENA).text == ""
    answer = run_work(api)
    api.presses(button, LENA)

    assert completed_actions(api) == [("lena", CONFIRMATIONS[text][1])]
    assert "by lena" in answer
    assert "The revocation is in force." in answer
    assert last_post(api) == answer
    assert api.workspace.responder.posted[-1][1]["replace_original"] is True
    outcomes = [post for _, post in api.workspace.responder.posted if not post["replace_original"]]
    assert len(outcomes) == 1
    entry = next(entry for entry in api.world.entries if entry.outcome is Outcome.DONE)
    assert entry.details["said"] == "it leaks"
    assert entry.address == "slack:T0EXAMPLE/C0GENERAL/ULENA"


def test_a_grant_is_confirmed_too(api: Api) -> None:
    message = api.types(f"grant {BOB.mention} acme-prod readonly until 2026-12-01", LENA).json
    assert (
        "*Grant Bob (`bob`, member) the role `readonly` in `acme-prod` until the end of"
        " 1 December 2026, UTC?*" in text_of(message)
    )

    api.presses(buttons_of(message)["do"], LENA)

    assert "bob can use readonly in acme-prod until the end of 1 December 2026, UTC." in run_work(
        api
    )
    for text, sender in (("list", BOB), ("who acme-prod", LENA)):
        shown = answer_to(api, text, sender)
        assert "until the end of 1 December 2026, UTC" in shown
        assert "2 December" not in shown
    (grant,) = api.world.find(
        Grant, where=lambda g: (g.member, g.engagement) == ("bob", "acme-prod")
    )
    assert grant.roles == frozenset({"readonly"})
    assert grant.granted_by == "lena"


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (f"revoke member {NINA.mention} {WHY}", ["Type the member's ID instead"]),
        (f"revoke member {ALICE.mention} {WHY}", ["Type the member's ID instead"]),
        # These would be refused after a press.
        ("grant ada acme-prod readonly until tomorrow", ["auditor-cannot-enter"]),
        (
            "grant alice acme-prod readonly until tomorrow",
            [
                "already has a grant for acme-prod, for readonly until 24 December 2026",
                "already-exists",
            ],
        ),
    ],
    ids=["unbound", "no longer bound", "an auditor", "a current grant"],
)
def test_an_impossible_action_gets_no_confirmation(api: Api, text: str, parts: list[str]) -> None:
    (binding,) = api.world.find(Token, where=lambda token: token.subject == "UALICE")
    api.world.add(replace(binding, revoked_at=api.world.clock, version=2))

    answer = answer_to(api, text, LENA)

    assert all(part in answer for part in parts)
    assert api.world.find(PendingAction) == []


def test_a_confirmation_can_be_cancelled(api: Api) -> None:
    buttons = confirmation_buttons(api)

    api.presses(buttons["leave"], LENA)
    api.presses(buttons["do"], LUIS)

    answer = last_post(api)
    assert "cancelled by lena. Nothing was done." in answer
    assert api.workspace.queue.enqueued == []


def test_only_a_lead_can_press(api: Api, button: dict[str, Any]) -> None:
    api.presses(button, ALICE)
    api.presses(button, NINA)

    answer = [text_of(message) for _, message in api.workspace.responder.posted]
    assert "Only a lead can do this." in answer[0]
    assert "/daypass link" in answer[1]
    assert api.workspace.queue.enqueued == []
    (entry,) = api.world.entries
    assert (entry.actor, entry.action, entry.engagement) == (
        "alice",
        Action.ENGAGEMENT_REVOKE,
        "acme-prod",
    )


def test_another_lead_can_press_and_the_action_is_theirs(api: Api, button: dict[str, Any]) -> None:
    api.presses(button, LUIS)
    api.presses(button, LENA)

    assert "started by luis" in last_post(api)
    assert "by luis" in run_work(api)
    assert completed_actions(api) == [("luis", Action.ENGAGEMENT_REVOKE)]


def test_one_of_two_simultaneous_presses_starts_the_action(
    api: Api, button: dict[str, Any]
) -> None:
    api.world.just_before("save", lambda: api.presses(button, LUIS))

    api.presses(button, LENA)

    assert "by luis" in run_work(api)
    assert completed_actions(api) == [("luis", Action.ENGAGEMENT_REVOKE)]


def test_a_confirmation_expires_after_ten_minutes(api: Api, button: dict[str, Any]) -> None:
    api.world.later(seconds=CONFIRMATION_LIFE.total_seconds())

    api.presses(button, LENA)

    assert "no longer valid" in last_post(api)
    assert api.workspace.queue.enqueued == []


@pytest.mark.parametrize("value", ["", "0" * 64])
def test_a_guessed_value_does_nothing_and_no_value_is_stored(
    api: Api, button: dict[str, Any], value: str
) -> None:
    api.presses(button | {"value": value}, LENA)

    assert "no longer valid" in last_post(api)
    assert api.workspace.queue.enqueued == []
    (pending,) = api.world.find(PendingAction)
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


def test_the_trail_records_a_refused_member_and_their_target(api: Api) -> None:
    api.types(f"revoke member bob {WHY}", ALICE)
    api.types(f"revoke member {LENA.mention} {WHY}", ALICE)

    first, second = api.world.entries
    assert first.subject == "bob"
    assert second.details["slack_user"] == "ULENA"


def test_the_sender_of_a_press_sees_that_a_bug_happened(api: Api, button: dict[str, Any]) -> None:
    api.world.fails_at("enqueue", RuntimeError("a bug"))

    assert api.presses(button, LENA).status == 200

    assert "Something broke in Daypass" in last_post(api)
