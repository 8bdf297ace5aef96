"""`/daypass request`, `requests` and `withdraw`, and `approve` and `deny` as typed commands."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.access import CallerKind
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ADA, ALICE, BOB, LENA, LUIS, NINA, answer_to, run_work
from tests.entrypoints.slack.request_scene import ASKS, REQUEST, let_alice_ask, with_request
from tests.fakes import NOON
from tests.fakes.slack import buttons_of, text_of


def stored(api: Api) -> AccessRequest:
    (request,) = api.world.find(AccessRequest)
    return request


def opened(api: Api) -> list[ApprovedGrant]:
    return api.world.find(ApprovedGrant)


def done(api: Api) -> list[tuple[str, Action]]:
    return [(each.actor, each.action) for each in api.world.entries if each.outcome is Outcome.DONE]


def test_a_request_says_whom_it_waits_for_and_until_when(api: Api) -> None:
    let_alice_ask(api)
    answer = answer_to(api, ASKS)
    assert "`deploy` in `acme-prod` for 2 hours from its first use" in answer
    assert "It waits for a lead or bob until 24 November 2026, 13:00 UTC." in answer
    assert f"ID: `{stored(api).id}`" in answer
    (entry,) = api.world.entries
    assert (entry.action, entry.address) == (
        Action.REQUEST_CREATE,
        "slack:T0EXAMPLE/C0GENERAL/UALICE",
    )
    assert entry.details["said"] == "the import fails"


def test_a_request_can_have_a_start_an_end_and_a_ticket(api: Api) -> None:
    let_alice_ask(api, ticket_pattern="OPS-#", ticket_url="https://t.example/browse/{ticket}?a=1&b")
    typed = "request acme-prod deploy from 2026-11-28T20:00Z until 2026-11-28T23:00Z ticket OPS-7"
    assert "from 28 November 2026, 20:00 UTC until" in answer_to(api, f"{typed} because a launch")
    assert (stored(api).ticket, stored(api).duration) == ("OPS-7", None)
    assert stored(api).starts_at == NOON + timedelta(days=4, hours=8)
    assert "<https://t.example/browse/OPS-7?a=1&amp;b|OPS-7>" in answer_to(api, "requests")


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("request acme-prod deploy because x", "Type how long you need it"),
        ("request acme-prod deploy for 2h until tomorrow because x", "Type how long you need it"),
        ("request acme-prod deploy for 2h from tomorrow because x", "Type how long you need it"),
        ("request acme-prod readonly for 2h because x", "You have access to this role without"),
        ("request acme-prod deploy for 3d because x", "at most 8 hours"),
        ("request globex deploy for 2h because x", "does not exist, or you have no access to it"),
        ("request nowhere deploy for 2h because x", "does not exist, or you have no access to it"),
    ],
)
def test_a_request_that_cannot_be_made_says_why(api: Api, text: str, part: str) -> None:
    let_alice_ask(api)
    assert part in answer_to(api, text)
    assert api.world.find(AccessRequest) == []


def test_requests_shows_ones_own_and_those_that_wait_for_one(api: Api) -> None:
    let_alice_ask(api)
    with_request(api)
    mine = answer_to(api, "requests")
    assert "Your requests" in mine
    assert "of others" not in mine
    for sender in (BOB, LENA, LUIS):
        answer = answer_to(api, "requests", sender)
        assert "Requests of others that wait for a decision" in answer
        assert "*alice* asks for `deploy` in `acme-prod` for 2 hours from its first use." in answer
        assert "> the import fails" in answer
        assert f"ID: `{REQUEST}`" in answer
        assert "/daypass approve" in answer


def test_requests_hides_those_that_one_may_not_see(api: Api) -> None:
    let_alice_ask(api, members=frozenset())
    with_request(api)
    assert answer_to(api, "requests", BOB).startswith("You have no requests")
    assert REQUEST in answer_to(api, "requests", ADA)  # auditors see all


def test_requests_shows_the_result_of_ones_own(api: Api) -> None:
    let_alice_ask(api)
    with_request(api, expires_at=NOON)
    assert "No one decided it until 24 November 2026, 12:00 UTC" in answer_to(api, "requests")
    assert answer_to(api, "requests", BOB).startswith("You have no requests")


def test_a_member_withdraws_only_their_own_request(api: Api) -> None:
    let_alice_ask(api)
    with_request(api)
    assert "no-such-request" in answer_to(api, f"withdraw {REQUEST}", BOB)
    assert "It opens nothing." in answer_to(api, f"withdraw {REQUEST}")
    assert stored(api).status is RequestStatus.WITHDRAWN
    assert done(api) == [("alice", Action.REQUEST_WITHDRAW)]


def test_a_denial_is_on_the_trail_with_its_words(api: Api) -> None:
    let_alice_ask(api)
    with_request(api)
    assert "own-request" in answer_to(api, f"deny {REQUEST} because I can")
    answer = answer_to(api, f"deny {REQUEST} because the release is frozen", BOB)
    assert "bob denied this request on 24 November 2026, 12:00 UTC: the release is froz" in answer
    assert stored(api).status is RequestStatus.DENIED
    assert api.world.entries[-1].details["said"] == "the release is frozen"


def confirm(api: Api, text: str, sender: object = LENA) -> str:
    """Type the command, press its first button, and return the posted outcome."""
    answer = api.types(text, sender)  # type: ignore[arg-type]
    api.presses(buttons_of(answer.json)["do"], sender)  # type: ignore[arg-type]
    return run_work(api)


def test_an_approval_states_its_effect_first_and_then_opens_the_access(api: Api) -> None:
    let_alice_ask(api)
    with_request(api)
    question = answer_to(api, f"approve {REQUEST}", BOB)
    assert (
        "Then `alice` can use `deploy` in `acme-prod` for 2 hours from its first use." in question
    )
    assert "the import fails" in question
    assert opened(api) == []

    outcome = confirm(api, f"approve {REQUEST}", BOB)

    assert "approve `alice" in outcome.replace("*", "")
    assert "The access lasts 2 hours from its first use" in outcome
    assert [grant.duration for grant in opened(api)] == [7200]
    assert done(api) == [("bob", Action.REQUEST_APPROVE)]


def test_an_approver_can_shorten_the_access(api: Api) -> None:
    let_alice_ask(api)
    with_request(api)
    assert "for 1 hour from its first use" in answer_to(api, f"approve {REQUEST} for 1h", LENA)
    confirm(api, f"approve {REQUEST} for 1h")
    assert [grant.duration for grant in opened(api)] == [3600]


def test_an_approval_that_would_extend_the_access_is_refused(api: Api) -> None:
    let_alice_ask(api)
    with_request(api)
    assert "can shorten the access, and not extend it" in confirm(api, f"approve {REQUEST} for 3h")
    assert opened(api) == []


def test_only_who_typed_an_approval_confirms_it(api: Api) -> None:
    let_alice_ask(api)
    with_request(api)
    button = buttons_of(api.types(f"approve {REQUEST}", BOB).json)["do"]
    for other in (LENA, ALICE):
        api.presses(button, other)
        assert "no longer valid" in text_of(api.workspace.responder.posted[-1][1])
    assert api.workspace.queue.enqueued == []


@pytest.mark.parametrize(
    ("sender", "part"),
    [(ALICE, "No one decides their own request"), (ADA, "not among the people who may approve")],
)
def test_who_may_not_approve_opens_nothing(api: Api, sender: object, part: str) -> None:
    let_alice_ask(api)
    with_request(api)
    assert part in confirm(api, f"approve {REQUEST}", sender)
    assert opened(api) == []


def test_who_may_not_see_a_request_gets_no_confirmation(api: Api) -> None:
    let_alice_ask(api, members=frozenset())
    with_request(api)
    for request in (REQUEST, "alice.0000000000000000", "nobody.0000000000000000"):
        assert "no-such-request" in answer_to(api, f"approve {request}", BOB)
    assert "slack-unbound" in answer_to(api, f"approve {REQUEST}", NINA)


def test_a_decided_request_gets_no_confirmation(api: Api) -> None:
    let_alice_ask(api)
    with_request(api)
    answer_to(api, f"deny {REQUEST} because it is frozen", LENA)
    answer = answer_to(api, f"approve {REQUEST}", BOB)
    assert "lena denied this request on" in answer
    assert "request-decided" in answer


def test_an_expired_request_gets_no_confirmation(api: Api) -> None:
    let_alice_ask(api)
    with_request(api, expires_at=NOON)
    answer = answer_to(api, f"approve {REQUEST}", BOB)
    assert "No one decided it until 24 November 2026, 12:00 UTC." in answer
    assert "request-expired" in answer


def test_a_request_of_a_program_says_so(api: Api) -> None:
    let_alice_ask(api)
    with_request(api, caller=CallerKind.AGENT)
    assert "*alice* through a program asks for `deploy`" in answer_to(api, "requests", BOB)


def test_an_approval_that_is_carried_out_twice_is_one(api: Api) -> None:
    """SlackWork was killed after the approval, before it stored the outcome."""
    let_alice_ask(api)
    with_request(api)
    api.presses(buttons_of(api.types(f"approve {REQUEST}", BOB).json)["do"], BOB)
    started = dict(api.world.items)
    run_work(api)
    (grant,) = opened(api)
    for key, item in started.items():  # the action is as it was before the run
        if key[0].__name__ == "PendingAction":
            api.world.items[key] = item
    assert "The access lasts 2 hours" in run_work(api)
    assert opened(api) == [grant]
    assert done(api) == [("bob", Action.REQUEST_APPROVE)]


def test_a_sensitive_role_is_approved_in_a_terminal(api: Api) -> None:
    let_alice_ask(api, sensitive=True)
    with_request(api)
    outcome = confirm(api, f"approve {REQUEST}")
    assert f"daypass approve {REQUEST}" in outcome
    assert opened(api) == []
