"""Changes and revocations in the middle of a check: no better grade, and no lost cut-off."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import AccessDenied, Conflict, Unauthenticated, Unavailable
from chalicelib.domain.onboarding.setup.trust import (
    build_trust_policy,
    build_trust_policy_denying_all,
)
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.verification.probe_variants import VARIANTS
from chalicelib.domain.verification.proof import Grade, grade_results
from chalicelib.domain.verification.wrong_ids import CALLS_PER_FULL_CHECK
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from chalicelib.usecases.verification.check_role import continue_rotation
from chalicelib.usecases.verification.rotation import begin_rotation
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import ROLE_ARN, Scene, a_role, a_scene, an_engagement
from tests.fakes import FakeRole
from tests.rows import every
from tests.usecases.vending.revocations import REVOCATIONS
from tests.usecases.verification.probing import Probing, Sent

Policy = Mapping[str, Any]


def requested(scene: Scene) -> Policy:
    return build_trust_policy(build_spec_for_role(scene.ports, an_engagement(), a_role()))


def open_policy(scene: Scene) -> Policy:
    """Return the requested policy without the condition on the external ID."""
    enter, *more = requested(scene)["Statement"]
    condition = {
        name: value for name, value in enter["Condition"].items() if name != "StringEquals"
    }
    return {"Statement": [enter | {"Condition": condition}, *more]}


def closed_policy(_: Scene) -> Policy:
    return build_trust_policy_denying_all()


# The probes of a safe role: the right external ID in four variants and as an agent, the wrong IDs,
# and the right ID again.
AFTER = CALLS_PER_FULL_CHECK
RIGHT = len(VARIANTS) + 1
FIRST, LAST = range(RIGHT), range(AFTER - RIGHT, AFTER)
MIDDLE = range(FIRST.stop, LAST.start)
NOT_PROVEN = None
"""The check has no result."""
A, F = Grade.A, Grade.F

CHANGES: dict[str, tuple[Any, Any, dict[int, Grade | None]]] = {
    # The grade, by the number of the probe before which the client replaces the trust policy.
    "removes the condition": (
        requested,
        open_policy,
        dict.fromkeys([*FIRST, *MIDDLE], F) | dict.fromkeys([*LAST, AFTER], A),
    ),
    "adds the condition": (
        open_policy,
        requested,
        dict.fromkeys([*FIRST, MIDDLE[0]], A) | dict.fromkeys([*MIDDLE[1:], *LAST, AFTER], F),
    ),
    "removes access": (
        requested,
        closed_policy,
        {0: F} | dict.fromkeys([*FIRST[1:], *MIDDLE, *LAST], NOT_PROVEN) | {AFTER: A},
    ),
    "restores access": (
        closed_policy,
        requested,
        # No probe as an agent follows if the role refuses people.
        {0: A}
        | dict.fromkeys(FIRST[1:-1], NOT_PROVEN)
        | dict.fromkeys([FIRST[-1], *MIDDLE, AFTER], F),
    ),
}


def grade_with_change(before: Policy, after: Policy, number: int) -> Grade | None:
    """Return the grade of a check if the trust policy changes before the probe of this number."""
    scene = a_scene(a_role(verification=None))
    scene.world.roles[ROLE_ARN] = FakeRole("", trust=before)

    def change(sent: Sent) -> None:
        if sent.number == number:
            scene.world.roles[ROLE_ARN] = FakeRole("", trust=after)

    ports = replace(scene.ports, sts=Probing(scene.world, change))
    try:
        proof = verify_role(ports, scene.caller(), "acme-prod", "readonly").verification
    except Unavailable:
        return NOT_PROVEN
    return grade_results(proof.results)


@every("before, after, expected", CHANGES.values())
def test_a_trust_policy_that_changes_during_a_check_gets_no_better_grade(
    before: Any, after: Any, expected: dict[int, Grade | None]
) -> None:
    scene = a_scene()
    policies = before(scene), after(scene)
    assert {number: grade_with_change(*policies, number) for number in expected} == expected


# A revocation in the middle of a check or a rotation holds, and its cut-off is requested.


Act = Callable[[Scene], Any]
CLOSED = "engagement closed"
"""The work is done, so live sessions may run to their end."""


def check(scene: Scene) -> None:
    scene.do(verify_role, "acme-prod", "readonly")


def begin(scene: Scene) -> None:
    scene.do(begin_rotation, "acme-prod", why="w")


def promote(scene: Scene) -> None:
    scene.do(continue_rotation, "acme-prod")


def a_scene_in_use(act: Act) -> Scene:
    """Return a scene with a live session of alice, in which the act is next."""
    scene = a_scene()
    scene.vend()
    if act is promote:
        begin(scene)
        (engagement,) = scene.find(Engagement, where=lambda each: each.id == "acme-prod")
        role = scene.world.roles[ROLE_ARN]
        role.second_external_id = engagement.next_external_id
    return scene


def steps_of(act: Act) -> list[tuple[str, int]]:
    """Return the steps of the act, each with its number among the steps of the same name. Of a long
    series of probes, return the first, the second and the last."""
    scene = a_scene_in_use(act)
    before = len(scene.world.steps)
    act(scene)
    steps = scene.world.steps[before:]
    numbered = [(step, steps[: n + 1].count(step)) for n, step in enumerate(steps)]
    return [
        (step, number)
        for step, number in numbered
        if step != "probe" or number in (1, 2, steps.count("probe"))
    ]


def moments() -> list[tuple[Act, str, int]]:
    return [(act, *step) for act in (check, begin, promote) for step in steps_of(act)]


@every("name", REVOCATIONS)
@every("act, step, number", moments)
def test_a_revocation_in_the_middle_holds(act: Act, step: str, number: int, name: str) -> None:
    scene = a_scene_in_use(act)
    answers: list[Revocation] = []
    scene.just_before(step, lambda: answers.append(REVOCATIONS[name](scene)), nth=number)

    with suppress(Conflict, Unauthenticated):  # the act may notice the revocation
        act(scene)

    (answer,) = answers
    assert answer.alive == 1
    with pytest.raises((AccessDenied, Unauthenticated)):
        scene.vend()
    cut_offs = scene.find(RoleCutOffs, where=lambda _: True)
    assert bool(cut_offs) == (name != CLOSED)
    requests = [e for e in scene.entries if e.action is Action.CUT_OFF_REQUEST]
    assert len(requests) == len(cut_offs)
