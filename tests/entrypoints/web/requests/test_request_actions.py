"""The pages of requests, decisions about requests, and the confirmation of emergencies."""

import pytest

from chalicelib.domain.requests.requests import RequestStatus
from tests.builders import an_approval_policy
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    at,
    deny,
    stored,
)
from tests.usecases.unreadable import fail


@pytest.fixture
def scene():
    return a_scene_of_requests()


def test_an_approver_can_shorten_the_access_and_not_extend_it(console, scene):
    span, until = ask(scene, duration=7200).id, ask(scene, ends_at=at(hours=4)).id
    console.open("lena", "/web/actions/approve-request", request=span)
    console.post("lena", "/web/actions/approve-request", {"request": span, "duration": "14400"})
    assert stored(scene, span).status is RequestStatus.WAITING
    console.act(
        "lena", "approve-request", {"request": span, "duration": "1800"}, query={"request": span}
    )
    console.open("bob", "/web/actions/approve-request", request=until)
    console.act("bob", "approve-request", {"request": until, "ends_at": "2026-11-24T13:00:00Z"})
    assert (stored(scene, span).duration, stored(scene, until).ends_at) == (1800, at(hours=1))
    console.note("two people have to approve", an_approval_policy(people=2, version=2))
    console.open("lena", "/web/actions/approve-request", request=ask(scene).id)
    console.hold("requests/approvals")


def test_the_page_in_each_state(console, scene):
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
    scene.ports.state.list = fail  # type: ignore[method-assign]
    scene.ports.trail.page = fail  # type: ignore[method-assign]
    scene.ports.trail.vends = fail  # type: ignore[method-assign]
    console.open("lena", "/web/requests", f"/web/requests/{approved.id}")
    console.hold("requests/states")
