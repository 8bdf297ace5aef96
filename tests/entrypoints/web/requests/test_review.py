"""The page of the access review, and its decisions, through the app."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.web.overview.unused import UnusedGrant, UnusedGrants
from tests.builders import BEFORE, NOON, Scene, a_grant, a_member, an_engagement, an_intent
from tests.entrypoints.driver import Api
from tests.entrypoints.web.conftest import SignIn

GRANT = {"engagement": "acme-prod", "member": "alice"}
NASTY = "<script>alert(1)</script> \u05d0\u05d1\u05d2 " + "x" * 60


def decisions(api: Api) -> list[tuple[str, Outcome, str]]:
    entries = (e for e in api.world.entries if e.action is Action.GRANT_REVIEW)
    return [(e.actor, e.outcome, e.detail("decision")) for e in entries]


def stored(api: Api) -> Grant:
    grant = api.scene.ports.state.get(Grant, "acme-prod", "alice")
    assert grant is not None
    return grant


def test_the_page_shows_each_grant_with_its_last_use(signed_in: SignIn, api: Api) -> None:
    api.world.entries.append(an_intent())
    page = signed_in("lena").get("/web/review", part="all")
    assert page.status == 200
    for text in ("Acme", "Alice", "readonly", "24 Nov 2026, 12:00 UTC", "keep-grant", "end-grant",
                 "unused for 30 days", "Next engagement"):  # fmt: skip
        assert text in page.text, text


def test_engagements_and_members_can_be_chosen(signed_in: SignIn) -> None:
    browser = signed_in("lena")
    page = browser.get("/web/review", engagement="globex")
    assert "Bob" in page.text
    assert "Alice" not in page.text
    page = browser.get("/web/review", member="alice")
    assert "acme-prod" in page.text
    assert "globex" not in page.text
    assert browser.get("/web/review", member="alice", engagement="globex").status == 400
    assert browser.get("/web/review", member="nobody").status == 404
    assert browser.get("/web/review", engagement="nowhere").status == 404


def test_an_auditor_reads_without_actions_and_a_member_reads_nothing(signed_in: SignIn) -> None:
    page = signed_in("ada").get("/web/review", part="all")
    assert page.status == 200
    assert "/actions/" not in page.text
    assert signed_in("alice").get("/web/review").status == 403


def test_a_lead_keeps_a_grant_without_a_recent_sign_in(signed_in: SignIn, api: Api) -> None:
    browser = signed_in("lena")
    api.world.later(minutes=15)
    page = browser.get("/web/actions/keep-grant", **GRANT)
    assert "alice keeps access to readonly in acme-prod until" in page.text
    answer = browser.act("keep-grant", GRANT | {"reason": "still on the project"})
    assert "Your decision is recorded." in browser.follow(answer).text
    assert decisions(api) == [("lena", Outcome.DONE, "keep")]
    assert (stored(api).reviewed_by, stored(api).revoked_at) == ("lena", None)


def test_a_lead_ends_a_grant(signed_in: SignIn, api: Api) -> None:
    browser = signed_in("lena")
    page = browser.get("/web/actions/end-grant", **GRANT)
    assert "This revokes the grant of alice for acme-prod" in page.text
    assert "AWS cannot recall a session" in page.text
    answer = browser.act("end-grant", GRANT | {"reason": "left the project"})
    assert answer.headers["Location"].startswith("/api/web/stops/grant?engagement=acme-prod")
    assert browser.follow(answer).status == 200
    assert decisions(api) == [("lena", Outcome.DONE, "end")]
    assert stored(api).revoked_at is not None
    again = browser.get("/web/actions/end-grant", **GRANT)
    assert (again.status, "has ended or was revoked" in again.text) == (409, True)


@pytest.mark.parametrize("action", ["keep-grant", "end-grant"])
def test_a_grant_that_changed_meanwhile_is_not_decided(
    signed_in: SignIn, api: Api, action: str
) -> None:
    browser = signed_in("lena")
    page = browser.get(f"/web/actions/{action}", **GRANT)
    version = re.search(r'name="version" value="(\d+)"', page.text)
    assert version
    api.world.add(a_grant("alice", version=2))
    fields = GRANT | {"version": version[1], "reason": "r"}
    answer = browser.post(f"/web/actions/{action}", fields)
    assert (answer.status, "Someone else changed this" in answer.text) == (409, True)
    assert decisions(api) == []


@pytest.mark.parametrize("action", ["keep-grant", "end-grant"])
def test_no_one_decides_about_their_own_grant(signed_in: SignIn, api: Api, action: str) -> None:
    api.world.add(a_grant("lena"))
    browser = signed_in("lena")
    assert "another lead decides" in browser.get("/web/review", part="all").text
    page = browser.get(f"/web/actions/{action}", engagement="acme-prod", member="lena")
    assert (page.status, "no one decides about their own grant" in page.text) == (403, True)
    fields = {"engagement": "acme-prod", "member": "lena", "reason": "r"}
    assert browser.post(f"/web/actions/{action}", fields).status == 403
    assert decisions(api) == [("lena", Outcome.REFUSED, "")]


@pytest.mark.parametrize("action", ["keep-grant", "end-grant"])
def test_a_grant_that_does_not_exist_is_refused(signed_in: SignIn, action: str) -> None:
    browser = signed_in("lena")
    for fields in ({}, {"engagement": "acme-prod"}, {"engagement": "x y", "member": "z"},
                   {"engagement": "acme-prod", "member": "nobody"}):  # fmt: skip
        assert browser.get(f"/web/actions/{action}", **fields).status == 404


def test_uses_that_cannot_be_read_are_named_and_nothing_is_proposed(
    signed_in: SignIn, api: Api
) -> None:
    def unreadable(*_: Any) -> Any:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    browser = signed_in("lena")
    api.scene.ports.trail.page = unreadable  # type: ignore[method-assign]
    page = browser.get("/web/review", part="all")
    assert page.status == 200
    assert "so it proposes nothing" in page.text
    assert "unused for" not in page.text


def test_markup_and_right_to_left_text_stay_text(signed_in: SignIn, scene: Scene) -> None:
    scene.world.add(an_engagement(client=NASTY), a_member("alice", name=NASTY), a_grant("ghost"))
    page = signed_in("lena").get("/web/review", part="all")
    assert "<script>alert" not in page.text
    assert page.text.count("&lt;script&gt;") >= 2
    assert "ghost" in page.text  # a member who does not exist hides no grant


def test_an_engagement_that_is_over_is_not_reviewed(signed_in: SignIn, scene: Scene) -> None:
    scene.world.add(an_engagement(closed_at=BEFORE), an_engagement("globex", closed_at=BEFORE))
    assert "No further engagement is open." in signed_in("lena").get("/web/review", part="all").text


def with_unused(scene: Scene, *grants: tuple[str, str], **changes: Any) -> None:
    """Store these grants, 60 days old, and the list that has them."""
    old = NOON - timedelta(days=60)
    for engagement, member in grants:
        scene.world.add(a_grant(member, engagement=engagement, created_at=old, starts_at=old))
    unused = UnusedGrants(
        taken_at=NOON - timedelta(hours=1),
        searched_from=NOON - timedelta(days=89),
        count=len(grants),
        rows=tuple(UnusedGrant(engagement=e, member=m) for e, m in grants),
    )
    scene.world.add(replace(unused, **changes))


def test_the_first_page_lists_the_unused_grants_of_all_engagements(
    signed_in: SignIn, scene: Scene
) -> None:
    browser = signed_in("lena")
    page = browser.get("/web/review")
    assert (page.status, "There is no list yet" in page.text) == (200, True)
    with_unused(scene, ("globex", "bob"), ("acme-prod", "alice"))
    page = browser.get("/web/review")
    for text in ("Bob", "Alice", "Globex", "Acme", "2 grants of all engagements", "keep-grant",
                 "end-grant", "unused for 60 days", "Review every engagement"):  # fmt: skip
        assert text in page.text, text
    answer = browser.act("end-grant", GRANT | {"reason": "unused"})
    assert browser.follow(answer).status == 200
    page = browser.get("/web/review")
    assert "Bob" in page.text
    assert "Alice" not in page.text
    assert "/actions/" not in signed_in("ada").get("/web/review").text
    assert signed_in("alice").get("/web/review").status == 403


def test_a_long_list_of_unused_grants_has_pages_and_a_count(
    signed_in: SignIn, scene: Scene
) -> None:
    with_unused(scene, *(("acme-prod", f"m-{n:03}") for n in range(30)), count=240)
    browser = signed_in("lena")
    page = browser.get("/web/review")
    assert "The list holds 30 of them." in page.text
    assert ("m-000" in page.text, "m-029" in page.text, "Next page" in page.text) == (
        True, False, True,
    )  # fmt: skip
    page = browser.get("/web/review", page="2")
    assert ("m-000" in page.text, "m-029" in page.text, "First page" in page.text) == (
        False, True, True,
    )  # fmt: skip


def test_a_list_whose_grants_were_all_used_since_says_so(signed_in: SignIn, scene: Scene) -> None:
    with_unused(scene, ("acme-prod", "alice"))
    scene.world.entries.append(an_intent(at=NOON - timedelta(minutes=1)))
    page = signed_in("lena").get("/web/review")
    assert "The grants of this page were used or have ended since." in page.text
    assert "this page leaves out 1 that was used or ended since" in page.text


@pytest.mark.parametrize(
    ("searched", "text"),
    [(30, "was used in the last 30 days"), (29, "so it cannot say yet which grants were unused")],
)
def test_an_empty_list_claims_only_what_was_searched(
    signed_in: SignIn, scene: Scene, searched: int, text: str
) -> None:
    taken_at = NOON - timedelta(hours=1)
    with_unused(scene, searched_from=taken_at - timedelta(days=searched))
    browser = signed_in("lena")
    assert text in browser.get("/web/review").text
    assert ("unused for 30 days" in browser.get("/web/now").text) == (searched == 30)


def test_later_uses_that_cannot_be_read_are_named(
    signed_in: SignIn, scene: Scene, api: Api
) -> None:
    def unreadable(*_: Any) -> Any:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    with_unused(scene, ("acme-prod", "alice"))
    browser = signed_in("lena")
    api.scene.ports.trail.page = unreadable  # type: ignore[method-assign]
    page = browser.get("/web/review")
    assert "which of these grants were used after that" in page.text
    assert "Alice" in page.text
