"""`/daypass done` gives one's sessions back, and says how long copies of their keys work."""

from __future__ import annotations

import pytest

from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.usecases.slack.commands.done import MAX_SESSIONS
from tests.builders import a_grant, a_role, an_approved_grant, an_engagement
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ALICE, BOB, answer_to
from tests.entrypoints.slack.request_scene import REQUEST, let_alice_ask, with_request
from tests.entrypoints.slack.transcript import Transcript

HOOLI = (an_engagement("hooli"), a_role(engagement="hooli"), a_grant(engagement="hooli"))


def vend(slack: Transcript, engagement: str = "acme-prod", times: int = 1) -> None:
    for _ in range(times):
        path = f"/v1/engagements/{engagement}/sessions"
        assert slack.api.post(path, "alice", {"role": "readonly"}).status == 201
    slack.note(f"Alice gets {times} session(s) in {engagement}")


@pytest.mark.golden
def test_members_give_sessions_back_as_the_file_says(slack: Transcript) -> None:
    slack.start_again("Alice is in Hooli, too", *HOOLI)
    for engagement in ("acme-prod", "hooli"):
        vend(slack, engagement)
    slack.type(ALICE, "done hooli", "live", "done", "done", "live")
    slack.start_again("more than Slack waits for")
    vend(slack, times=MAX_SESSIONS + 1)
    slack.type(ALICE, "done", "done")
    slack.start_again("the grant is revoked")
    vend(slack)
    path = "/v1/engagements/acme-prod/grants/alice/revoke"
    assert slack.api.post(path, "lena", {"reason": "over"}).status == 200
    slack.note("Lena revokes it")
    slack.type(ALICE, "done")
    slack.hold("done")


@pytest.mark.golden
def test_members_give_access_on_request_back_as_the_file_says(slack: Transcript) -> None:
    for begun in (True, False):
        duration = None if begun else 7200
        slack.start_again("access that has begun" if begun else "access that has not begun")
        let_alice_ask(slack.api)
        with_request(slack.api, status=RequestStatus.APPROVED, number="1", duration=duration)
        slack.api.world.add(an_approved_grant(role="deploy", request=REQUEST, duration=duration))
        slack.type(ALICE, "done hooli", "done acme-prod", "access acme-prod deploy", "done")
    slack.hold("done-access")


def test_no_one_gives_back_another_members_session(api: Api) -> None:
    vend(Transcript(api))
    before = list(api.world.entries)
    answers = {answer_to(api, text, BOB) for text in ("done", "done acme-prod", "done nowhere")}
    assert len(answers) == 1
    assert "You have no session to give back." in answers.pop()
    assert api.world.entries == before
