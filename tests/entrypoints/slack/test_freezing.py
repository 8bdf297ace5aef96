"""Any lead freezes Daypass in Slack, and two leads lift the freeze."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.slack.pending import LONGEST_RUN, PendingAction
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version
from chalicelib.entrypoints.slack.work import slack_work
from local.slack.requests import Person
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import (
    ALICE,
    LENA,
    LUIS,
    answer_to,
    completed_actions,
    last_post,
    run_work,
)
from tests.fakes.slack import buttons_of

FREEZE, THAW = "freeze because a laptop is lost", "thaw because it is found"
VEND = "/v1/engagements/acme-prod/sessions"


def carry_out(api: Api, text: str, lead: Person = LENA) -> str:
    """Type the command, confirm it, carry it out, and return the text of the outcome."""
    api.workspace.queue.enqueued.clear()
    api.presses(buttons_of(api.types(text, lead).json)["do"], lead)
    assert f"*{text.split()[0]}*: started by {lead.name}. The outcome" in last_post(api)
    return run_work(api)


def vend(api: Api) -> Any:
    return api.post(VEND, "alice", {"role": "readonly"})


def test_a_freeze_is_confirmed_and_stops_everyone(api: Api) -> None:
    assert vend(api).status == 201
    answer = answer_to(api, FREEZE, LENA)
    assert "*Freeze Daypass?* It will give no one a new session, for any client." in answer
    assert "Sessions may be alive: daypass who in a terminal lists them." in answer
    assert "Reason: a laptop is lost" in answer
    assert vend(api).status == 201

    outcome = carry_out(api, FREEZE)

    assert "Daypass is frozen since 24 November 2026, 12:00 UTC" in outcome
    assert "two leads type /daypass thaw because …" in outcome
    assert vend(api).reason == "frozen"
    assert completed_actions(api)[-1] == ("lena", Action.FREEZE_BEGIN)


def test_two_leads_lift_a_freeze(api: Api) -> None:
    carry_out(api, FREEZE)

    outcome = carry_out(api, THAW)
    assert "lena asked to lift it. Another lead lifts it with /daypass thaw because" in outcome
    assert "lena asked to lift it." in carry_out(api, THAW)
    assert vend(api).reason == "frozen"
    assert "lena asked to lift it." in answer_to(api, THAW, LUIS)

    assert "The freeze is lifted: members get sessions again." in carry_out(api, THAW, LUIS)
    assert vend(api).status == 201
    assert completed_actions(api)[1:3] == [
        ("lena", Action.FREEZE_LIFT_REQUEST),
        ("luis", Action.FREEZE_LIFT),
    ]


@pytest.mark.parametrize("text", [FREEZE, THAW])
def test_an_action_that_was_killed_after_its_effect_is_carried_out_once(
    api: Api, text: str
) -> None:
    carry_out(api, FREEZE, LUIS)
    if text == THAW:
        carry_out(api, THAW, LUIS)
    outcome = carry_out(api, text)
    done = completed_actions(api)
    (task, url) = api.workspace.queue.enqueued[-1]
    (pending,) = (each for each in api.world.find(PendingAction)
                  if each.hash == task)  # fmt: skip
    api.world.add(next_version(pending, ended_at=None, outcome=""))
    api.world.later(seconds=LONGEST_RUN.total_seconds() + 1)

    slack_work({"task": task, "response_url": url}, None)

    assert completed_actions(api) == done
    assert last_post(api) == outcome


def test_nothing_is_lifted_that_is_not_frozen(api: Api) -> None:
    assert "not-frozen" in answer_to(api, THAW, LENA)
    assert api.world.find(PendingAction) == []


@pytest.mark.parametrize("text", [FREEZE, THAW])
def test_only_leads_freeze_and_thaw(api: Api, text: str) -> None:
    assert "lead-only" in answer_to(api, text, ALICE)


@pytest.mark.parametrize("query", ["status acme-prod", "who acme-prod"])
def test_queries_say_that_daypass_is_frozen(api: Api, query: str) -> None:
    for sender in (ALICE, LENA):
        assert "frozen" not in answer_to(api, query, sender)
    carry_out(api, FREEZE)
    for sender in (ALICE, LENA):
        answer = answer_to(api, query, sender)
        assert "*Daypass is frozen since 24 November 2026, 12:00 UTC: no one gets" in answer
