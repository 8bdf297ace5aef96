"""The console's pages about people, through the real app."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.enrolments import CodeProblem
from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.entrypoints.web.pages.people import CODE_TEXTS
from chalicelib.usecases.engagements.end_lead_changes import KINDS_ENDED
from chalicelib.usecases.people.lead_change_rules import ChangeKind, LeadChange
from chalicelib.usecases.people.lead_changes import suspend_member
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.web.people.change_texts import TEXTS, describe_ending
from tests.builders import (
    a_binding,
    a_grant,
    a_grant_on_request,
    a_member,
    a_request,
    a_request_id,
    a_token,
    an_emergency_lock,
    an_engagement,
    an_enrolment,
)
from tests.entrypoints.driver import Api
from tests.entrypoints.web.conftest import SignIn
from tests.fakes import NOON
from tests.fakes.trail import FakeTrail

MARKUP = "<b>\u05d0\u202e&\"'" + "W" * 190
ESCAPED = "&lt;b&gt;\u05d0\u202e&amp;&#34;&#39;"
DOWN = Unavailable(Reason.RECORDS_UNAVAILABLE)


def text_of(page: str) -> str:
    """Return the text of the page's main part, without tags, on one line."""
    main = page.partition("<main")[2].partition(">")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def test_the_list_shows_everyone_with_their_state(api: Api, signed_in: SignIn) -> None:
    api.world.add(an_enrolment("bob", used_at=NOON))
    page = signed_in("lena").get("/web/people")
    assert page.status == 200
    assert "Alice alice member active open" in text_of(page.text)
    assert "Bob bob member active none open" in text_of(page.text)
    assert "Sam sam member suspended since 23 Nov 2026, 12:00 UTC none open" in text_of(page.text)
    assert "/web/actions/invite-member" in page.text


@pytest.mark.parametrize(("text", "ids"), [("al", ["alice"]), ("A", ["ada", "alice"]), ("é", [])])
def test_the_list_is_filtered_by_the_beginning_of_an_id(
    signed_in: SignIn, text: str, ids: list[str]
) -> None:
    page = signed_in("lena").get("/web/people", starts_with=text)
    assert re.findall(r"<code>([a-z]+)</code>", page.text) == ids
    assert ("No one has an ID" in page.text) == (not ids)


def test_the_list_has_pages_which_keep_the_filter(api: Api, signed_in: SignIn) -> None:
    api.world.add(*(a_member(f"m-{number:02}") for number in range(30)))
    browser = signed_in("lena")
    first = browser.get("/web/people", starts_with="m-")
    following = re.search(r'rel="next" href="/api([^"]*)"', first.text)
    assert following
    second = browser.get(following[1].replace("&amp;", "&"))
    assert re.findall(r"<code>(m-\d\d)</code>", first.text + second.text) == [
        f"m-{number:02}" for number in range(30)
    ]
    assert "First page" in second.text


def test_one_look_says_what_a_person_may_enter_and_when_they_were_there(
    api: Api, signed_in: SignIn
) -> None:
    vend(api.scene.ports, api.scene.origin(), "acme-prod", SessionRequest(role="readonly"))
    api.world.later(minutes=20)
    api.world.add(
        a_grant_on_request(engagement="globex"),
        a_grant(engagement="initech", ends_at=NOON),
        an_engagement("initech"),
    )
    shown = text_of(signed_in("lena").get("/web/people/alice").text)
    assert "1 engagement open now" in shown
    assert "Acme acme-prod readonly works" in shown
    assert "20 min ago" in shown
    assert "on request Only with an approved request. Why?" in shown
    assert "never with this grant" in shown
    api.world.add(a_grant(engagement="initech", created_at=NOON - timedelta(days=91)))
    assert "not in 90 days" in text_of(signed_in("lena").get("/web/people/alice").text)
    assert "1 live session" in shown
    assert "40 min left" in shown
    assert "Ended grants (1)" in shown


def test_tokens_are_shown_by_label_and_never_a_secret(api: Api, signed_in: SignIn) -> None:
    api.world.add(
        a_token("alice", made_from="198.51.100.9", code_made_by="lena"),
        a_binding(),
        a_token("alice", hash="d" * 64, label="lost phone", revoked_at=NOON),
    )
    page = signed_in("lena").get("/web/people/alice").text
    assert "laptop" in page
    assert "198.51.100.9" in page
    assert "code by lena" in page
    assert "Slack user <bdi>U0ALICE</bdi>" in page
    assert "lost phone" in page
    assert a_token("alice").id in page
    hashes = [token.hash for token in api.world.find(Token, where=lambda _: True)]
    assert not [text for text in hashes if text in page]


