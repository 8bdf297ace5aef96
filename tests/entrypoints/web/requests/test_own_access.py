"""The page of one's own access, through the app."""

from __future__ import annotations

import re
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from tests.builders import (
    Scene,
    a_block,
    a_grant,
    a_grant_on_request,
    a_role,
    an_approval_policy,
    an_engagement,
)
from tests.entrypoints.driver import Api
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.requests.own import ROLE
from tests.usecases.requests.requesting import a_scene_of_requests, ask, at

NASTY = "<script>alert(1)</script> \u05d0\u05d1\u05d2"


@pytest.fixture
def scene() -> Scene:
    return a_scene_of_requests(an_approval_policy(members=frozenset({"bob"})))


def test_a_role_is_open_with_its_ways_in(signed_in: SignIn, scene: Scene) -> None:
    scene.world.add(a_grant("alice"))
    page = signed_in("alice").get("/web/access")
    assert page.status == 200
    for text in ("Acme", "987654321098", "readonly", "open-aws-console", "get-credentials",
                 "You have no live session."):  # fmt: skip
        assert text in page.text, text
    assert "request-access" not in page.text


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (a_block(), "Your firm has stopped all access"),
        (a_block("acme-prod"), "The client has paused the firm"),
        (a_role(verification=None), "Daypass has not checked this role"),
        (an_engagement(closed_at=at()), "This engagement is not open"),
    ],
)
def test_a_closed_role_says_why_and_offers_no_way_in(
    signed_in: SignIn, scene: Scene, item: Any, text: str
) -> None:
    scene.world.add(a_grant("alice"), item)
    page = signed_in("alice").get("/web/access")
    assert text in page.text
    assert "get-credentials" not in page.text


def test_no_text_is_for_another_place(signed_in: SignIn, scene: Scene) -> None:
    """A page that says "Type: daypass request" sends people without a terminal nowhere."""
    browser = signed_in("alice")
    pages = [browser.get("/web/access")]
    ask(scene)
    pages.append(browser.get("/web/access"))
    scene.world.add(a_grant_on_request("alice", roles=frozenset({"readonly", "no-such"})))
    pages.append(browser.get("/web/access"))
    pages.append(browser.get("/web/actions/get-credentials", **ROLE))
    pages.append(browser.get("/web/actions/get-credentials", engagement="nowhere", role="x"))
    for page in pages:
        assert "/v1/" not in page.text
        assert not re.search(r"[Tt]ype:? (/?daypass|a )", page.text), page.text


def test_an_auditor_has_no_access_and_no_actions(signed_in: SignIn, api: Api) -> None:
    page = signed_in("ada").get("/web/access")
    assert page.status == 200
    assert "/actions/" not in page.text
    assert "An auditor" in page.text


def test_a_member_without_a_grant_is_told_what_to_do(signed_in: SignIn) -> None:
    page = signed_in("carol").get("/web/access")
    assert "You have no grant for any engagement. Ask your lead for one." in page.text


def test_parts_that_cannot_be_read_are_named(signed_in: SignIn, scene: Scene) -> None:
    def unreadable(*_: Any, **__: Any) -> Any:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    browser = signed_in("alice")
    scene.ports.trail.vends = unreadable  # type: ignore[method-assign]
    scene.ports.state.list_without_stops = unreadable  # type: ignore[method-assign]
    scene.ports.state.list = unreadable  # type: ignore[method-assign]
    page = browser.get("/web/access")
    assert (page.status, page.text.count("Not shown:")) == (200, 3)
    assert "You have no live session." not in page.text


def test_markup_and_right_to_left_text_stay_text(signed_in: SignIn, scene: Scene) -> None:
    scene.world.add(an_engagement(client=NASTY))
    page = signed_in("alice").get("/web/access")
    assert "<script>alert" not in page.text
    assert "&lt;script&gt;" in page.text
