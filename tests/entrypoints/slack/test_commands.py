"""What is typed in Slack, and what is answered: to whoever typed it, and with no secret in it."""

from __future__ import annotations

import json
import re
import subprocess
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.slack.messages import replacing
from chalicelib.domain.trail import Action, Outcome
from tests.builders import a_grant, a_role
from tests.entrypoints.driver import Api
from tests.fakes import NOON
from tests.fakes.slack import buttons_of, person, text_of

ALICE, BOB, LENA, ADA, SAM = (person(one) for one in ("alice", "bob", "lena", "ada", "sam"))
NINA = person("nina")  # nobody knows whose she is


def said(api: Api, text: str, who: object = ALICE) -> str:
    answer = api.types(text, who)  # type: ignore[arg-type]
    assert answer.status == 200
    assert answer.json["response_type"] == "ephemeral"
    return text_of(answer.json)


def test_a_typo_is_answered_with_what_was_meant(api: Api) -> None:
    assert "acces ENGAGEMENT" not in said(api, "acces acme-prod")
    assert "access ENGAGEMENT" in said(api, "acces acme-prod")


def test_list_shows_ones_own_engagements_alone(api: Api) -> None:
    told = said(api, "list")

    assert "`acme-prod` (Acme): `readonly`, until 24 December 2026, 12:00 UTC" in told
    assert "globex" not in told
    assert "You are on no engagement" in said(api, "list", ADA)


def test_list_says_what_is_not_open(api: Api) -> None:
    (grant,) = api.world.find(Grant, where=lambda one: one.member == "alice")
    api.world.add(replace(grant, starts_at=NOON + timedelta(days=2)))
    assert "from 26 November 2026 on" in said(api, "list")

    api.post("/v1/engagements/acme-prod/close", "lena", {"reason": "done"})
    api.world.add(grant)
    assert "not open now" in said(api, "list")


def test_live_shows_the_time_that_each_of_ones_sessions_has_left(api: Api) -> None:
    assert "no session" in said(api, "live")
    api.post("/v1/engagements/acme-prod/sessions", "alice", {"role": "readonly", "duration": 1800})
    api.world.later(minutes=10)

    assert "`acme-prod` `readonly`: 20 min left, until 12:30 UTC" in said(api, "live")
    assert "no session" in said(api, "live", BOB)


@pytest.mark.parametrize("who", [LENA, ADA], ids=lambda who: who.name)
def test_leads_and_auditors_see_who_is_on_an_engagement_with_roles_and_sessions(
    api: Api, who: object
) -> None:
    api.post("/v1/engagements/acme-prod/sessions", "alice", {"role": "readonly"})

    told = said(api, "who acme-prod", who)

    assert "Alice (`alice`): `readonly`, until 24 December 2026, 12:00 UTC; 1 session" in told
    assert "1 may be alive, the last until 24 November 2026, 13:00 UTC." in told


@pytest.mark.parametrize("command", ["who", "status"])
def test_an_outsider_learns_nothing_and_is_on_record(api: Api, command: str) -> None:
    there = said(api, f"{command} acme-prod", BOB).replace("request-1", "")
    nowhere = said(api, f"{command} nowhere", BOB).replace("request-2", "")

    assert there == nowhere
    assert "not-a-member" in there
    entries = [(one.actor, one.action, one.outcome, one.address) for one in api.world.entries]
    refused = ("bob", Action.READ, Outcome.REFUSED, "slack:T0EXAMPLE/C0GENERAL/UBOB")
    assert entries == [refused, refused]


def test_status_says_how_the_engagement_and_its_roles_stand(api: Api) -> None:
    (role,) = api.world.find(Role, where=lambda one: one.engagement == "acme-prod")
    api.world.add(a_role(name="never", verification=None))

    told = said(api, "status acme-prod", LENA)

    assert "`acme-prod`* (Acme), open until 24 December 2026" in told
    assert "`readonly`: passed its check of" in told
    assert "`never`: not checked as it stands; nothing is vended from it" in told
    assert role.arn not in told
    api.post("/v1/engagements/acme-prod/revoke", "lena", {"reason": "it leaks"})
    assert "revoked on 24 November 2026" in said(api, "status acme-prod")


def test_whoever_is_bound_to_nobody_is_told_how_to_be(api: Api) -> None:
    told = said(api, "list", NINA)

    assert "/daypass link" in told
    assert "slack-unbound" in told


def test_a_suspended_members_binding_is_dead_at_once(api: Api) -> None:
    assert "suspended" in said(api, "list", SAM)
    api.post("/v1/members/alice/revoke", "lena", {"reason": "gone"})

    assert "acme" not in said(api, "list")
    assert "acme" not in said(api, "access acme-prod")


