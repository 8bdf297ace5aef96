"""How many requests a member can send."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import AccessRequest, RequestStatus
from chalicelib.usecases.requests.own import withdraw_request
from tests.builders import Scene, an_approval_policy
from tests.usecases.requests.requesting import a_scene_of_requests, ask, stored


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def test_a_member_has_at_most_ten_undecided_requests(scene: Scene) -> None:
    requests = [ask(scene).id for _ in range(10)]
    with pytest.raises(Conflict, match=Reason.TOO_MANY_OPEN_REQUESTS):
        ask(scene)

    withdraw_request(scene.ports, scene.caller("alice"), requests[3])
    ask(scene)
    with pytest.raises(Conflict, match=Reason.TOO_MANY_OPEN_REQUESTS):
        ask(scene)
    scene.world.later(hours=1)  # by now they have expired
    ask(scene)


def test_a_request_sent_meanwhile_counts(scene: Scene) -> None:
    """Each of ten requests reads the others before any is written, but for the first."""
    state, write = scene.ports.state, scene.ports.state.change
    sent = 0

    def send_another_first(*arguments: Any, **preconditions: Any) -> None:
        nonlocal sent
        sent += 1
        if sent <= 10:
            ask(scene)
        write(*arguments, **preconditions)

    state.change = send_another_first  # type: ignore[method-assign]
    with pytest.raises(Conflict, match=Reason.TOO_MANY_OPEN_REQUESTS):
        ask(scene)
    state.change = write  # type: ignore[method-assign]
    assert len(scene.world.find(AccessRequest)) == 10


def test_a_member_sends_at_most_100_requests_in_24_hours(scene: Scene) -> None:
    for number in range(100):
        request = stored(scene, ask(scene).id)
        scene.world.add(replace(request, status=RequestStatus.WITHDRAWN, version=number + 2))
        scene.world.later(seconds=1)
    with pytest.raises(Conflict, match=Reason.DAILY_REQUESTS_USED):
        ask(scene)
    scene.world.later(hours=23, minutes=58, seconds=19)
    with pytest.raises(Conflict, match=Reason.DAILY_REQUESTS_USED):
        ask(scene)
    scene.world.later(seconds=1)  # the first was sent 24 hours ago
    ask(scene)


def test_requests_that_wait_for_a_week_count() -> None:
    scene = a_scene_of_requests(an_approval_policy(answer_within=604800))
    for _ in range(10):
        ask(scene)
    scene.world.later(days=6, hours=23)
    with pytest.raises(Conflict, match=Reason.TOO_MANY_OPEN_REQUESTS):
        ask(scene)
