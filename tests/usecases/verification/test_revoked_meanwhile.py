"""A revocation in the middle of a check or a rotation holds, and its cut-off is requested."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.errors import AccessDenied, Conflict, Unauthenticated
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.verification.check_role import continue_rotation
from chalicelib.usecases.verification.rotation import begin_rotation
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import ROLE_ARN, Scene, a_scene
from tests.rows import every
from tests.usecases.vending.revocations import REVOCATIONS

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
        (engagement,) = scene.world.find(Engagement, where=lambda each: each.id == "acme-prod")
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
    scene.world.just_before(step, lambda: answers.append(REVOCATIONS[name](scene)), nth=number)

    with suppress(Conflict, Unauthenticated):  # the act may notice the revocation
        act(scene)

    (answer,) = answers
    assert answer.alive == 1
    with pytest.raises((AccessDenied, Unauthenticated)):
        scene.vend()
    cut_offs = scene.world.find(RoleCutOffs, where=lambda _: True)
    assert bool(cut_offs) == (name != CLOSED)
    requests = [e for e in scene.world.entries if e.action is Action.CUT_OFF_REQUEST]
    assert len(requests) == len(cut_offs)
