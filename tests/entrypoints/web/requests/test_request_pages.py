"""The pages of requests, and of one request, through the app."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from tests.builders import Scene, a_member, an_approval_policy, an_engagement
from tests.entrypoints.driver import Response
from tests.entrypoints.web.conftest import SignIn
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    deny,
)

NASTY = "<script>alert(1)</script> \u05d0\u05d1\u05d2 " + "x" * 170


@pytest.fixture
def scene() -> Scene:
    return a_scene_of_requests()


def part(page: Response, heading: str) -> str:
    """Return the part of the page below this heading."""
    return page.text.partition(f'id="{heading}"')[2].partition("</section>")[0]


def test_a_lead_sees_first_what_waits_for_them(scene: Scene, signed_in: SignIn) -> None:
    request = ask(scene)
    scene.world.add(an_approval_policy(members=frozenset({"bob"}), sensitive=True, version=2))
    page = signed_in("lena").get("/web/requests")
    assert page.status == 200
    waiting = part(page, "waiting")
    for text in ("readonly", "Acme", "987654321098", "sensitive", "INC-7", "A lead or bob",
                 "1 hour from its first use", "approve-request", "deny-request"):  # fmt: skip
        assert text in waiting, text
    assert f"/api/web/requests/{request.id}" in waiting
    assert "INC-7" not in part(page, "others")


@pytest.mark.parametrize(
    ("by", "texts"),
    [
        ("ada", ["You are not among the people who may approve this request."]),
        ("alice", ["No one decides their own request.", "withdraw-request"]),
    ],
)
def test_others_read_why_it_does_not_wait_for_them(
    scene: Scene, signed_in: SignIn, by: str, texts: list[str]
) -> None:
    ask(scene)
    page = signed_in(by).get("/web/requests")
    assert "Nothing waits for you." in page.text
    for text in texts:
        assert text in part(page, "others")
    assert "approve-request" not in page.text


def test_an_auditor_sees_everything_without_actions(scene: Scene, signed_in: SignIn) -> None:
    request = ask(scene)
    denied = ask(scene)
    deny(scene, denied.id, why="use the other role")
    browser = signed_in("ada")
    for path in ("/web/requests", f"/web/requests/{request.id}", f"/web/requests/{denied.id}"):
        page = browser.get(path)
        assert page.status == 200
        assert "/actions/" not in page.text
    assert "lena denied this request" in page.text


def test_outsiders_learn_nothing(scene: Scene, signed_in: SignIn) -> None:
    request = ask(scene).id
    browser = signed_in("carol")
    page = browser.get("/web/requests")
    assert request not in page.text
    assert "Acme" not in page.text
    real = browser.get(f"/web/requests/{request}")
    unknown = browser.get("/web/requests/alice.0000000000000000")
    assert (real.status, unknown.status) == (404, 404)
    for action in ("approve-request", "deny-request", "withdraw-request", "end-request-access"):
        answers = [
            browser.get(f"/web/actions/{action}", request=name)
            for name in (request, "alice.0000000000000000", "not an ID", "")
        ]
        assert {answer.status for answer in answers} == {404}
        assert all("There is no such request" in answer.text for answer in answers)


def test_the_history_says_who_decided_and_how_long_that_took(
    scene: Scene, signed_in: SignIn
) -> None:
    denied, approved = ask(scene), ask(scene)
    scene.world.later(minutes=7)
    deny(scene, denied.id)
    approve(scene, approved.id)
    history = part(signed_in("lena").get("/web/requests"), "history")
    for text in (
        "1 approved",
        "1 denied",
        "The median time to a decision is 7 min.",
        "lena",
        ">7 min<",
    ):
        assert text in history, text


def test_members_read_their_own_history_and_their_decisions(
    scene: Scene, signed_in: SignIn
) -> None:
    request = ask(scene)
    deny(scene, request.id, "bob")
    assert request.id in part(signed_in("alice").get("/web/requests"), "history")
    browser = signed_in("bob")
    assert request.id not in browser.get("/web/requests").text
    assert request.id in part(browser.get("/web/requests", part="decided"), "history")


def test_expired_requests_are_a_part_of_the_history(scene: Scene, signed_in: SignIn) -> None:
    request = ask(scene)
    scene.world.later(hours=1)
    browser = signed_in("lena")
    assert request.id not in browser.get("/web/requests").text
    assert request.id in part(browser.get("/web/requests", part="expired"), "history")


@pytest.mark.parametrize("query", [{"part": "nonsense"}, {"cursor": "x" * 101}, {"other": "1"}])
def test_a_made_up_query_is_refused(signed_in: SignIn, query: dict[str, str]) -> None:
    assert signed_in("lena").get("/web/requests", **query).status == 400


def test_a_made_up_cursor_only_changes_where_the_page_begins(
    scene: Scene, signed_in: SignIn
) -> None:
    ask(scene)
    browser = signed_in("bob")
    for name in ("waiting", "others", "own", "decided", "expired"):
        assert browser.get("/web/requests", part=name, cursor="zzz").status == 200


def test_markup_and_right_to_left_text_stay_text(scene: Scene, signed_in: SignIn) -> None:
    scene.world.add(an_engagement(client=NASTY[:100]), a_member("alice", name=NASTY))
    request = ask(scene, reason=NASTY[:200].strip())
    deny(scene, ask(scene).id, why=NASTY[:200].strip())
    browser = signed_in("lena")
    for path in (
        "/web/requests",
        f"/web/requests/{request.id}",
        f"/web/actions/approve-request?request={request.id}",
        f"/web/actions/deny-request?request={request.id}",
    ):
        page = browser.get(path)
        assert page.status == 200
        assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in browser.get("/web/requests").text


def unreadable(*_: Any, **__: Any) -> Any:
    raise Unavailable(Reason.RECORDS_UNAVAILABLE)


def test_parts_that_cannot_be_read_are_named(scene: Scene, signed_in: SignIn) -> None:
    ask(scene)
    browser = signed_in("lena")
    scene.ports.state.list = unreadable  # type: ignore[method-assign]
    page = browser.get("/web/requests")
    assert page.status == 200
    assert page.text.count("Not shown:") == 3
    assert "Nothing waits for you." not in page.text


def test_the_sessions_that_cannot_be_read_are_named(scene: Scene, signed_in: SignIn) -> None:
    request = ask(scene).id
    approve(scene, request)
    browser = signed_in("lena")
    scene.ports.trail.page = unreadable  # type: ignore[method-assign]
    page = browser.get(f"/web/requests/{request}")
    assert page.status == 200
    assert "could not read the sessions" in page.text
