"""`/daypass access` and `link`: the answers are for the sender only, and contain no secret."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from chalicelib.domain.people.tokens import Token
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.trail import Action
from tests.builders import a_grant, a_role, a_verification, an_approved_grant
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ALICE, BOB, NINA, SAM, answer_to
from tests.entrypoints.slack.request_scene import REQUEST, let_alice_ask, with_request
from tests.entrypoints.slack.transcript import Transcript
from tests.fakes import NOON
from tests.fakes.slack import buttons_of, text_of

CLOSED_TO_LINKS = a_role(allows_links=False)


REFUSED = (
    "access nowhere",
    "access globex",
    "access globex readonly",
    "status globex",
    "access acme-prod nope",
    "access acme-prod",
    "acces acme-prod",
    "list " + "a" * 3001,
)


@pytest.mark.golden
def test_people_get_and_revoke_links_as_the_file_says(slack: Transcript) -> None:
    slack.type(NINA, "list", "link")
    slack.type(SAM, "list")
    slack.type(ALICE, "access acme-prod readonly for 30m because the import fails")
    slack.press(BOB, "revoke-link")
    path = "/v1/engagements/acme-prod/sessions"
    assert slack.api.post(path, "alice", {"role": "readonly"}).status == 201
    slack.note("Alice gets a session by her token")
    slack.press(ALICE, "revoke-link")
    slack.type(ALICE, "access acme-prod for 30m")
    page = slack.button("open")["url"].removeprefix("https:///api")
    assert slack.api.send("POST", page, raw="").status == 200
    slack.note("she gets one by the link")
    slack.press(ALICE, "revoke-link")
    both = frozenset({"readonly", "deploy"})
    slack.note("she has two roles", a_role("deploy"), a_grant("alice", roles=both))
    slack.type(ALICE, "access acme-prod")
    slack.start_again("reasons are required", a_role(requires_reason=True))
    slack.type(ALICE, *REFUSED)
    (binding,) = slack.api.world.find(Token, where=lambda token: token.subject == "UBOB")
    slack.api.post(f"/v1/me/tokens/{binding.id}/revoke", "bob", {"reason": "lost phone"})
    slack.api.post("/v1/members/alice/revoke", "lena", {"reason": "gone"})
    slack.note("Bob has revoked his binding, and Alice is suspended")
    slack.type(BOB, "list")
    slack.type(ALICE, "list", "access acme-prod")
    slack.hold("access")


@pytest.mark.golden
def test_people_get_links_for_approved_access_as_the_file_says(slack: Transcript) -> None:
    """The page shows these in tests/entrypoints/vending/test_access_page.py."""
    let_alice_ask(slack.api)
    slack.type(ALICE, "access acme-prod deploy")
    access = an_approved_grant(role="deploy", request=REQUEST, duration=7200)
    with_request(slack.api, status=RequestStatus.APPROVED, number="1")
    slack.note("approved, not begun", a_role("deploy", verification=a_verification()), access)
    slack.type(ALICE, "access acme-prod deploy")
    slack.note("begun", access.started(NOON))
    slack.type(ALICE, "access acme-prod deploy")
    slack.hold("access-on-request")


def test_access_answers_with_a_link_and_vends_nothing(api: Api) -> None:
    answer = api.types("access acme-prod readonly for 30m because the import fails", ALICE)
    answer, button = text_of(answer.json), buttons_of(answer.json)["open"]

    assert "`readonly` in `acme-prod`" in answer
    assert button["url"].startswith("http")
    assert "/access/" in button["url"]
    assert api.world.issued == []
    (entry,) = api.world.entries
    assert (entry.actor, entry.action) == ("alice", Action.ACCESS_LINK_CREATE)
    assert entry.details["asked_in"] == "slack:T0EXAMPLE/C0GENERAL/UALICE"
    assert entry.details["said"] == "the import fails"
    assert button["url"].rpartition("/")[2] not in json.dumps(str(api.world.items))


def typed_words(answer: str) -> list[str]:
    """Return the words that a shell makes of the command in the answer, as Slack shows it."""
    (line,) = re.findall("```(.*)```", answer)
    shown = line.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    process = subprocess.run(
        ["bash", "-c", f'daypass() {{ printf "%s\\0" daypass "$@"; }}; {shown}'],
        env={"PATH": "/usr/bin:/bin"},
        check=True,
        capture_output=True,
        text=True,
    )
    return process.stdout.split("\0")[:-1]


def test_the_command_that_links_a_slack_user_has_no_code_on_its_line(api: Api) -> None:
    answer = answer_to(api, "link", NINA)

    assert typed_words(answer) == ["daypass", "link-slack"]
    assert re.search(r"Your code is `[a-z2-7]{4}(-[a-z2-7]{4}){3}`", answer)


def test_a_role_without_links_gets_a_command_with_the_typed_arguments(api: Api) -> None:
    """Neither the shell nor Slack interprets anything in the reason."""
    api.world.add(CLOSED_TO_LINKS)
    why = "it isn't `done` ``` <!channel> & $(touch /tmp/x) !x"
    typed = why.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    answer = answer_to(api, f"access acme-prod for 30m because {typed}")

    assert "a machine where you are logged in to Daypass" in answer
    assert typed_words(answer) == [
        "daypass",
        "shell",
        "acme-prod/readonly",
        f"--reason={why.replace('`', 'ˋ')}",
    ]
    assert "<!channel>" not in answer
