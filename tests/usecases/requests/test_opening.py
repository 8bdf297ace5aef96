"""The access that an approval opens: its time, its number, and how an approver shortens it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.people.members import Member
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.requests.own import start_access
from tests.builders import (
    Scene,
    a_grant_on_request,
    an_approved_grant,
)
from tests.fakes import NOON
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    at,
    opened,
)
from tests.usecases.telling import Telling

PENDING, APPROVED = RequestStatus.PENDING, RequestStatus.APPROVED


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


UNTIL_2: dict[str, Any] = {"ends_at": at(hours=2)}
LATER_ON: dict[str, Any] = {"starts_at": at(days=1), "ends_at": at(days=1, hours=2)}
# A request, and its approval
SPANS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "From its first use": ({}, {"reason": "go ahead"}),
    "Until an end": (UNTIL_2, {}),
    "Later on": (LATER_ON, {}),
    "Half as long": ({}, {"duration": 1800}),
    "As long": ({}, {"duration": 3600}),
    "Until an earlier end": (UNTIL_2, {"ends_at": at(hours=1)}),
    "Until the same end": (UNTIL_2, UNTIL_2),
    # Less than 15 minutes, as it was requested
    "Until the same near end": ({"ends_at": at(minutes=15)}, {"ends_at": at(minutes=15)}),
    "Longer": ({}, {"duration": 3601}),
    "Until a later end": (UNTIL_2, {"ends_at": at(hours=2, seconds=1)}),
    "An end instead of a duration": ({}, {"ends_at": at(hours=1)}),
    "A duration instead of an end": (UNTIL_2, {"duration": 900}),
    "Too short from now": (UNTIL_2, {"ends_at": at(minutes=19, seconds=54)}),
    "As short as a clock that is behind": (UNTIL_2, {"ends_at": at(minutes=19, seconds=55)}),
    "Too short from its start": (LATER_ON, {"ends_at": at(days=1, minutes=14)}),
}


@pytest.mark.golden
def test_the_access_that_each_approval_opens_is_as_the_file_says() -> None:
    story = Telling()
    for title, (span, change) in SPANS.items():
        scene = story.begin(title, a_scene_of_requests())
        request = ask(scene, **span).id
        scene.later(minutes=5)
        story.do(approve, scene, request, **change)
    story.hold("requests/opened-access")


def test_a_suspended_approver_takes_along_the_shortest_access_until_its_very_end(
    scene: Scene,
) -> None:
    request = ask(scene, duration=900)
    approve(scene, request.id, "bob")
    scene.world.later(hours=23, minutes=59)
    start_access(scene.ports, scene.caller("alice"), request.id)  # it lasts for 17 minutes
    scene.world.later(minutes=16, seconds=30)
    revoke_member(scene.ports, scene.caller(), "bob", why="w")
    (access,) = opened(scene)
    ended = scene.stored(ApprovedGrant, *access.key)
    assert ended.revoked_at is not None


@pytest.mark.golden
def test_the_number_that_each_access_takes_is_as_the_file_says() -> None:
    story = Telling()
    scene = story.begin("A fourth time of a role", a_scene_of_requests())
    for hours in (2, 3, 4, 5):
        story.do(approve, scene, ask(scene, ends_at=at(hours=hours)).id)
    for title, changes in (
        ("The time of the second is over", {"number": "2", "ends_at": NOON, "stop": "s"}),
        (
            "A revocation has ended the third",
            {"number": "3", "stops": ("old", "", "", "")},
        ),
    ):
        scene = story.begin(title, a_scene_of_requests())
        scene.add(a_grant_on_request(stop="g"), replace(scene.stored(Member, "alice"), stop="m"))
        alive = {"version": 4, "stops": ("m", "", "", "g")}
        for number in ("1", "2", "3"):
            scene.add(an_approved_grant(number=number, **alive))
        scene.add(an_approved_grant(**(alive | changes)))
        story.do(approve, scene, ask(scene).id)
    story.hold("requests/numbers")