def test_a_revoked_binding_answers_nothing_and_says_how_to_be_bound_again(api: Api) -> None:
    (binding,) = api.world.find(Token, where=lambda one: one.subject == "UALICE")
    api.post(f"/v1/me/tokens/{binding.id}/revoke", "alice", {"reason": "lost phone"})

    told = said(api, "list")

    assert "bound to nobody any more" in told
    assert "slack-unbound" in told


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


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("access nowhere", "There is no such engagement, or you are not on it. /daypass list sho"),
        ("status globex", "/daypass list shows yours; ask your lead for a grant."),
        ("access acme-prod nope", "/daypass list shows yours; ask your lead for another."),
        ("access acme-prod", "This role asks why. Type the command again, and end it with"),
    ],
)
def test_a_refusal_says_what_to_type_and_no_route_of_the_api(
    api: Api, text: str, says: str
) -> None:
    (role,) = api.world.find(Role, where=lambda one: one.engagement == "acme-prod")
    api.world.add(replace(role, asks_reason=True))

    told = said(api, text)

    assert says in told
    assert "GET /" not in told
    assert 'send "' not in told


@pytest.mark.parametrize("text", ["access globex", "access globex readonly", "access nowhere"])
def test_access_to_what_one_is_not_on_is_refused_as_if_it_were_not_there(
    api: Api, text: str
) -> None:
    assert "not-a-member" in said(api, text)


def test_a_role_that_is_closed_to_links_is_answered_with_the_line_to_paste(api: Api) -> None:
    (role,) = api.world.find(Role, where=lambda one: one.engagement == "acme-prod")
    api.world.add(replace(role, allows_links=False))

    told = said(api, "access acme-prod for 30m because it isn't there")

    assert "a terminal on the machine where you set up Daypass" in told
    assert "/v1/engagements/acme-prod/sessions" in told
    assert '"duration": 1800' in told


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
    return (home / "called").read_text().splitlines()


def test_the_line_that_enters_the_code_reads_the_token_from_its_file(
    api: Api, tmp_path: Path
) -> None:
    (line,) = re.findall("```(.*)```", said(api, "link", NINA))

    called = pasted(line, tmp_path)

    assert "https://daypass.example.com/api/v1/me/slack" in called
    assert f"@{tmp_path}/.daypass/authorization" in called
    assert "a-token" not in "".join(called)
    assert json.loads(called[-1]).keys() == {"code"}


def test_a_line_to_paste_that_cannot_reach_daypass_fails(api: Api, tmp_path: Path) -> None:
    (role,) = api.world.find(Role, where=lambda one: one.engagement == "acme-prod")
    api.world.add(replace(role, allows_links=False))
    (line,) = re.findall("```(.*)```", said(api, "access acme-prod"))
    fails = line.replace("curl ", "false ")

    assert pasted(line, tmp_path, f"; {fails} || echo failed >> ~/called")[-1] == "failed"


def test_the_line_to_paste_says_the_reason_and_nothing_else_to_shell_and_slack(
    api: Api, tmp_path: Path
) -> None:
    (role,) = api.world.find(Role, where=lambda one: one.engagement == "acme-prod")
    api.world.add(replace(role, allows_links=False))
    why = "it isn't `done` ``` <!channel> & $(touch /tmp/x) !x"
    typed = why.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

    told = text_of(api.types(f"access acme-prod because {typed}", ALICE).json)
    (line,) = re.findall("```(.*)```", told)
    called = pasted(line, tmp_path)

    assert not set("<>&`!") & set(line.partition("-d '")[2].partition("'")[0])
    assert json.loads(called[-1])["reason"] == why
    assert "https://daypass.example.com/api/v1/engagements/acme-prod/sessions" in called
    assert f"@{tmp_path}/.daypass/authorization" in called
    assert "a-token" not in "".join(called)


def test_a_link_can_be_revoked_with_a_button_and_no_more_is_claimed(api: Api) -> None:
    message = api.types("access acme-prod", ALICE).json
    button = buttons_of(message)["revoke-link"]
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

    told = text_of(api.workspace.slack.posted[-1][1])
    assert "may be alive until 24 November 2026, 12:30 UTC" in told
    assert "issued at or before 2026-11-24T12:00:" in told
    assert "No new sessions" not in told


def test_nobody_elses_link_can_be_revoked(api: Api) -> None:
    button = buttons_of(api.types("access acme-prod", ALICE).json)["revoke-link"]

    api.presses(button, BOB)

    assert [one.action for one in api.world.entries] == [Action.ACCESS_LINK_CREATE]
    assert "not whole, or no longer known" in text_of(api.workspace.slack.posted[-1][1])


LONG = "W" * 80


def test_long_and_hostile_names_are_shown_as_they_are_and_as_nothing_more(api: Api) -> None:
    hostile = "<!channel> *b* `c` <https://evil.example|here> & <@ULENA>"
    for member in api.world.find(Member, where=lambda one: one.id == "alice"):
        api.world.add(replace(member, name=hostile[:80]))

    told = said(api, "who acme-prod")

    assert "<!channel>" not in told
    assert "<https" not in told
    assert "<@ULENA>" not in told
    assert "&lt;!channel&gt;" in told


def test_the_longest_lists_fit_into_a_message(api: Api) -> None:
    for number in range(60):
        name = f"member-{number}-{'x' * 15}"
        api.world.add(
            Member(id=name, name=LONG, kind="member", created_at=NOON, tokens_from=NOON),
            a_grant(name),
        )

    assert "more" in said(api, "who acme-prod")


def test_a_text_that_is_far_too_long_is_answered_in_words(api: Api) -> None:
    assert "too long" in said(api, "list " + "a" * 3001)
