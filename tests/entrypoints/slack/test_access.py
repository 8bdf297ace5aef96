"""`/daypass access` and `link`: the answers are for the sender only, and contain no secret."""

from __future__ import annotations

import json
import re
import subprocess

import pytest

from chalicelib.domain.people.tokens import Token
from chalicelib.domain.slack.messages import build_replacement_message
from chalicelib.domain.trail import Action
from tests.builders import a_grant, a_role
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ALICE, BOB, NINA, SAM, answer_to, last_post
from tests.fakes.slack import buttons_of, text_of

CLOSED_TO_LINKS = a_role(allows_links=False)


def test_an_unbound_user_learns_how_to_link(api: Api) -> None:
    answer = answer_to(api, "list", NINA)

    assert "/daypass link" in answer
    assert "slack-unbound" in answer


def test_a_binding_ends_at_once_when_it_or_its_member_is_revoked(api: Api) -> None:
    (binding,) = api.world.find(Token, where=lambda token: token.subject == "UBOB")
    api.post(f"/v1/me/tokens/{binding.id}/revoke", "bob", {"reason": "lost phone"})
    answer = answer_to(api, "list", BOB)
    assert "no longer linked to a member. Type /daypass link in Slack" in answer
    assert "token-revoked" in answer

    assert "suspended" in answer_to(api, "list", SAM)
    api.post("/v1/members/alice/revoke", "lena", {"reason": "gone"})
    assert "acme" not in answer_to(api, "list") + answer_to(api, "access acme-prod")


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


def test_access_uses_the_only_role_or_requests_one_of_several(api: Api) -> None:
    assert "`readonly` in `acme-prod`" in answer_to(api, "access acme-prod")

    api.world.add(a_role(name="deploy"), a_grant("alice", roles=frozenset({"readonly", "deploy"})))
    answer = answer_to(api, "access acme-prod")
    assert "deploy, readonly" in answer
    assert "Add one to the command" in answer


NO_ACCESS = "This engagement does not exist, or you have no access to it. Type /daypass list"


@pytest.mark.parametrize(
    ("text", "part"),
    [
        *((f"access {target}", NO_ACCESS) for target in ("nowhere", "globex", "globex readonly")),
        ("status globex", "/daypass list to see yours, or ask your lead for a grant."),
        ("access acme-prod nope", "/daypass list to see your roles, or ask your lead for another."),
        ("access acme-prod", "This role requires a reason. Type the command again, and end"),
        ("acces acme-prod", "Did you mean `/daypass access ENGAGEMENT [ROLE] [for 30m] ["),
        ("list " + "a" * 3001, "longer than 3000 characters"),
    ],
)
def test_a_refusal_says_what_to_type_and_names_no_route(api: Api, text: str, part: str) -> None:
    api.world.add(a_role(requires_reason=True))

    answer = answer_to(api, text)

    assert part in answer
    assert "GET /" not in answer
    assert 'send "' not in answer


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


def test_a_button_revokes_the_link_and_claims_no_more(api: Api) -> None:
    button = buttons_of(api.types("access acme-prod", ALICE).json)["revoke-link"]
    api.post("/v1/engagements/acme-prod/sessions", "alice", {"role": "readonly"})  # by her token

    assert api.presses(button, ALICE).status == 200

    (_, answer) = api.workspace.responder.posted[-1]
    assert answer == build_replacement_message(
        "This link is revoked. No one can get a session with it. No session from the link is alive."
    )
    assert [entry.action for entry in api.world.entries][-1] is Action.ACCESS_LINK_REVOKE
    assert "open" in buttons_of(api.types("access acme-prod", ALICE).json)  # she can get others


def test_revoking_a_used_link_says_until_when_its_session_may_be_alive(api: Api) -> None:
    buttons = buttons_of(api.types("access acme-prod for 30m", ALICE).json)
    page = "/access/" + buttons["open"]["url"].rpartition("/")[2]
    assert api.send("POST", page, raw="").status == 200

    api.presses(buttons["revoke-link"], ALICE)

    answer = last_post(api)
    assert "may be alive until 24 November 2026, 12:30 UTC" in answer
    assert "issued at or before 2026-11-24T12:00:" in answer
    assert "no new sessions" not in answer


def test_members_cannot_revoke_others_links(api: Api) -> None:
    button = buttons_of(api.types("access acme-prod", ALICE).json)["revoke-link"]

    api.presses(button, BOB)

    assert [entry.action for entry in api.world.entries] == [Action.ACCESS_LINK_CREATE]
    assert "incomplete, or Daypass no longer knows it" in last_post(api)
