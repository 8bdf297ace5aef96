"""`/daypass emergency` states its effect, and opens a role after a confirmation."""

from __future__ import annotations

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.engagements.emergencies import EmergencyRecord
from chalicelib.domain.slack.pending import PendingAction
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ALICE, BOB, LENA, run_work
from tests.entrypoints.slack.request_scene import let_alice_ask
from tests.entrypoints.slack.transcript import Transcript
from tests.fakes.slack import buttons_of

TYPED = "emergency acme-prod deploy for 30m because production is down"


def test_a_run_that_is_repeated_opens_nothing_more(api: Api) -> None:
    """SlackWork was killed before it stored the outcome."""
    let_alice_ask(api)
    api.presses(buttons_of(api.types(TYPED, ALICE).json)["do"], ALICE)
    before = {key: item for key, item in api.world.items.items() if key[0] is PendingAction}
    run_work(api)
    api.world.items.update(before)
    assert "The access is open until" in run_work(api)
    (record,) = api.world.find(EmergencyRecord, where=lambda _: True)
    assert record.count == 1


@pytest.mark.golden
def test_a_member_opens_a_role_as_the_file_says(slack: Transcript) -> None:
    let_alice_ask(slack.api)
    slack.type(BOB, TYPED)
    slack.type(
        ALICE,
        TYPED.replace("acme-prod", "nowhere"),
        TYPED.replace("acme-prod", "globex"),
        TYPED.replace("deploy", "readonly"),
        TYPED.replace("deploy", "nothing"),
        TYPED,
    )
    for other in (BOB, LENA):
        slack.press(other, "do")
    let_alice_ask(slack.api, sensitive=True, notify_client_of_emergencies=True)
    slack.note("the client hears of it, and deploy is sensitive")
    slack.do(ALICE, TYPED)
    assert slack.api.world.find(ApprovedGrant, where=lambda _: True) == []
    let_alice_ask(slack.api)
    slack.api.world.later(minutes=1)
    slack.note("it is not sensitive any longer")
    slack.do(ALICE, TYPED)
    slack.api.world.later(hours=1)
    slack.note("an hour later, not reviewed yet")
    slack.do(ALICE, TYPED)
    slack.hold("emergency")
