"""A role keeps all its previous ARNs. There are at most ten."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.roles import ChangeRole, CreateRole, Role
from chalicelib.domain.errors import Conflict
from chalicelib.usecases.engagements.roles import (
    MAX_FORMER_ARNS,
    change_role,
    create_role,
    end_role,
)
from tests.builders import ROLE_ARN, Scene, a_role, a_scene
from tests.fakes import NOON
from tests.rows import every


def arn(number: int) -> str:
    return f"{ROLE_ARN}{number:02}"


def renamed(scene: Scene, number: int) -> Role:
    request = ChangeRole(arn=arn(number))
    return scene.do(change_role, "acme-prod", "readonly", request)


def recreated(scene: Scene, number: int) -> Role:
    scene.do(end_role, "acme-prod", "readonly", why="done")
    request = CreateRole(name="readonly", arn=arn(number))
    return scene.do(create_role, "acme-prod", request)


either_way = every("another", [renamed, recreated])


@either_way
def test_a_role_keeps_its_previous_arns(another: Callable[[Scene, int], Role]) -> None:
    scene = a_scene()
    another(scene, 0)
    assert another(scene, 1).former_arns == (ROLE_ARN, arn(0))


@either_way
def test_an_eleventh_previous_arn_is_refused(another: Callable[[Scene, int], Role]) -> None:
    scene = a_scene()
    for number in range(MAX_FORMER_ARNS):
        another(scene, number)
    before = current(scene)
    with pytest.raises(Conflict, match="too-many-roles"):
        another(scene, MAX_FORMER_ARNS)
    assert (current(scene).arn, current(scene).former_arns) == (before.arn, before.former_arns)


def test_a_repeated_arn_counts_once() -> None:
    scene = a_scene()
    for number in range(3 * MAX_FORMER_ARNS):
        last = renamed(scene, number % 3)
    assert last.former_arns == (ROLE_ARN, arn(0), arn(1), arn(2))


def test_a_role_with_ten_previous_arns_can_still_be_changed_and_ended() -> None:
    full = tuple(map(arn, range(MAX_FORMER_ARNS)))
    scene = a_scene(a_role(former_arns=full))
    request = ChangeRole(arn=ROLE_ARN, max_session=900)
    changed = scene.do(change_role, "acme-prod", "readonly", request)
    assert changed == a_role(former_arns=full, max_session=900, version=2)
    scene.do(end_role, "acme-prod", "readonly", why="done")
    stop = current(scene).stop
    ended = replace(changed, ended_at=NOON, verification=None, version=3, stop=stop)
    assert current(scene) == ended


def current(scene: Scene) -> Role:
    return scene.get(Role, "acme-prod", "readonly")