def test_requests_and_emergencies_that_wait_are_shown(api: Api, signed_in: SignIn) -> None:
    api.world.add(
        a_request(reason=MARKUP),
        an_emergency_lock(),
        a_request(id=a_request_id(number=1), status=RequestStatus.DENIED),
    )
    page = signed_in("ada").get("/web/people/alice").text
    assert "1 request waits" in text_of(page)
    assert f"/web/requests/{a_request().id}" in page
    assert ESCAPED in page
    assert "An emergency waits for a lead’s review" in page


def test_names_are_text_and_never_markup(api: Api, signed_in: SignIn) -> None:
    api.world.add(
        a_member("alice", name=MARKUP),
        an_engagement(client=MARKUP),
        a_token("alice", label=MARKUP),
    )
    browser = signed_in("lena")
    for path in ("/web/people", "/web/people/alice"):
        page = browser.get(path).text
        assert f"<bdi>{ESCAPED}" in page
        assert "<b>\u05d0" not in page


def test_a_suspended_person_is_shown_with_the_way_back(signed_in: SignIn) -> None:
    page = signed_in("lena").get("/web/people/sam")
    assert "suspended since 23 Nov 2026, 12:00 UTC : they get no session" in text_of(page.text)
    assert "does not work Suspended." in text_of(page.text)
    assert "/web/actions/reinstate-member?member=sam" in page.text
    for action in ("revoke-member", "grant-access", "create-enrolment"):
        assert f"/web/actions/{action}" not in page.text


def test_an_auditor_sees_the_same_without_actions(signed_in: SignIn) -> None:
    pages = {member: signed_in(member).get("/web/people/alice") for member in ("lena", "ada")}
    assert {page.status for page in pages.values()} == {200}
    assert "/web/actions/" in pages["lena"].text
    assert "/web/actions/" not in pages["ada"].text
    assert "/web/actions/" not in signed_in("ada").get("/web/people").text
    shown = text_of(pages["ada"].text)
    assert shown.startswith("Alice alice member")
    assert "Acme acme-prod readonly works" in shown


@pytest.mark.parametrize("path", ["/web/me", "/web/people/alice"])
def test_members_see_their_own_page(signed_in: SignIn, path: str) -> None:
    page = signed_in("alice").get(path)
    assert page.status == 200
    assert "What you may enter" in page.text
    assert "/web/actions/rename-token?token=" in page.text
    assert "/web/actions/revoke-own-token?token=" in page.text
    for action in ("grant-access", "revoke-member", "revoke-grant", "revoke-token?"):
        assert f"/web/actions/{action}" not in page.text


@pytest.mark.parametrize("other", ["bob", "lena", "sam", "nobody"])
def test_members_learn_nothing_about_others(api: Api, signed_in: SignIn, other: str) -> None:
    browser = signed_in("alice")
    page, missing = browser.get(f"/web/people/{other}"), browser.get("/web/people/never-was")
    assert (page.status, missing.status) == (404, 404)
    assert _without_ids(page.text) == _without_ids(missing.text)
    refusal = [entry for entry in api.world.entries if entry.subject == other][-1]
    assert (refusal.action, refusal.outcome, refusal.reason) == (
        "read",
        "refused",
        "lead-or-auditor-only",
    )


def _without_ids(page: str) -> str:
    return re.sub(r"request-[0-9]+", "", page)


def test_a_lead_gets_the_same_answer_for_someone_who_does_not_exist(signed_in: SignIn) -> None:
    assert signed_in("lena").get("/web/people/nobody").status == 404
    assert signed_in("alice").get("/web/people").status == 403


