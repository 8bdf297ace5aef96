"""`/daypass done` gives one's sessions back, and says how long copies of their keys work."""

from __future__ import annotations

import pytest

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.trail import Action, Outcome
from chalicelib.usecases.slack.commands.done import MAX_SESSIONS
from tests.builders import a_grant, a_role, an_approved_grant, an_engagement
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import BOB, answer_to
from tests.entrypoints.slack.request_scene import REQUEST, let_alice_ask, with_request

NOTHING = "You have no session to give back."


def vend(api: Api, engagement: str = "acme-prod") -> None:
    path = f"/v1/engagements/{engagement}/sessions"
    assert api.post(path, "alice", {"role": "readonly"}).status == 201


def ended(api: Api) -> list[str]:
    return [
        entry.engagement
        for entry in api.world.entries
        if (entry.action, entry.outcome) == (Action.SESSION_END, Outcome.DONE)
    ]


def with_hooli(api: Api) -> None:
    """Let Alice into another engagement."""
    api.world.add(an_engagement("hooli"), a_role(engagement="hooli"), a_grant(engagement="hooli"))


def test_all_sessions_are_given_back_once(api: Api) -> None:
    with_hooli(api)
    vend(api)
    vend(api, "hooli")
    answer = answer_to(api, "done")
    assert (
        "`hooli` `readonly`: given back. Copies of its keys may work until 24 November 2026, 13:00"
        " UTC." in answer
    )
    assert sorted(ended(api)) == ["acme-prod", "hooli"]
    assert NOTHING in answer_to(api, "done")
    assert "no session" in answer_to(api, "live")


def test_the_sessions_of_one_engagement_are_given_back(api: Api) -> None:
    with_hooli(api)
    vend(api)
    vend(api, "hooli")
    assert "acme-prod" not in answer_to(api, "done hooli")
    assert ended(api) == ["hooli"]
    assert "`acme-prod`" in answer_to(api, "live")


def test_no_one_gives_back_another_members_session(api: Api) -> None:
    vend(api)
    answers = {answer_to(api, text, BOB) for text in ("done", "done acme-prod", "done nowhere")}
    assert len(answers) == 1
    assert NOTHING in answers.pop()
    assert ended(api) == []


def test_more_sessions_than_slack_waits_for_take_two_commands(api: Api) -> None:
    for _ in range(MAX_SESSIONS + 1):
        vend(api)
    assert "Type the command again." in answer_to(api, "done")
    assert len(ended(api)) == MAX_SESSIONS
    assert "Type the command again." not in answer_to(api, "done")
    assert len(ended(api)) == MAX_SESSIONS + 1


def test_sessions_can_be_given_back_after_the_grant_is_revoked(api: Api) -> None:
    vend(api)
    assert api.world.find(Grant, where=lambda grant: grant.member == "alice")
    api.post("/v1/engagements/acme-prod/grants/alice/revoke", "lena", {"reason": "over"})
    assert "given back" in answer_to(api, "done")


def with_access_on_request(api: Api) -> None:
    """Let alice into `deploy` until two o'clock, by a request."""
    let_alice_ask(api)
    with_request(api, status=RequestStatus.APPROVED, number="1", duration=None)
    api.world.add(an_approved_grant(role="deploy", request=REQUEST))


@pytest.mark.parametrize(
    ("text", "ends"),
    [("done", True), ("done acme-prod", True), ("done hooli", False)],
)
def test_access_on_request_is_given_back_too(api: Api, text: str, *, ends: bool) -> None:
    with_access_on_request(api)
    answer = answer_to(api, text)
    assert ("`acme-prod` `deploy`: the access on request has ended." in answer) is ends
    assert "approval-revoked" in answer_to(api, "access acme-prod deploy") or not ends
    assert NOTHING in answer_to(api, text)  # a second time


def test_access_that_has_not_begun_stays(api: Api) -> None:
    let_alice_ask(api)
    with_request(api, status=RequestStatus.APPROVED, number="1")
    api.world.add(an_approved_grant(role="deploy", request=REQUEST, duration=7200))
    assert NOTHING in answer_to(api, "done")
