"""The right to approve and to deny a request."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import (
    NotFound,
)
from chalicelib.domain.people.members import ChangeMember, Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.trail import Outcome
from chalicelib.usecases.people.members import change_member, reinstate_member, revoke_member
from tests.builders import (
    Scene,
    a_grant_on_request,
    a_token,
    an_approval_policy,
)
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    deny,
    refused,
)

PENDING, APPROVED = RequestStatus.PENDING, RequestStatus.APPROVED


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def test_someone_who_may_not_know_of_it_gets_the_answer_for_no_request(scene: Scene) -> None:
    request = ask(scene)
    errors = [
        refused(decide, scene, each, "carol")
        for each in (request.id, "alice.0000000000000000", "zoe.0000000000000000")
        for decide in (approve, deny)
    ]
    assert {type(error) for error in errors} == {NotFound}
    assert {str(error) for error in errors} == {str(errors[0])}
    assert errors[0].reason is Reason.NO_SUCH_REQUEST


def test_the_refusal_of_a_decision_is_on_the_trail(scene: Scene) -> None:
    request = ask(scene)
    for by, reason in (("carol", Reason.NO_SUCH_REQUEST), ("alice", Reason.OWN_REQUEST)):
        refused(approve, scene, request.id, by)
        entry = scene.world.entries[-1]
        assert (entry.actor, entry.outcome, entry.reason) == (by, Outcome.REFUSED, reason)
        assert (entry.action, entry.engagement, entry.role) == (
            "request.approve",
            "acme-prod",
            "readonly",
        )
        assert entry.details == {"request": request.id}


def test_a_lead_who_was_reinstated_today_does_not_approve(scene: Scene) -> None:
    scene.world.add(a_grant_on_request("mia"))
    revoke_member(scene.ports, scene.caller("mia"), "lena", why="w")
    reinstate_member(scene.ports, scene.caller("mia"), "lena")
    scene.world.later(minutes=1)
    scene.world.add(replace(a_token("lena"), created_at=scene.world.clock))
    request = ask(scene, "mia")

    assert refused(approve, scene, request.id).reason is Reason.RIGHT_TOO_NEW
    assert deny(scene, request.id).status is RequestStatus.DENIED  # it only takes access away


def test_a_member_who_was_made_a_lead_today_does_not_approve() -> None:
    scene = a_scene_of_requests(an_approval_policy(answer_within=604800))
    scene.world.add(a_grant_on_request("mia"))
    change_member(scene.ports, scene.caller("mia"), "bob", ChangeMember(kind=Kind.LEAD))
    request = ask(scene, "mia")
    assert refused(approve, scene, request.id, "bob").reason is Reason.RIGHT_TOO_NEW
    scene.world.later(hours=24)
    assert approve(scene, request.id, "bob").status is APPROVED
