"""The access that an approval opens: its time, its number, and how an approver shortens it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, GivenApproval
from chalicelib.domain.errors import (
    Conflict,
    InvalidRequest,
)
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.trail import Outcome
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.requests.own import start_access
from tests.builders import (
    Scene,
    a_grant_on_request,
    an_approved_grant,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    approvers_of_access,
    ask,
    at,
    opened,
    refused,
    stored,
)

PENDING, APPROVED = RequestStatus.PENDING, RequestStatus.APPROVED


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def test_an_approval_opens_access_of_a_duration_that_has_to_be_started(scene: Scene) -> None:
    request = ask(scene)
    scene.world.later(minutes=5)
    view = approve(scene, request.id, reason="go ahead")

    (grant,) = opened(scene)
    assert grant == an_approved_grant(
        request=request.id,
        starts_at=at(minutes=5, seconds=-5),
        ends_at=at(hours=24, minutes=5),
        duration=3600,
        created_at=at(minutes=5),
    )
    assert grant.needs_start
    assert (view.status, view.decided_by, view.decision) == (APPROVED, "lena", "go ahead")
    assert view.message == (
        "lena approved this request on 24 November 2026, 12:05 UTC: go ahead. The access lasts 1"
        " hour from its first use, which must be before 25 November 2026, 12:05 UTC."
    )


@every(
    "span, starts_at, text",
    [
        (
            {"ends_at": at(hours=2)},
            at(minutes=5, seconds=-5),
            "The access is open until 24 November 2026, 14:00 UTC.",
        ),
        (
            {"starts_at": at(days=2), "ends_at": at(days=2, hours=4)},
            at(days=2),
            "open from 26 November 2026, 12:00 UTC until 26 November 2026, 16:00 UTC.",
        ),
    ],
)
def test_an_approval_opens_access_until_an_end(span: Any, starts_at: Any, text: str) -> None:
    scene = a_scene_of_requests()
    request = ask(scene, **span)
    scene.world.later(minutes=5)
    view = approve(scene, request.id)
    (grant,) = opened(scene)
    assert (grant.starts_at, grant.ends_at, grant.duration) == (starts_at, span["ends_at"], None)
    assert not grant.client_approved
    assert view.message.endswith(text)


def test_an_approval_is_recorded_with_its_approver(scene: Scene) -> None:
    request = ask(scene)
    approve(scene, request.id, "bob", reason="fine")

    entry = scene.world.entries[-1]
    assert (entry.action, entry.outcome, entry.actor, entry.subject) == (
        "request.approve",
        Outcome.DONE,
        "bob",
        "alice",
    )
    assert (entry.details["request"], entry.details["said"]) == (request.id, "fine")
    assert entry.details["span"] == "for 1 hour from its first use"
    assert "waiting_for" not in entry.details
    assert approvers_of_access(scene) == [("bob", request.id)]


def test_the_record_of_an_approver_lasts_as_long_as_the_access_can() -> None:
    scene = a_scene_of_requests()
    by_duration, by_end = ask(scene), ask(scene, ends_at=at(hours=2))
    approve(scene, by_duration.id)
    approve(scene, by_end.id)
    records = scene.world.find(GivenApproval)
    ends = {each.request: (each.ends_at, each.number) for each in records}
    assert ends == {by_duration.id: (at(hours=25), "1"), by_end.id: (at(hours=2), "2")}


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


UNTIL_2 = {"ends_at": at(hours=2)}
# A request, the approver's change of it, and its wrong field
CHANGES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    ({}, {"duration": 1800}, ""),
    ({}, {"duration": 3600}, ""),
    (UNTIL_2, {"ends_at": at(hours=1)}, ""),
    (UNTIL_2, UNTIL_2, ""),
    # Less than 15 minutes, as it was requested
    ({"ends_at": at(minutes=15)}, {"ends_at": at(minutes=15)}, ""),
    ({}, {"duration": 3601}, "duration"),
    (UNTIL_2, {"ends_at": at(hours=2, seconds=1)}, "ends_at"),
    ({}, {"ends_at": at(hours=1)}, "ends_at"),
    (UNTIL_2, {"duration": 900}, "duration"),
    (UNTIL_2, {"ends_at": at(minutes=15)}, "ends_at"),
    (
        {"starts_at": at(days=1), "ends_at": at(days=1, hours=2)},
        {"ends_at": at(days=1, minutes=14)},
        "ends_at",
    ),
]


@every("requested, allowed, field", CHANGES)
def test_an_approver_can_shorten_the_access_but_not_extend_or_change_it(
    requested: dict[str, Any], allowed: dict[str, Any], field: str
) -> None:
    scene = a_scene_of_requests()
    request = ask(scene, **requested)
    scene.world.later(seconds=6)
    if field:
        error = refused(approve, scene, request.id, **allowed)
        assert (type(error), error.field) == (InvalidRequest, field)
        assert stored(scene, request.id).status is PENDING
        return
    view = approve(scene, request.id, **allowed)
    (grant,) = opened(scene)
    if "duration" in allowed:
        assert view.duration == grant.duration == allowed["duration"]
        former = scene.world.entries[-1].details.get("former_duration")
        assert former == (None if view.duration == 3600 else "3600")
    else:
        assert view.ends_at == grant.ends_at == allowed["ends_at"]


def test_a_member_has_at_most_three_times_of_a_role_that_are_not_over(scene: Scene) -> None:
    requests = [ask(scene, ends_at=at(hours=hours)) for hours in (2, 3, 4, 5)]
    for each in requests[:3]:
        approve(scene, each.id)
    error = refused(approve, scene, requests[3].id)
    assert (type(error), error.reason) == (Conflict, Reason.TOO_MANY_APPROVED_GRANTS)
    assert stored(scene, requests[3].id).status is PENDING

    assert [each.number for each in opened(scene)] == ["1", "2", "3"]


def test_a_number_is_free_again_after_its_time(scene: Scene) -> None:
    for number in (1, 2, 3):
        scene.world.add(an_approved_grant(number=str(number), version=4))
    scene.world.add(an_approved_grant(number="2", ends_at=NOON, version=4, stop="s"))
    request = ask(scene)
    approve(scene, request.id)
    grant = scene.stored(ApprovedGrant, "acme-prod", "alice", "readonly", "2")
    assert (grant.request, grant.version, grant.stop) == (request.id, 5, "s")


def test_a_number_is_free_if_a_revocation_ended_its_access_for_good(scene: Scene) -> None:
    for number in (1, 2, 3):
        scene.world.add(an_approved_grant(number=str(number), stops=("old", "", "", ""), version=2))
    request = ask(scene)
    assert approve(scene, request.id).status is APPROVED
    assert stored(scene, request.id).number == "1"


def test_the_stops_of_the_request_are_those_of_the_access() -> None:
    scene = a_scene_of_requests()
    member = replace(scene.stored(Member, "alice"), stop="m")
    scene.world.add(member, a_grant_on_request(stop="g"))
    request = ask(scene)
    approve(scene, request.id)
    assert opened(scene)[0].stops == ("m", "", "", "g") == stored(scene, request.id).stops
