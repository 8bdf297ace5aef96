"""Vend on facts that were read at different moments."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from chalicelib.domain.errors import AccessDenied
from chalicelib.domain.reasons import Reason
from chalicelib.domain.verification.proof import Check
from chalicelib.usecases.vending.facts import MAX_READS
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
    results,
)
from tests.fakes import FakeRole, at
from tests.rows import every
from tests.usecases.refusals import reason_of

NEXT = "daypass-next"
FACTS = ("token", "member", "engagement", "role", "grant")
BEFORE = an_engagement(next_external_id=NEXT, version=2)
AFTER = an_engagement(external_id=NEXT, previous_external_id=EXTERNAL_ID, version=3)


def rotating() -> Scene:
    """The client's role knows both external IDs."""
    scene = a_scene()
    scene.world.add(BEFORE)
    scene.world.roles[ROLE_ARN] = FakeRole(EXTERNAL_ID, second_external_id=NEXT)
    return scene


def promote(scene: Scene) -> None:
    """Engagement and role go over to the next external ID in one step."""
    scene.world.add(AFTER, a_role(verification=a_verification(external_id=NEXT), version=2))


@every("order", list(permutations(FACTS[2:])))
@every("part", FACTS)
@every("look", [1, 2])
def test_a_read_in_the_middle_of_a_rotation_refuses_no_one(
    order: tuple[str, ...], part: str, look: int
) -> None:
    scene = rotating()
    scene.world.facts_in_order = ("token", "member", *order)
    looks = 0

    def between(name: str) -> None:
        nonlocal looks
        looks += name == part
        if looks == look and name == part:
            promote(scene)

    scene.world.between_facts = between
    scene.vend()
    assert scene.story() == ["vend intended", "vend issued"]


@every("halves", [
    (BEFORE, a_role(verification=a_verification(external_id=NEXT), version=2)),
    (AFTER, a_role(verification=a_verification())),
])  # fmt: skip
def test_an_inconsistent_read_is_repeated_a_few_times_and_then_refused(halves: Any) -> None:
    scene = rotating()
    scene.world.add(*halves)
    assert reason_of(scene.vend) is Reason.ROLE_UNVERIFIED
    assert scene.world.steps.count("access_facts") == 1 + MAX_READS


@every("gone", [an_engagement(), a_role()])
@every("look", [1, 2])
def test_a_partial_read_is_refused_with_a_reason(gone: Any, look: int) -> None:
    scene = rotating()
    scene.world.just_before("access_facts", lambda: scene.world.items.pop(at(gone)), nth=look)
    with pytest.raises(AccessDenied):
        scene.vend()
    assert scene.world.steps.count("access_facts") == look


def test_a_role_that_failed_with_the_next_one_is_not_looked_at_again() -> None:
    scene = rotating()
    failed = a_verification(external_id=NEXT, results=results(Check.NO_ID))
    assert not failed.passed
    scene.world.add(a_role(verification=failed))
    with pytest.raises(AccessDenied, match="role-unverified"):
        scene.vend()
    assert scene.world.steps.count("access_facts") == 1
