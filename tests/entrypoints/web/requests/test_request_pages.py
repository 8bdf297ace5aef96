"""The pages of requests, and of one request, through the app."""

from __future__ import annotations

import pytest

from tests.builders import Scene, an_approval_policy
from tests.entrypoints.web.conftest import SignIn
from tests.entrypoints.web.transcript import Transcript, cannot_read
from tests.rows import every
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    deny,
)


@pytest.fixture
def scene() -> Scene:
    return a_scene_of_requests()


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


@pytest.mark.golden
def test_the_page_in_each_state(console: Transcript, scene: Scene) -> None:
    policy = an_approval_policy(members=frozenset({"bob"}), sensitive=True, version=2)
    scene.world.add(policy)
    denied, approved = ask(scene), ask(scene)
    for member in ("lena", "ada", "alice"):
        console.open(member, "/web/requests")
    scene.world.later(minutes=7)
    deny(scene, denied.id, "bob", why="use the other role")
    approve(scene, approved.id)
    console.note("seven minutes later, one is denied, and the other approved")
    for member in ("lena", "alice", "bob"):
        console.open(member, "/web/requests")
    console.open("bob", "/web/requests", part="decided")
    console.open("ada", f"/web/requests/{denied.id}")
    console.open("alice", f"/web/requests/{approved.id}")
    ask(scene)
    scene.world.later(hours=1)
    console.note("a third has expired")
    console.open("lena", "/web/requests")
    console.open("lena", "/web/requests", part="expired")
    console.note("no list can be read, nor the trail")
    scene.ports.state.list = cannot_read  # type: ignore[method-assign]
    scene.ports.trail.page = cannot_read  # type: ignore[method-assign]
    console.open("lena", "/web/requests", f"/web/requests/{approved.id}")
    console.hold("requests/states")


@every("query", [{"part": "nonsense"}, {"cursor": "x" * 101}, {"other": "1"}])
def test_a_made_up_query_is_refused(signed_in: SignIn, query: dict[str, str]) -> None:
    assert signed_in("lena").get("/web/requests", **query).status == 400


def test_a_made_up_cursor_only_changes_where_the_page_begins(
    scene: Scene, signed_in: SignIn
) -> None:
    ask(scene)
    browser = signed_in("bob")
    for name in ("waiting", "others", "own", "decided", "expired"):
        assert browser.get("/web/requests", part=name, cursor="zzz").status == 200
