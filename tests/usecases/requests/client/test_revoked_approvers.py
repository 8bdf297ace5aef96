"""An approver who is revoked takes along what they approved."""

from __future__ import annotations

from datetime import timedelta

import pytest

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.requests.client.approvers import revoke_approver
from tests.fakes import NOON, Killed
from tests.usecases.requests.client.approving import OTHER_TEXT, ApprovalScene


def test_a_revoked_approver_takes_the_access_along_that_they_approved() -> None:
    scene = ApprovalScene()
    mine, pats = (scene.request(ends_at=NOON + timedelta(hours=3)) for _ in range(2))
    scene.approve(mine)
    scene.approve(pats, OTHER_TEXT)
    scene.vend()
    lead = scene.scene.caller()
    for _ in range(2):
        revoked = revoke_approver(scene.ports, lead, "acme-prod", "jo", why="left")
        assert revoked.ended is not None
    grants = scene.world.find(ApprovedGrant, where=lambda _: True)
    open_grants = [scene.ports.state.get(ApprovedGrant, *grant.key) for grant in grants]
    assert {g.request: g.revoked_at is None for g in open_grants if g} == {mine: False, pats: True}


def test_a_request_that_waits_needs_the_approval_anew_when_its_approver_is_revoked() -> None:
    scene = ApprovalScene(leads=True, people=1)
    request = scene.request()
    scene.approve(request)
    revoke_approver(scene.ports, scene.scene.caller(), "acme-prod", "jo", why="left")
    (waiting,) = scene.page(OTHER_TEXT).pending
    assert waiting.needs_client
    assert waiting.view.waiting_for == ("a lead", "the client")


@pytest.mark.parametrize("steps", range(1, 12))
def test_a_revocation_that_was_killed_is_completed_by_another(steps: int) -> None:
    scene = ApprovalScene()
    request = scene.request(ends_at=NOON + timedelta(hours=3))
    scene.approve(request)
    lead = scene.scene.caller()
    scene.world.killed_after(steps)
    try:
        revoke_approver(scene.ports, lead, "acme-prod", "jo", why="left")
    except Killed:
        scene.world.before = None
        revoke_approver(scene.ports, lead, "acme-prod", "jo", why="left")
    scene.world.before = None
    with pytest.raises(AccessDenied) as refusal:
        scene.vend()
    assert refusal.value.reason is Reason.APPROVAL_REVOKED
