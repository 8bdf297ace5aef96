"""Requests that two people, or the client too, must approve."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.policies import ChangeApprovalPolicy
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.usecases.requests.policies import change_policy
from chalicelib.usecases.requests.steps import show_request
from tests.builders import (
    Scene,
    a_client_approver,
    an_approval_policy,
    an_approver_link,
    an_engagement,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    approvers_of_access,
    ask,
    client_approves,
    client_denies,
    opened,
    refused,
    stored,
)

PENDING, APPROVED = RequestStatus.PENDING, RequestStatus.APPROVED
TWO_PEOPLE = an_approval_policy(people=2, members=frozenset({"bob"}))
WITH_CLIENT = an_approval_policy(client=True)


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def test_two_people_must_approve() -> None:
    scene = a_scene_of_requests(TWO_PEOPLE)
    request = ask(scene)
    first = approve(scene, request.id, "bob")

    assert (first.status, first.waiting_for) == (PENDING, ("a lead",))
    assert first.message == (
        "bob approved it. It still waits for a lead until 24 November 2026, 13:00 UTC."
    )
    entry = scene.world.entries[-1]
    assert (entry.details["waiting_for"], entry.details["expires_at"]) == (
        "a lead",
        "2026-11-24T13:00:00Z",
    )
    assert not opened(scene)
    assert not approvers_of_access(scene)
    assert approve(scene, request.id, "lena").status is APPROVED
    assert approvers_of_access(scene) == [("bob", request.id), ("lena", request.id)]


def test_both_can_shorten() -> None:
    scene = a_scene_of_requests(TWO_PEOPLE)
    request = ask(scene)
    approve(scene, request.id, "bob", duration=1800)
    error = refused(approve, scene, request.id, duration=3600)
    assert error.field == "duration"
    assert approve(scene, request.id, duration=900).duration == 900


def test_a_policy_that_needs_fewer_people_opens_with_the_next_press() -> None:
    scene = a_scene_of_requests(TWO_PEOPLE)
    requests = [ask(scene).id for _ in range(2)]
    for request in requests:
        approve(scene, request, "bob")
    body = ChangeApprovalPolicy(people=1)
    change_policy(scene.ports, scene.caller(), "acme-prod", "", body)
    view = show_request(scene.ports, scene.caller("alice"), requests[0])
    assert (view.status, view.waiting_for) == (PENDING, ("one of its approvers",))
    scene.world.later(minutes=1)
    for request, by in zip(requests, ("bob", "lena"), strict=True):
        assert approve(scene, request, by).status is APPROVED


def test_a_person_and_the_client_must_approve() -> None:
    scene = a_scene_of_requests(WITH_CLIENT)
    request = ask(scene)
    assert request.waiting_for == ("a lead", "the client")
    assert client_approves(scene, request.id).waiting_for == ("a lead",)
    entry = scene.world.entries[-1]
    assert (entry.actor, entry.token, entry.address) == (
        "@client",
        an_approver_link().id,
        "198.51.100.9",
    )
    assert entry.details["approver"] == "jo"
    approve(scene, request.id)
    (grant,) = opened(scene)
    assert grant.client_approved
    assert approvers_of_access(scene) == [("acme-prod/jo", request.id), ("lena", request.id)]


def test_the_client_may_shorten_and_deny() -> None:
    scene = a_scene_of_requests(an_approval_policy(leads=False, people=0, client=True))
    first, second = ask(scene), ask(scene)
    view = client_approves(scene, first.id, duration=900)
    assert (view.status, view.duration, view.decided_by) == (APPROVED, 900, "@client/jo")
    assert view.message.startswith("jo at the client approved this request")
    view = client_denies(scene, second.id, "call me first")
    assert (view.status, view.decision) == (RequestStatus.DENIED, "call me first")


@every(
    "item, reason",
    [
        (a_client_approver(is_contact=True), Reason.NOT_AN_APPROVER),
        (a_client_approver(named_at=NOON), Reason.NO_SUCH_REQUEST),
        (an_approver_link(revoked_at=NOON), Reason.NO_SUCH_REQUEST),
    ],
)
def test_not_everyone_at_the_client_approves(item: Any, reason: Reason) -> None:
    scene = a_scene_of_requests(WITH_CLIENT)
    request = ask(scene)
    scene.world.add(item)
    assert refused(client_approves, scene, request.id).reason is reason
    assert not stored(scene, request.id).approvals


def test_where_only_the_client_decides_no_lead_can_do_it_for_them() -> None:
    scene = a_scene_of_requests(an_approval_policy(leads=False, people=0))
    scene.world.add(an_engagement(requires_client_approval=True))
    request = ask(scene)
    assert refused(approve, scene, request.id).reason is Reason.NOT_AN_APPROVER
    assert client_approves(scene, request.id).status is APPROVED
    assert opened(scene)[0].client_approved


def test_the_clients_later_choice_holds_for_pending_requests(scene: Scene) -> None:
    request = ask(scene)
    scene.world.add(an_engagement(requires_client_approval=True))
    view = approve(scene, request.id)
    assert (view.status, view.waiting_for) == (PENDING, ("the client",))
