"""`/daypass request`, `requests` and `withdraw`, and `approve` and `deny` as typed commands."""

from __future__ import annotations

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.slack.pending import PendingAction
from chalicelib.domain.vending.access import CallerKind
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import (
    ADA,
    ALICE,
    BOB,
    LENA,
    NINA,
    answer_to,
    completed_actions,
    run_work,
)
from tests.entrypoints.slack.request_scene import ASKS, REQUEST, let_alice_ask, with_request
from tests.entrypoints.slack.transcript import Transcript
from tests.fakes import NOON
from tests.fakes.slack import buttons_of

APPROVE = f"approve {REQUEST}"
REFUSED = (
    "acme-prod deploy because x",
    "acme-prod deploy for 2h until tomorrow because x",
    "acme-prod deploy for 2h from tomorrow because x",
    "acme-prod readonly for 2h because x",
    "acme-prod deploy for 3d because x",
    "globex deploy for 2h because x",
    "nowhere deploy for 2h because x",
)


def opened(api: Api) -> list[ApprovedGrant]:
    return api.world.find(ApprovedGrant, where=lambda _: True)


@pytest.mark.golden
def test_members_ask_and_withdraw_as_the_file_says(slack: Transcript) -> None:
    let_alice_ask(slack.api)
    slack.type(ALICE, *(f"request {text}" for text in REFUSED), ASKS, "requests")
    slack.type(BOB, "requests")
    let_alice_ask(slack.api, ticket_pattern="OPS-#", ticket_url="https://t.example/{ticket}?a=1&b")
    slack.api.world.later(minutes=1)
    slack.note("requests need a ticket")
    times = "from 2026-11-28T20:00Z until 2026-11-28T23:00Z"
    slack.type(ALICE, f"request acme-prod deploy {times} ticket OPS-7 because a launch", "requests")
    let_alice_ask(slack.api, members=frozenset())
    slack.note("Bob may not approve any longer")
    for sender in (BOB, ADA):  # auditors see all
        slack.type(sender, "requests")
    slack.start_again("a request of a program")
    let_alice_ask(slack.api)
    with_request(slack.api, caller=CallerKind.AGENT)
    slack.type(LENA, "requests")
    slack.type(BOB, f"withdraw {REQUEST}")
    slack.type(ALICE, f"withdraw {REQUEST}", "requests")
    slack.hold("request")


@pytest.mark.golden
def test_approvers_decide_as_the_file_says(slack: Transcript) -> None:
    def start_again(text: str, **policy: object) -> None:
        slack.start_again(text)
        let_alice_ask(slack.api, **policy)
        with_request(slack.api)

    start_again("denied")
    slack.type(ALICE, f"deny {REQUEST} because I can")
    slack.type(BOB, f"deny {REQUEST} because the release is frozen", APPROVE)
    start_again("approved")
    slack.do(BOB, APPROVE)
    start_again("only who typed an approval confirms it")
    slack.type(BOB, APPROVE)
    for other in (LENA, ALICE):
        slack.press(other, "do")
    slack.work()
    start_again("those who may not approve")
    for sender in (ALICE, ADA):
        slack.do(sender, APPROVE)
    start_again("longer and shorter")
    slack.do(LENA, f"{APPROVE} for 3h")
    assert opened(slack.api) == []
    slack.do(LENA, f"{APPROVE} for 1h")
    assert [grant.duration for grant in opened(slack.api)] == [3600]
    start_again("a sensitive role", sensitive=True)
    slack.do(LENA, APPROVE)
    start_again("expired")
    with_request(slack.api, expires_at=NOON)
    slack.type(BOB, APPROVE, "requests")
    slack.type(ALICE, "requests")
    slack.hold("decide")


def test_who_may_not_see_a_request_gets_no_confirmation(api: Api) -> None:
    let_alice_ask(api, members=frozenset())
    with_request(api)
    for request in (REQUEST, "alice.0000000000000000", "nobody.0000000000000000"):
        assert "no-such-request" in answer_to(api, f"approve {request}", BOB)
    assert "slack-unbound" in answer_to(api, APPROVE, NINA)


def test_an_approval_that_is_carried_out_twice_is_one(api: Api) -> None:
    """SlackWork was killed after the approval, before it stored the outcome."""
    let_alice_ask(api)
    with_request(api)
    api.presses(buttons_of(api.types(APPROVE, BOB).json)["do"], BOB)
    before = {key: item for key, item in api.world.items.items() if key[0] is PendingAction}
    run_work(api)
    (grant,) = opened(api)
    api.world.items.update(before)
    assert "The access lasts 2 hours" in run_work(api)
    assert opened(api) == [grant]
    assert [actor for actor, _ in completed_actions(api)] == ["bob"]
