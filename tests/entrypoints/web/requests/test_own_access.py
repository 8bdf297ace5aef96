"""The page of one's own access, through the app."""

from __future__ import annotations

import re

import pytest

from tests.builders import (
    Scene,
    a_block,
    a_grant,
    a_grant_on_request,
    a_role,
    an_approval_policy,
    an_engagement,
)
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.requests.own import ROLE
from tests.entrypoints.web.transcript import Transcript, cannot_read
from tests.usecases.requests.requesting import a_scene_of_requests, ask, at


@pytest.fixture
def scene() -> Scene:
    return a_scene_of_requests(an_approval_policy(members=frozenset({"bob"})))


@pytest.mark.golden
def test_the_page_in_each_state(console: Transcript, scene: Scene) -> None:
    console.open("carol", "/web/access")
    console.note("alice has a grant", a_grant("alice"))
    console.open("alice", "/web/access")
    for text, item, back in (
        ("Daypass is frozen", a_block(), a_block(lifted_at=at())),
        ("the role is not checked", a_role(verification=None), a_role()),
        ("the engagement is closed", an_engagement(closed_at=at()), an_engagement()),
        ("the client has paused the access", a_block("acme-prod"), a_role()),
    ):
        console.note(text, item)
        console.open("alice", "/web/access")
        scene.world.add(back)
    console.note("lists cannot be read")
    for port, name in (("trail", "vends"), ("state", "list_without_stops"), ("state", "list")):
        setattr(getattr(scene.ports, port), name, cannot_read)
    console.open("alice", "/web/access")
    console.hold("requests/own-access")


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
