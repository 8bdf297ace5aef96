"""What leads do in Slack: asked first, begun by whoever presses, done once, and told whose doing
it was."""

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
    asked,
    done,
    posted,
    said,
    worked,
)
from tests.fakes.slack import buttons_of, text_of


@pytest.fixture
def button(api: Api) -> dict[str, Any]:
    """What revokes acme-prod: Lena was asked."""
    made: dict[str, Any] = asked(api)["do"]
    return made


QUESTIONS = {
    f"revoke member alice {WHY}": (
        "*Suspend Alice (`alice`, member)?* Every token and code of theirs is dead for good.",
        Action.MEMBER_REVOKE,
    ),
    f"revoke engagement acme-prod {WHY}": (
        "*Revoke the engagement `acme-prod`?* Nobody gets a new session there.",
        Action.ENGAGEMENT_REVOKE,
    ),
    f"revoke grant alice acme-prod {WHY}": (
        "*Revoke the grant of Alice (`alice`, member) for `acme-prod`?*",
        Action.GRANT_REVOKE,
    ),
    f"revoke role acme-prod readonly {WHY}": (
        "*Revoke the role `readonly` of `acme-prod`?* Nobody gets a new session of it.",
        Action.ROLE_END,
    ),
}


@pytest.mark.parametrize("text", QUESTIONS)
def test_a_revocation_says_first_exactly_what_it_would_do_and_does_nothing(
    api: Api, text: str
) -> None:
    told = said(api, text, LENA)
    assert "No session is alive." in told
    assert "A revocation ends none of them." not in told
    api.post("/v1/engagements/acme-prod/sessions", "alice", {"role": "readonly"})
    before = len(api.world.entries)

    told = said(api, text, LENA)

    assert QUESTIONS[text][0] in told
    assert "1 may be alive, the last until 24 November 2026, 13:00 UTC." in told
    assert "A revocation ends none of them." in told
    assert "Why: it leaks" in told
    assert len(api.world.entries) == before


@pytest.mark.parametrize("text", QUESTIONS)
def test_what_is_pressed_is_done_once_and_told_whose_doing_it_was(api: Api, text: str) -> None:
    button = asked(api, text)["do"]

    for _ in range(3):  # pressed again, and delivered again
        assert api.presses(button, LENA).text == ""
    told = worked(api)
    api.presses(button, LENA)

    assert done(api) == [("lena", QUESTIONS[text][1])]
    assert "by lena" in told
    assert "no new sessions from now on" in told
    assert posted(api) == told
    assert api.workspace.slack.posted[-1][1]["replace_original"] is True
    outcomes = [told for _, told in api.workspace.slack.posted if not told["replace_original"]]
    assert len(outcomes) == 1
    entry = next(one for one in api.world.entries if one.outcome is Outcome.DONE)
    assert entry.details["said"] == "it leaks"
    assert entry.address == "slack:T0EXAMPLE/C0GENERAL/ULENA"


def test_somebody_may_be_let_in_after_the_same_question(api: Api) -> None:
    message = api.types(f"grant {BOB.mention} acme-prod readonly until 2026-12-01", LENA).json
    assert (
        "*Let Bob (`bob`, member) into `acme-prod` in the role `readonly`, until the end of"
        " 1 December 2026, UTC?*" in text_of(message)
    )

    api.presses(buttons_of(message)["do"], LENA)

    assert (
        "bob may enter acme-prod in the role readonly, until the end of 1 December 2026, UTC."
        in worked(api)
    )
    for text, by in (("list", BOB), ("who acme-prod", LENA)):
        shown = said(api, text, by)
        assert "until the end of 1 December 2026, UTC" in shown
        assert "2 December" not in shown
    (grant,) = api.world.find(
        Grant, where=lambda g: (g.member, g.engagement) == ("bob", "acme-prod")
    )
    assert grant.roles == frozenset({"readonly"})
    assert grant.granted_by == "lena"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"revoke member {NINA.mention} {WHY}", ["Type the member's ID instead"]),
        (f"revoke member {ALICE.mention} {WHY}", ["Type the member's ID instead"]),
        # They would be refused once somebody has pressed.
        ("grant ada acme-prod readonly until tomorrow", ["auditor-cannot-enter"]),
        (
            "grant alice acme-prod readonly until tomorrow",
            ["already, for readonly until 24 December 2026, 12:00 UTC.", "already-exists"],
        ),
    ],
    ids=["nobody's", "nobody's any more", "an auditor", "a grant that stands"],
)
def test_nobody_is_asked_what_cannot_be_done(api: Api, text: str, says: list[str]) -> None:
    (binding,) = api.world.find(Token, where=lambda one: one.subject == "UALICE")
    api.world.add(replace(binding, revoked_at=api.world.clock, version=2))

    told = said(api, text, LENA)

    assert all(part in told for part in says)
    assert api.world.find(PendingAction, where=lambda _: True) == []


