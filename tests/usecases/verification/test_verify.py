"""Verify a role: only AWS's answers to Daypass's own probes count."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Item
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
)
from tests.fakes import NOON, FakeRole, at
from tests.rows import every
from tests.usecases.refusals import refusal_of
from tests.usecases.verification.probing import is_vended_from

SAFE = FakeRole(EXTERNAL_ID)


def verified(
    trust: FakeRole, *items: Item, before: Verification | None = None
) -> tuple[Scene, Role]:
    scene = a_scene(a_role(verification=before), *items)
    scene.world.roles[ROLE_ARN] = trust
    return scene, scene.do(verify_role, "acme-prod", "readonly")


def test_a_safe_role_passes() -> None:
    scene, role = verified(SAFE)
    proof = a_verification(checked_at=NOON, full_check_at=NOON)
    assert role == a_role(verification=proof, version=2)
    assert scene.get(Role, "acme-prod", "readonly") == role
    assert is_vended_from(scene)


def test_a_predictable_wrong_id_makes_the_check_fail() -> None:
    scene = a_scene()
    right = "daypass-" + "a" * 32
    scene.add(an_engagement(external_id=right))
    scene.world.roles[ROLE_ARN] = FakeRole(right)
    ports = replace(scene.ports, random=bytes)
    role = verify_role(ports, scene.caller(), "acme-prod", "readonly")
    assert role.verification.passed is False


def test_no_probe_is_sent_before_the_intent_is_recorded() -> None:
    scene = a_scene()
    scene.fails_at("record intended", Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        scene.do(verify_role, "acme-prod", "readonly")
    assert "probe" not in scene.world.steps


@every(
    "meanwhile",
    [
        a_role(arn="arn:aws:iam::987654321098:role/Other", verification=None, version=2),
        a_role(ended_at=NOON, version=2),
        an_engagement(revoked_at=NOON, version=2),
        an_engagement(next_external_id="daypass-next", version=2),
    ],
)
def test_a_result_is_not_stored_if_the_role_or_engagement_changed_meanwhile(
    meanwhile: Item,
) -> None:
    scene = a_scene()
    scene.just_before("probe", lambda: scene.add(meanwhile))
    assert (
        refusal_of(Conflict, scene.do, verify_role, "acme-prod", "readonly") == "changed-meanwhile"
    )
    assert scene.world.items[at(meanwhile)] == meanwhile
