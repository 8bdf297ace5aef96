"""Leads' actions in Slack: confirmed first, started by any lead's press, and carried out once."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.slack.pending import PendingAction
from chalicelib.domain.trail import Action
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import (
    LENA,
    LUIS,
    completed_actions,
    confirmation_buttons,
    last_post,
    run_work,
)
from tests.rows import every


@pytest.fixture
def button(api: Api) -> dict[str, Any]:
    """The button of Lena's confirmation that revokes acme-prod."""
    made: dict[str, Any] = confirmation_buttons(api)["do"]
    return made


def test_one_of_two_simultaneous_presses_starts_the_action(
    api: Api, button: dict[str, Any]
) -> None:
    api.world.just_before("save", lambda: api.presses(button, LUIS))

    api.presses(button, LENA)

    assert "by luis" in run_work(api)
    assert completed_actions(api) == [("luis", Action.ENGAGEMENT_REVOKE)]


@every("value", ["", "0" * 64])
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


def test_the_sender_of_a_press_sees_that_a_bug_happened(api: Api, button: dict[str, Any]) -> None:
    api.world.fails_at("enqueue", RuntimeError("a bug"))

    assert api.presses(button, LENA).status == 200

    assert "Something broke in Daypass" in last_post(api)
