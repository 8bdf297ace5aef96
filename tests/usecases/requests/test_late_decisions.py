"""Decisions that come too late: after another decision, the expiry, or a revocation."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import (
    Conflict,
)
from chalicelib.domain.reasons import Reason
from chalicelib.domain.requests.requests import RequestStatus
from chalicelib.usecases.requests.own import withdraw_request
from tests.builders import (
    Scene,
    a_block,
    an_approval_policy,
)
from tests.fakes import NOON
from tests.usecases.requests.requesting import (
    a_scene_of_requests,
    approve,
    ask,
    deny,
    opened,
    refused,
)

PENDING, APPROVED = RequestStatus.PENDING, RequestStatus.APPROVED
TWO_PEOPLE = an_approval_policy(people=2, members=frozenset({"bob"}))
WITH_CLIENT = an_approval_policy(client=True)


@pytest.fixture(name="scene")
def _scene() -> Scene:
    return a_scene_of_requests()


def test_a_late_decision_is_answered_with_who_decided_what_and_when(scene: Scene) -> None:
    request = ask(scene)
    deny(scene, request.id, "bob", why="use the replica")
    scene.world.later(minutes=1)
    for decide in (approve, deny):
        error = refused(decide, scene, request.id)
        assert (type(error), error.reason) == (Conflict, Reason.REQUEST_DECIDED)
        assert error.detail == (
            "bob denied this request on 24 November 2026, 12:00 UTC: use the replica."
        )


def test_a_decision_after_the_request_has_expired(scene: Scene) -> None:
    request = ask(scene)
    scene.world.later(hours=1)
    for decide in (approve, deny):
        error = refused(decide, scene, request.id)
        assert (type(error), error.reason) == (Conflict, Reason.REQUEST_EXPIRED)
        assert "No one decided this request until 24 November 2026, 13:00 UTC." in error.detail


def test_a_denial_needs_words(scene: Scene) -> None:
    request = ask(scene)
    assert refused(deny, scene, request.id, why="").reason is Reason.DENIAL_NEEDS_WORDS


def test_a_denial_is_recorded_and_final(scene: Scene) -> None:
    request = ask(scene)
    view = deny(scene, request.id, why="not on Friday")
    assert (view.status, view.decided_by, view.decision) == (
        RequestStatus.DENIED,
        "lena",
        "not on Friday",
    )
    assert view.message == "lena denied this request on 24 November 2026, 12:00 UTC: not on Friday."
    entry = scene.world.entries[-1]
    assert (entry.action, entry.details["said"]) == ("request.deny", "not on Friday")
    assert not opened(scene)


def test_someone_who_approved_first_can_still_deny() -> None:
    scene = a_scene_of_requests(TWO_PEOPLE)
    request = ask(scene)
    approve(scene, request.id, "bob")
    assert deny(scene, request.id, "bob").status is RequestStatus.DENIED


def test_a_withdrawn_request_cannot_be_approved(scene: Scene) -> None:
    request = ask(scene)
    withdraw_request(scene.ports, scene.caller("alice"), request.id)
    error = refused(approve, scene, request.id)
    assert error.detail == "alice withdrew this request on 24 November 2026, 12:00 UTC."


def test_nothing_is_approved_while_frozen_or_paused(scene: Scene) -> None:
    request = ask(scene)
    for block, reason in (
        (a_block(), Reason.FROZEN),
        (a_block("acme-prod"), Reason.PAUSED_BY_CLIENT),
    ):
        scene.world.add(block)
        assert refused(approve, scene, request.id).reason is reason
        scene.world.add(replace(block, lifted_at=NOON))
    assert approve(scene, request.id).status is APPROVED


def test_a_request_can_be_denied_while_frozen(scene: Scene) -> None:
    request = ask(scene)
    scene.world.add(a_block())
    assert deny(scene, request.id).status is RequestStatus.DENIED
