"""The console's actions about people: each does what the API's route does, once."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.people.enrolments import Enrolment, parse_code
from chalicelib.domain.people.members import Kind, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.entrypoints.web.actions.people.enrolments import INSTALL
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.vending.vend import vend
from tests.builders import a_member, a_token, an_enrolment
from tests.entrypoints.driver import Api
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.people.test_people_pages import ESCAPED, MARKUP, text_of
from tests.fakes import NOON

BOB = {"id": "ben", "name": "Ben Berg", "kind": "member"}
WHY = {"reason": "lost laptop"}


def written(api: Api) -> list[str]:
    """Return the action, outcome and subject of each trail entry, without those of sign-ins."""
    return [
        f"{entry.action} {entry.outcome} {entry.subject}".strip()
        for entry in api.world.entries
        if not entry.action.startswith("web")
    ]


def code_in(page: str) -> str:
    (code,) = set(re.findall(r"daypass_enrol_[0-9A-Za-z_-]+", page))
    return code


ALICES_GRANT = {"engagement": "acme-prod", "member": "alice"}


def test_invite_shows_the_code_once_with_the_message_to_send(api: Api, signed_in: SignIn) -> None:
    page = signed_in("lena").act("invite-member", BOB)
    assert page.status == 200
    code = code_in(page.text)
    assert f"daypass login {_base_url(page.text)}" in page.text
    assert INSTALL.replace("$DAYPASS", _base_url(page.text)) in html.unescape(page.text)
    assert "works once, until 25 November 2026, 12:00 UTC" in page.text
    presented = parse_code(code)
    stored = api.scene.ports.state.get(Enrolment, "ben")
    assert presented is not None
    assert stored is not None
    assert stored.hash == presented.hash
    assert written(api) == ["member.create done ben"]
    entry = api.world.entries[-1]
    assert (entry.actor, entry.token, entry.address) == ("lena", a_token("lena").id, "203.0.113.7")
    assert code not in "".join(map(str, api.world.entries))


def _base_url(page: str) -> str:
    match = re.search(r"daypass login (https?://[^\s<]+)", page)
    assert match
    return match[1]


def test_an_invitation_sent_twice_creates_one_member(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    browser.act("invite-member", BOB)
    again = browser.post("/web/actions/invite-member", BOB)
    assert again.status == 409
    assert "daypass_enrol_" not in again.text
    assert 'value="Ben Berg"' in again.text
    assert written(api) == ["member.create done ben"]


def test_an_id_with_capitals_is_lowered(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    page = browser.act("invite-member", BOB | {"id": " Frieda"})
    assert page.status == 200
    assert "<title>Enrolment code for \u2068Ben Berg\u2069 (frieda) – Daypass</title>" in page.text
    assert written(api) == ["member.create done frieda"]
    refused = browser.post("/web/actions/invite-member", BOB | {"id": "Frieda!"})
    assert refused.status == 400
    assert (
        "This must be a member&#39;s ID: 2 to 32 characters of a-z, 0-9 and single hyphens"
        in refused.text
    )


@pytest.mark.parametrize(
    ("action", "query", "title"),
    [
        ("grant-access", {}, "Grant access"),
        ("grant-access", {"member": "alice"}, "Grant access"),
        ("revoke-member", {}, "Suspend a member"),
        ("revoke-member", {"member": "alice"}, "Suspend a member: alice"),
        ("keep-grant", ALICES_GRANT, "Keep the grant of alice in acme-prod"),
    ],
)
def test_a_title_ends_with_its_target_or_without_the_word_before_it(
    signed_in: SignIn, action: str, query: dict[str, str], title: str
) -> None:
    page = signed_in("lena").get(f"/web/actions/{action}", **query)
    assert f"<title>{title} – Daypass</title>" in page.text


@pytest.mark.parametrize("field", ["id", "name", "kind"])
def test_an_incomplete_invitation_keeps_what_was_typed(
    api: Api, signed_in: SignIn, field: str
) -> None:
    browser = signed_in("lena")
    browser.get("/web/actions/invite-member")
    page = browser.post("/web/actions/invite-member", BOB | {field: ""})
    assert page.status == 400
    assert f'id="field-{field}-error"' in page.text
    assert sum(f'value="{text}"' in page.text for text in (BOB["id"], BOB["name"])) >= 1
    assert written(api) == []


def test_a_new_code_replaces_the_one_that_the_page_showed(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    page = browser.get("/web/actions/create-enrolment", member="alice")
    assert "It replaces the code of 25 October 2026, 12:00 UTC" in page.text
    replaces = {"member": "alice", "replaces": an_enrolment("alice").id}
    shown = browser.post("/web/actions/create-enrolment", replaces)
    assert shown.status == 200
    first = api.scene.ports.state.get(Enrolment, "alice")
    assert first is not None
    assert parse_code(code_in(shown.text)).hash == first.hash  # type: ignore[union-attr]
    again = browser.post("/web/actions/create-enrolment", replaces)
    assert again.status == 409
    assert "Someone has made a code for this member since" in again.text
    assert f'name="replaces" value="{first.id}"' in again.text
    assert api.scene.ports.state.get(Enrolment, "alice") == first
    assert written(api) == ["enrolment.create done alice"]


def test_a_code_with_an_end(api: Api, signed_in: SignIn) -> None:
    form = {"member": "bob", "expires_at": "2026-11-24T18:00"}
    page = signed_in("lena").act("create-enrolment", form)
    assert "works once, until 24 November 2026, 18:00 UTC" in page.text
    too_late = signed_in("lena").post(
        "/web/actions/create-enrolment", form | {"expires_at": "2027-01-01T00:00"}
    )
    assert too_late.status in (400, 403, 409)


def test_revoke_a_code(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    answer = browser.act("revoke-enrolment", {"member": "alice"} | WHY)
    page = browser.follow(answer)
    assert "The enrolment code is revoked." in page.text
    assert "State revoked" in text_of(page.text)
    assert browser.act("revoke-enrolment", {"member": "alice"} | WHY).status == 303
    assert written(api) == ["enrolment.revoke done alice"]


def test_a_used_code_cannot_be_revoked(api: Api, signed_in: SignIn) -> None:
    api.world.add(an_enrolment("alice", used_at=NOON))
    page = signed_in("lena").act("revoke-enrolment", {"member": "alice"} | WHY)
    assert page.status == 409
    assert "Revoke the token" in page.text


def test_change_a_name_and_a_kind_and_nothing_twice(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    form = {"member": "alice", "name": "Alice Alms", "kind": "lead"}
    page = browser.follow(browser.act("change-member", form))
    assert "The member is changed." in page.text
    assert "<bdi>Alice Alms</bdi>" in page.text
    assert browser.act("change-member", form).status == 303
    assert written(api) == ["member.change done alice"]
    alice = api.scene.ports.state.get(Member, "alice")
    assert alice is not None
    assert (alice.name, alice.kind) == ("Alice Alms", Kind.LEAD)


def test_the_last_lead_stays_one(api: Api, signed_in: SignIn) -> None:
    form = {"member": "lena", "name": "Lena", "kind": "member"}
    page = signed_in("lena").act("change-member", form)
    assert page.status == 409
    assert 'role="alert"' in page.text
    assert written(api) == []


def test_reinstate_someone_once(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("lena")
    page = browser.follow(browser.act("reinstate-member", {"member": "sam"}))
    assert "They need a new enrolment code." in page.text
    assert browser.act("reinstate-member", {"member": "sam"}).status == 303
    assert written(api) == ["member.reinstate done sam"]


def test_someone_who_was_suspended_between_two_clicks_gets_no_code(
    api: Api, signed_in: SignIn
) -> None:
    browser = signed_in("lena")
    browser.get("/web/actions/create-enrolment", member="bob")
    suspend_member(api.scene.ports, api.scene.caller("lena"), "bob", why="left")
    page = browser.post("/web/actions/create-enrolment", {"member": "bob"})
    assert page.status == 409
    assert "first reinstate them" in page.text
    assert "daypass_enrol_" not in page.text


def test_end_what_mallory_set_up(api: Api, signed_in: SignIn) -> None:
    api.world.add(a_member("mallory", kind=Kind.LEAD, name=MARKUP), a_token("mallory"))
    browser = signed_in("lena")
    form = {"member": "mallory"} | WHY
    grant = {"member": "alice", "roles": ["readonly"]}
    api.post("/v1/engagements/globex/grants", "mallory", grant)
    api.post("/v1/members", "mallory", {"id": "eve", "name": "Eve", "kind": "auditor"})
    assert browser.act("end-lead-changes", form).status == 409  # not suspended
    suspend_member(api.scene.ports, api.scene.caller("lena"), "mallory", why="stolen laptop")
    page = browser.get("/web/actions/end-lead-changes", member="mallory")
    assert "Daypass revokes the grant of alice for globex." in page.text
    assert "It leaves other changes as they are: 1." in page.text
    result = browser.act("end-lead-changes", form)
    assert result.status == 200
    shown = text_of(result.text)
    assert "Ended: 1. For you to review: 1." in shown
    assert "They gave someone a grant. globex alice" in shown
    assert "They made someone an auditor" in shown
    assert ESCAPED in result.text
    assert "Ended: 0." in text_of(browser.act("end-lead-changes", form).text)


def test_rename_ones_own_token(api: Api, signed_in: SignIn) -> None:
    browser = signed_in("alice")
    form = {"token": a_token("alice").id, "label": MARKUP[:20].replace("\u202e", "")}
    page = browser.follow(browser.act("rename-token", form))
    assert "The token has its new label." in page.text
    assert browser.act("rename-token", form).status == 303
    assert written(api) == ["token.change done"]


def test_revoke_ones_own_token_and_see_the_sessions_that_outlive_it(
    api: Api, signed_in: SignIn
) -> None:
    vend(api.scene.ports, api.scene.origin(), "acme-prod", SessionRequest(role="readonly"))
    api.world.add(a_token("alice", hash="d" * 64, label="desktop"))
    browser = signed_in("alice")
    form = {"token": "d" * 12} | WHY
    page = browser.act("revoke-own-token", form)
    assert page.status == 200
    assert "No session is alive." in text_of(page.text)
    sign_in = {"token": a_token("alice").id} | WHY
    assert "this signs you out" in browser.get("/web/actions/revoke-own-token", **sign_in).text
    page = browser.act("revoke-own-token", sign_in)
    assert "1 session may still be alive" in text_of(page.text)
    assert "you are signed out now" in page.text
    assert browser.get("/web/me").status == 401


@pytest.mark.parametrize("action", ["rename-token", "revoke-own-token"])
def test_nobody_reaches_anothers_token(api: Api, signed_in: SignIn, action: str) -> None:
    browser = signed_in("alice")
    browser.get("/web/me")
    form = {"token": a_token("lena").id, "label": "mine"} | WHY
    form = {name: form[name] for name in ("token", "label" if "rename" in action else "reason")}
    assert browser.get(f"/web/actions/{action}", token=a_token("lena").id).status == 404
    assert browser.post(f"/web/actions/{action}", form).status == 404
    assert not api.world.find(Token, where=lambda token: token.revoked_at is not None)
    assert written(api) == []


LETS_IN: dict[str, dict[str, Any]] = {
    "invite-member": BOB,
    "create-enrolment": {"member": "bob"},
    "change-member": {"member": "bob", "name": "Bob", "kind": "lead"},
    "reinstate-member": {"member": "sam"},
    "grant-access": {"member": "bob", "engagement": "acme-prod", "roles": ["readonly"]},
    "change-grant": {"member": "alice", "engagement": "acme-prod", "roles": ["readonly"]},
}


@pytest.mark.parametrize("action", LETS_IN)
def test_letting_someone_in_needs_a_sign_in_of_the_last_ten_minutes(
    api: Api, signed_in: SignIn, action: str
) -> None:
    browser = signed_in("lena")
    api.world.later(minutes=10, seconds=1)
    page = browser.act(action, LETS_IN[action])
    assert "Sign in again first." in text_of(page.text)
    assert written(api) == []


STOPS: dict[str, dict[str, Any]] = {
    "revoke-enrolment": {"member": "alice"} | WHY,
    "revoke-own-token": {"token": a_token("lena").id} | WHY,
}


@pytest.mark.parametrize("action", STOPS)
def test_a_stop_needs_no_new_sign_in(api: Api, signed_in: SignIn, action: str) -> None:
    browser = signed_in("lena")
    api.world.later(minutes=25)
    assert browser.act(action, STOPS[action]).status in (200, 303)
    assert len(written(api)) == 1


@pytest.mark.parametrize("member", ["ada", "alice"])
@pytest.mark.parametrize("action", [*LETS_IN, "revoke-enrolment", "end-lead-changes"])
def test_only_leads_act(api: Api, signed_in: SignIn, member: str, action: str) -> None:
    browser = signed_in(member)
    assert browser.get(f"/web/actions/{action}").status == 403
    browser.get("/web/me")
    form = LETS_IN.get(action) or {"member": "sam"} | WHY
    assert browser.post(f"/web/actions/{action}", form).status == 403
    assert {line.split()[1] for line in written(api)} == {"refused"}


def test_unknown_members_have_no_actions(signed_in: SignIn) -> None:
    browser: Browser = signed_in("lena")
    for action in ("create-enrolment", "change-member", "reinstate-member", "end-lead-changes"):
        assert browser.get(f"/web/actions/{action}", member="nobody").status == 404
        assert browser.get(f"/web/actions/{action}").status == 404


def test_the_effects_are_stated_first(signed_in: SignIn) -> None:
    browser = signed_in("lena")
    assert (
        "In 10 minutes to 7 days" in browser.get("/web/actions/create-enrolment", member="bob").text
    )
    page = browser.get("/web/actions/reinstate-member", member="sam").text
    assert "Their grants that have not ended or been revoked count again." in page


@pytest.mark.parametrize("action", ["create-enrolment", "change-grant", "rename-token"])
@pytest.mark.parametrize(
    "text",
    ["\u00e4", "x" * 3000, "a" * 33, "-", " "],
)
def test_a_name_that_no_one_can_have_is_not_found(
    signed_in: SignIn, action: str, text: str
) -> None:
    browser = signed_in("lena")
    browser.get("/web/me")
    form = {"member": text, "engagement": text, "token": text}
    form = {name: form[name] for name in (["token"] if "token" in action else ["member"])}
    assert browser.post(f"/web/actions/{action}", form).status == 404


def test_the_invitation_installs_the_command_as_the_guide_does() -> None:
    assert f"```sh\n{INSTALL}\n```" in Path("docs/using.md").read_text(encoding="utf-8")