@pytest.mark.parametrize("kind", ["Grant", "Token", "AccessRequest"])
def test_a_part_that_cannot_be_read_is_named(
    api: Api, signed_in: SignIn, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    browser = signed_in("lena")
    state = type(api.scene.ports.state)
    for method in ("list", "list_without_stops"):
        read = getattr(state, method)

        def fails(self: Any, of: type, _read: Any = read, **more: Any) -> Any:
            if of.__name__ == kind:
                raise DOWN
            return _read(self, of, **more)

        monkeypatch.setattr(state, method, fails)
    page = browser.get("/web/people/alice")
    assert page.status == 200
    part = {"Grant": "grants", "Token": "tokens", "AccessRequest": "requests"}[kind]
    assert f"Not shown: the {part} could not be read." in text_of(page.text)
    assert page.text.count("unread") == 1


def test_the_trail_that_does_not_answer_leaves_the_grants(
    signed_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in("lena")

    def fails(_self: Any, _query: Any) -> Any:
        raise DOWN

    monkeypatch.setattr(FakeTrail, "page", fails)
    shown = text_of(browser.get("/web/people/alice").text)
    assert "Not shown: the sessions could not be read from the trail." in shown
    assert "readonly works" in shown
    assert "could not be read" in shown


def test_a_person_without_a_token_that_works_is_told_apart(api: Api, signed_in: SignIn) -> None:
    api.world.add(a_token("alice", expires_at=NOON))
    shown = text_of(signed_in("lena").get("/web/people/alice").text)
    assert "They have no token that works" in shown
    assert "works once they have logged in No token yet." in shown
    assert "readonly works now" not in shown
    assert "0 ways to sign in" in shown


def test_what_mallory_set_up_and_still_works_is_one_page(api: Api, signed_in: SignIn) -> None:
    api.world.add(a_member("mallory", kind=Kind.LEAD, name=MARKUP), a_token("mallory"))
    browser = signed_in("lena")
    api.post("/v1/engagements/globex/grants", "mallory", {"member": "alice", "roles": ["readonly"]})
    suspend_member(api.scene.ports, api.scene.caller("lena"), "mallory", why="stolen laptop")
    person = browser.get("/web/people/mallory")
    assert "/web/people/mallory/changes" in person.text
    page = browser.get("/web/people/mallory/changes")
    assert page.status == 200
    assert "They gave someone a grant. globex alice" in text_of(page.text)
    assert "/web/actions/revoke-grant?engagement=globex&amp;member=alice" in page.text
    assert "/web/actions/end-lead-changes?member=mallory" in page.text
    assert ESCAPED in page.text
    auditor = signed_in("ada").get("/web/people/mallory/changes")
    assert "They gave someone a grant. globex alice" in text_of(auditor.text)
    assert "/web/actions/" not in auditor.text
    assert signed_in("alice").get("/web/people/mallory/changes").status == 403


def test_changes_of_someone_who_never_led_do_not_exist(signed_in: SignIn) -> None:
    assert signed_in("lena").get("/web/people/alice/changes").status == 404


def test_a_grant_whose_engagement_is_gone_is_shown_all_the_same(
    api: Api, signed_in: SignIn
) -> None:
    del api.world.items[type(an_engagement()), ("acme-prod",)]
    page = signed_in("lena").get("/web/people/alice")
    assert page.status == 200
    assert "Unknown: the engagement could not be read." in text_of(page.text)


def test_times_left_count_from_the_page(api: Api, signed_in: SignIn) -> None:
    api.world.add(replace(a_grant(), ends_at=NOON + timedelta(days=3)))
    assert "3 days left" in text_of(signed_in("lena").get("/web/people/alice").text)


def test_every_kind_of_change_and_every_problem_of_a_code_has_its_words() -> None:
    assert set(TEXTS) == set(ChangeKind)
    assert set(CODE_TEXTS) == set(CodeProblem)
    change = LeadChange(kind=ChangeKind.GRANT, at=NOON, engagement="acme-prod", member="bob")
    endings = {kind: describe_ending(replace(change, kind=kind)) for kind in ChangeKind}
    assert {kind for kind, text in endings.items() if text.startswith("Daypass ")} == KINDS_ENDED


def test_members_see_no_links_to_pages_that_they_may_not_open(api: Api, signed_in: SignIn) -> None:
    api.world.add(a_grant(engagement="globex", revoked_at=NOON), a_request())
    page = signed_in("alice").get("/web/me").text
    main = page.partition("<main")[2]
    assert "/web/engagements/" not in main
    assert "/web/people/" not in main
    assert "/web/trail" not in main
    assert f"/web/requests/{a_request().id}" in main


@pytest.mark.parametrize("member", ["lena", "ada", "alice"])
def test_everyone_has_a_way_to_their_own_page(signed_in: SignIn, member: str) -> None:
    page = signed_in(member).get("/web/me").text
    assert '<a href="/api/web/me" aria-current="page">' in page
