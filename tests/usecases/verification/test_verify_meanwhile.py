"""A trust policy that changes while it is checked is never thought safer than it was."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.onboarding.setup.trust import closed_trust_policy, trust_policy
from chalicelib.domain.verification.probe_variants import VARIANTS
from chalicelib.domain.verification.proof import Grade, grade
from chalicelib.domain.verification.wrong_ids import CALLS_PER_FULL_CHECK
from chalicelib.usecases.onboarding.role_setup import spec_of
from chalicelib.usecases.verification.verify import verify
from tests.builders import ROLE_ARN, Scene, a_role, a_scene, an_engagement
from tests.fakes import FakeRole
from tests.usecases.verification.probing import Probing, Sent

Policy = Mapping[str, Any]


def advised(scene: Scene) -> Policy:
    return trust_policy(spec_of(scene.ports, an_engagement(), a_role()))


def anybody(scene: Scene) -> Policy:
    """Without the condition on the external ID."""
    enter, *more = advised(scene)["Statement"]
    condition = {name: one for name, one in enter["Condition"].items() if name != "StringEquals"}
    return {"Statement": [enter | {"Condition": condition}, *more]}


def nobody(_: Scene) -> Policy:
    return closed_trust_policy()


# What is asked of a role that is safe: the right external ID in four dresses, all others, and the
# right one again.
AFTER = CALLS_PER_FULL_CHECK
FIRST, LAST = range(len(VARIANTS)), range(AFTER - len(VARIANTS), AFTER)
OTHERS = range(FIRST.stop, LAST.start)
NOT_PROVEN = None
"""Nothing was proven, and it is to be tried again."""
A, F = Grade.A, Grade.F

CHANGES: dict[str, tuple[Any, Any, dict[int, Grade | None]]] = {
    # Each answer by the question before which the client writes the other trust policy.
    "opens it to anybody": (
        advised,
        anybody,
        dict.fromkeys([*FIRST, *OTHERS], F) | dict.fromkeys([*LAST, AFTER], A),
    ),
    "demands the external ID": (
        anybody,
        advised,
        dict.fromkeys([*FIRST, OTHERS[0]], A) | dict.fromkeys([*OTHERS[1:], *LAST, AFTER], F),
    ),
    "shuts the door": (
        advised,
        nobody,
        {0: F} | dict.fromkeys([*FIRST[1:], *OTHERS, *LAST], NOT_PROVEN) | {AFTER: A},
    ),
    "opens the door": (
        nobody,
        advised,
        {0: A} | dict.fromkeys(FIRST[1:], NOT_PROVEN) | dict.fromkeys([*OTHERS, AFTER], F),
    ),
}


def found(before: Policy, after: Policy, number: int) -> Grade | None:
    """What a check says, before whose question of this number the trust policy is changed."""
    scene = a_scene()
    scene.world.add(a_role(verification=None))
    scene.world.roles[ROLE_ARN] = FakeRole("", trust=before)

    def change(sent: Sent) -> None:
        if sent.number == number:
            scene.world.roles[ROLE_ARN] = FakeRole("", trust=after)

    ports = replace(scene.ports, sts=Probing(scene.world, change))
    try:
        proof = verify(ports, scene.caller(), "acme-prod", "readonly").verification
    except Unavailable:
        return NOT_PROVEN
    assert proof is not None
    return grade(proof.results)


@pytest.mark.parametrize(("before", "after", "expected"), CHANGES.values(), ids=CHANGES)
def test_a_trust_policy_that_changes_while_it_is_checked_is_never_thought_safer_than_it_was(
    before: Any, after: Any, expected: dict[int, Grade | None]
) -> None:
    scene = a_scene()
    policies = before(scene), after(scene)
    assert {number: found(*policies, number) for number in expected} == expected