def test_a_question_can_be_left(api: Api) -> None:
    buttons = asked(api)

    api.presses(buttons["leave"], LENA)
    api.presses(buttons["do"], LUIS)

    told = posted(api)
    assert "cancelled by lena. Nothing was done." in told
    assert api.workspace.work.begun == []


def test_whoever_presses_has_to_be_a_lead_whoever_asked(api: Api, button: dict[str, Any]) -> None:
    api.presses(button, ALICE)
    api.presses(button, NINA)

    told = [text_of(message) for _, message in api.workspace.slack.posted]
    assert "Only a lead can do this." in told[0]
    assert "/daypass link" in told[1]
    assert api.workspace.work.begun == []
    (entry,) = api.world.entries
    assert (entry.actor, entry.action, entry.engagement) == (
        "alice",
        Action.ENGAGEMENT_REVOKE,
        "acme-prod",
    )


def test_another_lead_may_press_and_it_is_theirs(api: Api, button: dict[str, Any]) -> None:
    api.presses(button, LUIS)
    api.presses(button, LENA)

    assert "started by luis" in posted(api)
    assert "by luis" in worked(api)
    assert done(api) == [("luis", Action.ENGAGEMENT_REVOKE)]


def test_of_two_who_press_at_once_one_begins_it(api: Api, button: dict[str, Any]) -> None:
    api.world.just_before("save", lambda: api.presses(button, LUIS))

    api.presses(button, LENA)

    assert "by luis" in worked(api)
    assert done(api) == [("luis", Action.ENGAGEMENT_REVOKE)]


def test_a_question_is_too_old_after_ten_minutes(api: Api, button: dict[str, Any]) -> None:
    api.world.later(seconds=CONFIRMATION_LIFE.total_seconds())

    api.presses(button, LENA)

    assert "no longer valid" in posted(api)
    assert api.workspace.work.begun == []


@pytest.mark.parametrize("value", ["", "0" * 64])
def test_a_value_that_somebody_guessed_is_nothing_and_none_is_kept(
    api: Api, button: dict[str, Any], value: str
) -> None:
    api.presses(button | {"value": value}, LENA)

    assert "no longer valid" in posted(api)
    assert api.workspace.work.begun == []
    (task,) = api.world.find(PendingAction, where=lambda _: True)
    assert button["value"] not in repr(task)
    assert task.hash != button["value"]


def test_a_press_that_could_not_be_begun_can_be_pressed_again(
    api: Api, button: dict[str, Any]
) -> None:
    api.world.fails_at("begin", Unavailable(Reason.AWS_UNREACHABLE))
    api.presses(button, LENA)
    assert "Try again" in posted(api)
    api.world.before = None

    api.presses(button, LENA)

    assert "by lena" in worked(api)


def test_a_press_whose_write_was_tried_again_by_the_sdk_is_begun(
    api: Api, button: dict[str, Any]
) -> None:
    """Its own first try is what stands in its way."""
    api.world.just_before("save", lambda: api.presses(button, LENA))
    api.workspace.work.begun.clear()

    api.presses(button, LENA)

    assert api.workspace.work.begun
    assert "by lena" in worked(api)


def test_what_was_pressed_and_never_begun_is_begun_by_the_next_press(
    api: Api, button: dict[str, Any]
) -> None:
    api.presses(button, LENA)
    api.workspace.work.begun.clear()  # the function was killed before it got so far

    api.presses(button, LUIS)

    assert "by lena" in worked(api)
    assert done(api) == [("lena", Action.ENGAGEMENT_REVOKE)]


def test_who_is_no_lead_is_on_record_with_whom_they_meant(api: Api) -> None:
    api.types(f"revoke member bob {WHY}", ALICE)
    api.types(f"revoke member {LENA.mention} {WHY}", ALICE)

    first, second = api.world.entries
    assert first.subject == "bob"
    assert second.details["slack_user"] == "ULENA"


def test_a_bug_of_ours_is_told_to_whoever_pressed(api: Api, button: dict[str, Any]) -> None:
    api.world.fails_at("begin", RuntimeError("a bug"))

    assert api.presses(button, LENA).status == 200

    assert "Something broke in Daypass" in posted(api)
