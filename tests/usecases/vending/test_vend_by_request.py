"""Vend by an approved request: the intent names it, and a vend costs no more calls."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.errors import AccessDenied
from tests.builders import a_grant, a_request_id
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.vending.approving import (
    HOUR,
    REQUEST,
    a_scene_with_access,
    add_access,
)
from tests.usecases.vending.revocations import VEND_STEPS


@every(
    "changes, details",
    [
        ({}, {"request": REQUEST, "client_approved": None, "emergency": None}),
        ({"client_approved": True}, {"client_approved": "true", "emergency": None}),
        ({"is_emergency": True}, {"emergency": "true", "client_approved": None}),
    ],
)
def test_the_intent_names_the_request_that_opened_the_role(
    changes: dict[str, Any], details: dict[str, str | None]
) -> None:
    scene = a_scene_with_access(**changes)
    scene.vend()
    assert scene.world.steps == VEND_STEPS  # as by a grant alone
    intent, issued = scene.world.entries
    assert {name: intent.details.get(name) for name in details} == details
    assert "request" not in issued.details


def test_a_vend_by_the_grant_alone_names_no_request() -> None:
    scene = a_scene_with_access()
    scene.world.add(a_grant())
    scene.vend()
    assert "request" not in scene.world.entries[0].details


def test_a_session_ends_with_its_access() -> None:
    scene = a_scene_with_access(ends_at=NOON + timedelta(minutes=30))
    session = scene.vend()
    assert session.credentials.expires_at <= NOON + timedelta(minutes=30)
    assert scene.world.entries[0].details["deadline"] == "2026-11-24T12:30:00Z"


def test_scheduled_access_opens_and_closes_by_itself() -> None:
    scene = a_scene_with_access(starts_at=NOON + HOUR)
    for expected in ("refused", "issued", "refused"):
        if expected == "issued":
            scene.vend()
        else:
            with pytest.raises(AccessDenied, match="approval-required"):
                scene.vend()
        scene.world.later(hours=1)


def test_the_longest_access_is_used_and_an_ended_one_gives_way_to_the_next() -> None:
    scene = a_scene_with_access()
    add_access(scene, "2", 1, ends_at=NOON + 3 * HOUR)
    scene.vend()
    assert scene.world.entries[0].details["request"] == a_request_id(number=1)


def test_access_that_a_role_no_longer_needs_takes_no_session_away() -> None:
    """A lead gives standing access between the two decisions."""
    scene = a_scene_with_access()
    scene.world.just_before("issue", lambda: scene.world.add(a_grant(version=2)))
    scene.vend()
