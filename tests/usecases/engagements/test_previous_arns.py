"""What a role named before is never forgotten: so it may name so much, and no more."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.roles import ChangeRole, CreateRole, Role
from chalicelib.domain.errors import Conflict
from chalicelib.usecases.engagements.roles import (
    MOST_FORMER_ARNS,
    change_role,
    create_role,
    end_role,
)
from tests.builders import ROLE_ARN, Scene, a_role, a_scene
from tests.fakes import NOON


def arn(number: int) -> str:
    return f"{ROLE_ARN}{number:02}"


def renamed(scene: Scene, number: int) -> Role:
    probed = ChangeRole(arn=arn(number))
    return change_role(scene.ports, scene.caller(), "acme-prod", "readonly", probed)


def made_anew(scene: Scene, number: int) -> Role:
    end_role(scene.ports, scene.caller(), "acme-prod", "readonly", why="done")
    probed = CreateRole(name="readonly", arn=arn(number))
    return create_role(scene.ports, scene.caller(), "acme-prod", probed)


either_way = pytest.mark.parametrize("another", [renamed, made_anew])


@either_way
def test_a_role_remembers_what_it_named(another: Callable[[Scene, int], Role]) -> None:
    scene = a_scene()
    another(scene, 0)
    assert another(scene, 1).former_arns == (ROLE_ARN, arn(0))


@either_way
def test_it_names_ten_others_and_no_more(another: Callable[[Scene, int], Role]) -> None:
    scene = a_scene()
    for number in range(MOST_FORMER_ARNS):
        another(scene, number)
    before = current(scene)
    with pytest.raises(Conflict, match="too-many-roles"):
        another(scene, MOST_FORMER_ARNS)
    assert (current(scene).arn, current(scene).former_arns) == (before.arn, before.former_arns)


def test_what_is_named_twice_counts_once() -> None:
    scene = a_scene()
    for number in range(3 * MOST_FORMER_ARNS):
        last = renamed(scene, number % 3)
    assert last.former_arns == (ROLE_ARN, arn(0), arn(1), arn(2))


def test_one_that_can_name_no_more_can_still_be_changed_and_ended() -> None:
    scene = a_scene()
    full = tuple(map(arn, range(MOST_FORMER_ARNS)))
    scene.world.add(a_role(former_arns=full))
    probed = ChangeRole(arn=ROLE_ARN, max_session=900)
    changed = change_role(scene.ports, scene.caller(), "acme-prod", "readonly", probed)
    assert changed == a_role(former_arns=full, max_session=900, version=2)
    end_role(scene.ports, scene.caller(), "acme-prod", "readonly", why="done")
    stop = current(scene).stop
    ended = replace(changed, ended_at=NOON, verification=None, version=3, stop=stop)
    assert current(scene) == ended


def current(scene: Scene) -> Role:
    stored = scene.ports.state.get(Role, "acme-prod", "readonly")
    assert stored is not None
    return stored
