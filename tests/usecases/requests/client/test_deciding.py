"""An approver at the client approves or denies a request on their page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import ApprovedGrant
from chalicelib.domain.errors import AccessDenied, Conflict, NotFound
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ApprovalPolicy
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.domain.trail import CLIENT, Action
from chalicelib.usecases.requests.client.approvers import revoke_approver
from chalicelib.usecases.requests.client.requirement import set_client_approval
from chalicelib.usecases.requests.own import withdraw_request
from tests.builders import APPROVER_TEXT, an_approver_link
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.refusals import reason_of, refused
from tests.usecases.requests.client.approving import OTHER_TEXT, PHONE, ApprovalScene
from tests.usecases.requests.client.scene import an_approver


def test_an_approval_opens_the_access_under_the_approvers_name() -> None:
    scene = ApprovalScene()
    request = scene.request()
    scene.approve(request, duration=3600)
    (grant,) = scene.world.find(ApprovedGrant)
    assert (grant.request, grant.client_approved, grant.duration) == (request, True, 3600)
    entry = scene.world.entries[-1]
    assert (entry.action, entry.actor, entry.address) == (Action.REQUEST_APPROVE, CLIENT, PHONE)
    assert entry.details["approver"] == "jo"
    decided = scene.on_page(request)
    assert (decided.view.status, decided.decider) == (RequestStatus.APPROVED, "Jo Doe")
    assert (decided.span, decided.choices) == ("for 1 hour from its first use", ())
    assert scene.page().pending == ()


def test_a_denial_has_words_for_the_member_and_the_firm_hears_of_a_decision_at_once() -> None:
    scene = ApprovalScene()
    request, other = scene.request(), scene.request()
    assert reason_of(scene.deny, request, why="") is Reason.DENIAL_NEEDS_WORDS
    scene.world.notify_kicks.clear()
    scene.approve(other)
    scene.deny(request, why="wait for the audit")
    assert len(scene.world.notify_kicks) == 2
    view = scene.on_page(request).view
    assert (view.status, view.decision) == (RequestStatus.DENIED, "wait for the audit")


def test_a_second_press_changes_nothing_while_others_must_still_approve() -> None:
    scene = ApprovalScene(leads=True, people=1)
    request = scene.request()
    scene.approve(request)
    count = len(scene.world.entries)
    scene.approve(request)
    assert len(scene.world.entries) == count
    waiting = scene.on_page(request)
    assert (waiting.needs_client, waiting.view.waiting_for) == (False, ("a lead",))


def test_a_late_press_is_answered_with_who_decided_what() -> None:
    scene = ApprovalScene()
    request = scene.request()
    scene.deny(request, why="no")
    for act in (scene.approve, scene.deny):
        for text in (APPROVER_TEXT, OTHER_TEXT):
            error = refused(act, request, text)
            assert (type(error), error.reason) == (Conflict, Reason.REQUEST_DECIDED)
            assert error.detail.startswith("jo at the client denied this request on")


LATE: dict[Reason, Callable[[ApprovalScene, str], Any]] = {
    Reason.REQUEST_EXPIRED: lambda scene, _: scene.world.later(hours=1),
    Reason.REQUEST_DECIDED: lambda scene, request: withdraw_request(
        scene.ports, scene.scene.caller("alice"), request
    ),
    Reason.NOT_AN_APPROVER: lambda scene, _: scene.world.add(
        ApprovalPolicy(engagement="acme-prod", leads=True, people=1)
    ),
    Reason.RIGHT_TOO_NEW: lambda scene, _: scene.world.add(
        an_approver(named_by="alice", named_at=NOON - timedelta(hours=1)),
        an_approver_link(named_at=NOON - timedelta(hours=1), created_at=NOON),
    ),
}


@every("reason", LATE)
def test_an_approval_that_comes_too_late_or_without_a_right_opens_nothing(reason: Reason) -> None:
    scene = ApprovalScene()
    request = scene.request()
    LATE[reason](scene, request)
    assert reason_of(scene.approve, request) is reason
    assert scene.world.find(ApprovedGrant) == []


@every(
    "close",
    [
        lambda scene: scene.world.later(days=30),
        lambda scene: revoke_approver(
            scene.ports, scene.scene.caller(), "acme-prod", "jo", why="left"
        ),
    ],
)
def test_every_part_of_the_page_is_gone_alike(close: Callable[[ApprovalScene], Any]) -> None:
    scene = ApprovalScene()
    request = scene.request()
    close(scene)
    for act in (
        scene.page,
        lambda: scene.approve(request),
        lambda: scene.deny(request),
        lambda: set_client_approval(scene.ports, APPROVER_TEXT, is_required=True, address=PHONE),
    ):
        error = refused(act)
        assert (type(error), error.reason) == (NotFound, Reason.NO_SUCH_PAGE)


def test_an_approver_who_is_revoked_while_they_press_decides_nothing() -> None:
    scene = ApprovalScene()
    request = scene.request()
    revoked = replace(an_approver(), revoked_at=NOON, version=2)
    scene.world.just_before("change", lambda: scene.world.add(revoked))
    with pytest.raises((Conflict, NotFound, AccessDenied)):
        scene.approve(request)
    assert scene.world.find(ApprovedGrant) == []
