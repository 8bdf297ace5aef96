"""Vend by an approved request: the intent names it, and a vend costs no more calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Item
from tests.builders import a_grant, a_grant_on_request, a_request_id, an_engagement
from tests.fakes import NOON
from tests.usecases.refusals import reason_of
from tests.usecases.vending.approving import (
    HOUR,
    REQUEST,
    a_scene_with_access,
    add_access,
    vended,
)
from tests.usecases.vending.revocations import VEND_STEPS

DETAILS: list[tuple[str, dict[str, Any], dict[str, str | None]]] = [
    ("a request", {}, {"request": REQUEST, "client_approved": None, "emergency": None}),
    ("the client", {"client_approved": True}, {"client_approved": "true", "emergency": None}),
    ("an emergency", {"is_emergency": True}, {"emergency": "true", "client_approved": None}),
]


@pytest.mark.parametrize(
    ("changes", "details"), [pytest.param(*row[1:], id=row[0]) for row in DETAILS]
)
def test_the_intent_names_the_request_that_opened_the_role(
    changes: dict[str, Any], details: dict[str, str | None]
) -> None:
    scene = a_scene_with_access(**changes)
    vended(scene)
    intent, issued = scene.world.entries
    assert {name: intent.details.get(name) for name in details} == details
    assert "request" not in issued.details


def test_a_vend_takes_the_same_steps_as_by_a_grant_alone() -> None:
    scene = a_scene_with_access()
    vended(scene)
    assert scene.world.steps == VEND_STEPS


def test_a_vend_by_the_grant_alone_names_no_request() -> None:
    scene = a_scene_with_access()
    scene.world.add(a_grant())
    vended(scene)
    assert "request" not in scene.world.entries[0].details


def test_a_session_ends_with_its_access() -> None:
    scene = a_scene_with_access(ends_at=NOON + timedelta(minutes=30))
    session = vended(scene)
    assert session.credentials.expires_at <= NOON + timedelta(minutes=30)
    assert scene.world.entries[0].details["deadline"] == "2026-11-24T12:30:00Z"


def test_scheduled_access_opens_and_closes_by_itself() -> None:
    scene = a_scene_with_access(starts_at=NOON + HOUR)
    for expected in ("refused", "issued", "refused"):
        if expected == "issued":
            vended(scene)
        else:
            with pytest.raises(AccessDenied, match="approval-required"):
                vended(scene)
        scene.world.later(hours=1)


def test_the_longest_access_is_used_and_an_ended_one_gives_way_to_the_next() -> None:
    scene = a_scene_with_access()
    add_access(scene, "2", 1, ends_at=NOON + 3 * HOUR)
    vended(scene)
    assert scene.world.entries[0].details["request"] == a_request_id(number=1)


MEANWHILE: list[tuple[str, Item, Reason]] = [
    ("a grant without the role", a_grant(roles=frozenset({"x"}), version=2),
     Reason.ROLE_NOT_GRANTED),
    ("a grant that was revoked and created again", a_grant_on_request(stop="s", version=2),
     Reason.APPROVAL_REQUIRED),
    ("an engagement that was closed and opened again", an_engagement(stop="s", version=2),
     Reason.APPROVAL_REQUIRED),
    ("the client approves all access from now on",
     an_engagement(requires_client_approval=True, version=2), Reason.CLIENT_APPROVAL_REQUIRED),
]  # fmt: skip


@pytest.mark.parametrize(
    ("item", "reason"), [pytest.param(*row[1:], id=row[0]) for row in MEANWHILE]
)
def test_a_change_between_the_decisions_withholds_the_session(item: Item, reason: Reason) -> None:
    scene = a_scene_with_access()
    scene.world.just_before("issue", lambda: scene.world.add(item))
    assert reason_of(vended, scene) is reason
    assert scene.story() == ["vend intended", f"vend withheld {reason}"]


def test_access_that_a_role_no_longer_needs_takes_no_session_away() -> None:
    """A lead gives standing access between the two decisions."""
    scene = a_scene_with_access()
    scene.world.just_before("issue", lambda: scene.world.add(a_grant(version=2)))
    vended(scene)
