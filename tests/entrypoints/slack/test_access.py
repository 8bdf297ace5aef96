"""Access and links in Slack, and who is answered: to whoever typed it, and with no secret in it."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from chalicelib.domain.people.tokens import Token
from chalicelib.domain.slack.messages import replacing
from chalicelib.domain.trail import Action
from tests.builders import a_grant, a_role
from tests.entrypoints.driver import Api
from tests.entrypoints.slack.leads import ALICE, BOB, NINA, SAM, posted, said
from tests.fakes.slack import buttons_of, text_of

CLOSED_TO_LINKS = a_role(allows_links=False)


def test_whoever_is_bound_to_nobody_is_told_how_to_be(api: Api) -> None:
    told = said(api, "list", NINA)

    assert "/daypass link" in told
    assert "slack-unbound" in told


def test_a_binding_is_dead_at_once_with_its_member_and_when_it_is_revoked(api: Api) -> None:
    (binding,) = api.world.find(Token, where=lambda one: one.subject == "UBOB")
    api.post(f"/v1/me/tokens/{binding.id}/revoke", "bob", {"reason": "lost phone"})
    told = said(api, "list", BOB)
    assert "no longer linked to a member. Type /daypass link in Slack" in told
    assert "token-revoked" in told

    assert "suspended" in said(api, "list", SAM)
    api.post("/v1/members/alice/revoke", "lena", {"reason": "gone"})
    assert "acme" not in said(api, "list") + said(api, "access acme-prod")


def test_access_answers_with_a_link_and_no_session_is_made(api: Api) -> None:
    answer = api.types("access acme-prod readonly for 30m because the import fails", ALICE)
    told, button = text_of(answer.json), buttons_of(answer.json)["open"]

    assert "`readonly` in `acme-prod`" in told
    assert button["url"].startswith("http")
    assert "/access/" in button["url"]
    assert api.world.issued == []
    (entry,) = api.world.entries
    assert (entry.actor, entry.action) == ("alice", Action.ACCESS_LINK_CREATE)
    assert entry.details["asked_in"] == "slack:T0EXAMPLE/C0GENERAL/UALICE"
    assert entry.details["said"] == "the import fails"
    assert button["url"].rpartition("/")[2] not in json.dumps(str(api.world.items))


def test_access_takes_the_only_role_that_there_is_and_asks_which_of_several(api: Api) -> None:
    assert "`readonly` in `acme-prod`" in said(api, "access acme-prod")

    api.world.add(a_role(name="deploy"), a_grant("alice", roles=frozenset({"readonly", "deploy"})))
    told = said(api, "access acme-prod")
    assert "deploy, readonly" in told
    assert "Say which one" in told


NO_ACCESS = "This engagement does not exist, or you have no access to it. Type /daypass list"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        *((f"access {what}", NO_ACCESS) for what in ("nowhere", "globex", "globex readonly")),
        ("status globex", "/daypass list to see yours, or ask your lead for a grant."),
        ("access acme-prod nope", "/daypass list to see your roles, or ask your lead for another."),
        ("access acme-prod", "This role requires a reason. Type the command again, and end"),
        ("acces acme-prod", "Did you mean `/daypass access ENGAGEMENT [ROLE] [for 30m] ["),
        ("list " + "a" * 3001, "too long"),
    ],
)
def test_a_refusal_says_what_to_type_and_no_route_of_the_api(
    api: Api, text: str, says: str
) -> None:
    api.world.add(a_role(requires_reason=True))

    told = said(api, text)

    assert says in told
    assert "GET /" not in told
    assert 'send "' not in told


def pasted(line: str, home: Path, then: str = "") -> list[str]:
    """Run the line as a member who has enrolled. Return what curl was called with."""
    (home / ".daypass").mkdir()
    (home / ".daypass" / "address").write_text("https://daypass.example.com/api\n")
    (home / ".daypass" / "authorization").write_text("Authorization: Bearer a-token\n")
    curl = 'curl() { printf "%s\\n" "$@" > "$HOME/called"; }'
    subprocess.run(
        ["bash", "-c", f"{curl}; {line}{then}"],
        env={"PATH": "/usr/bin:/bin", "HOME": str(home)},
        check=True,
        capture_output=True,
    )
    called = (home / "called").read_text().splitlines()
    assert f"@{home}/.daypass/authorization" in called
    assert "a-token" not in "".join(called)
    return called


def line_in(told: str) -> str:
    (line,) = re.findall("```(.*)```", told)
    return str(line)


def test_the_line_that_enters_the_code_reads_the_token_from_its_file(
    api: Api, tmp_path: Path
) -> None:
    called = pasted(line_in(said(api, "link", NINA)), tmp_path)

    assert "https://daypass.example.com/api/v1/me/slack" in called
    assert json.loads(called[-1]).keys() == {"code"}


def test_a_line_to_paste_that_cannot_reach_daypass_fails(api: Api, tmp_path: Path) -> None:
    api.world.add(CLOSED_TO_LINKS)
    line = line_in(said(api, "access acme-prod"))
    fails = line.replace("curl ", "false ")

    assert pasted(line, tmp_path, f"; {fails} || echo failed >> ~/called")[-1] == "failed"


def test_a_role_that_is_closed_to_links_is_answered_with_a_line_that_means_what_was_typed(
    api: Api, tmp_path: Path
) -> None:
    """The reason, and nothing else, to the shell and to Slack."""
    api.world.add(CLOSED_TO_LINKS)
    why = "it isn't `done` ``` <!channel> & $(touch /tmp/x) !x"
    typed = why.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    told = said(api, f"access acme-prod for 30m because {typed}")
    line = line_in(told)
    called = pasted(line, tmp_path)

    assert "a terminal on the machine where you set up Daypass" in told
    assert not set("<>&`!") & set(line.partition("-d '")[2].partition("'")[0])
    body = json.loads(called[-1])
    assert (body["reason"], body["duration"]) == (why, 1800)
    assert "https://daypass.example.com/api/v1/engagements/acme-prod/sessions" in called


def test_a_link_can_be_revoked_with_a_button_and_no_more_is_claimed(api: Api) -> None:
    button = buttons_of(api.types("access acme-prod", ALICE).json)["revoke-link"]
    api.post("/v1/engagements/acme-prod/sessions", "alice", {"role": "readonly"})  # by her token

    assert api.presses(button, ALICE).status == 200

    (_, told) = api.workspace.slack.posted[-1]
    assert told == replacing(
        "This link is revoked: it opens nothing any more. No session that came by it is alive."
    )
    assert [one.action for one in api.world.entries][-1] is Action.ACCESS_LINK_REVOKE
    assert "open" in buttons_of(api.types("access acme-prod", ALICE).json)  # she gets others


def test_revoking_a_link_that_was_used_says_until_when_its_session_may_be_alive(api: Api) -> None:
    buttons = buttons_of(api.types("access acme-prod for 30m", ALICE).json)
    page = "/access/" + buttons["open"]["url"].rpartition("/")[2]
    assert api.send("POST", page, raw="").status == 200

    api.presses(buttons["revoke-link"], ALICE)

    told = posted(api)
    assert "may be alive until 24 November 2026, 12:30 UTC" in told
    assert "issued at or before 2026-11-24T12:00:" in told
    assert "no new sessions" not in told


def test_nobody_elses_link_can_be_revoked(api: Api) -> None:
    button = buttons_of(api.types("access acme-prod", ALICE).json)["revoke-link"]

    api.presses(button, BOB)

    assert [one.action for one in api.world.entries] == [Action.ACCESS_LINK_CREATE]
    assert "incomplete, or Daypass no longer knows it" in posted(api)
