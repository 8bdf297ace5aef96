"""A link decides only in the name of the person who got it by mail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.engagements.client_approvers import NameApprover
from chalicelib.domain.errors import NotFound
from chalicelib.usecases.requests.client.approvers import name_approver, revoke_approver
from tests.builders import an_approver_link
from tests.fakes import NOON
from tests.usecases.requests.client.approving import ApprovalScene
from tests.usecases.requests.client.scene import a_request, an_approver


def test_a_link_from_before_someone_was_named_again_does_not_approve() -> None:
    scene = ApprovalScene()
    request = scene.request()
    lead = scene.scene.caller()

    def replace_approver() -> None:
        revoke_approver(scene.ports, lead, "acme-prod", "jo", why="left")
        body = NameApprover(id="jo", name="Jo Ann", email="jo@acme.example")
        name_approver(scene.ports, lead, "acme-prod", body, api_url="https://d.example/api")

    scene.world.just_before("change", replace_approver)
    with pytest.raises(NotFound):
        scene.approve(request)


def test_a_link_that_a_slow_clock_made_before_the_naming_approves() -> None:
    scene = ApprovalScene()
    named_at = NOON - timedelta(days=2)
    made_at = named_at - timedelta(seconds=1)
    scene.world.add(
        an_approver(named_at=named_at), an_approver_link(named_at=named_at, created_at=made_at)
    )
    scene.approve(scene.request())


def test_what_is_no_request_of_the_client_is_recorded_only_in_its_own_engagement() -> None:
    scene = ApprovalScene()
    elsewhere = a_request("bob.00d9o4r5k3f81c2q", engagement="globex")
    scene.world.add(elsewhere)
    errors = set()
    for request in (elsewhere.id, "bob.00d9o4r5k3f81c2r"):
        for act in (scene.approve, scene.deny):
            with pytest.raises(NotFound) as error:
                act(request)
            errors.add((error.value.reason, error.value.detail))
    assert len(errors) == 1
    entries = [(entry.engagement, entry.role, entry.subject) for entry in scene.world.entries]
    assert entries == [("acme-prod", "", "")] * 4
