"""Any lead freezes Daypass in Slack, and two leads lift the freeze."""

from __future__ import annotations

import pytest

from chalicelib.domain.slack.pending import LONGEST_RUN, PendingAction
from chalicelib.domain.values import next_version
from chalicelib.entrypoints.slack.work import slack_work
from local.slack.requests import Person
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import (
    ALICE,
    LENA,
    LUIS,
    completed_actions,
    last_post,
    run_work,
)
from tests.entrypoints.slack.transcript import Transcript
from tests.fakes.slack import buttons_of

FREEZE, THAW = "freeze because a laptop is lost", "thaw because it is found"
QUERIES = ("status acme-prod", "who acme-prod")


def carry_out(api: Api, text: str, lead: Person = LENA) -> str:
    """Type the command, confirm it, carry it out, and return the text of the outcome."""
    api.workspace.queue.enqueued.clear()
    api.presses(buttons_of(api.types(text, lead).json)["do"], lead)
    assert f"*{text.split()[0]}*: started by {lead.name}. The outcome" in last_post(api)
    return run_work(api)


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
    (pending,) = (each for each in api.world.find(PendingAction, where=lambda _: True)
                  if each.hash == task)  # fmt: skip
    api.world.add(next_version(pending, ended_at=None, outcome=""))
    api.world.later(seconds=LONGEST_RUN.total_seconds() + 1)

    slack_work({"task": task, "response_url": url}, None)

    assert completed_actions(api) == done
    assert last_post(api) == outcome


@pytest.mark.golden
def test_leads_freeze_and_thaw_as_the_file_says(slack: Transcript) -> None:
    slack.type(LENA, THAW)
    slack.type(ALICE, FREEZE, THAW, *QUERIES)
    slack.type(LENA, *QUERIES)
    slack.do(LENA, FREEZE)
    for sender in (ALICE, LENA):
        slack.type(sender, *QUERIES)
    for lead in (LENA, LENA, LUIS):
        slack.api.world.later(seconds=1)
        slack.do(lead, THAW)
    slack.hold("freeze")
