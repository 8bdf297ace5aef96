"""What else a client's check does: it takes a rotation further, and is turned once all is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.trail import CLIENT, Action
from chalicelib.usecases.onboarding.client_page import check_by_client, client_page
from chalicelib.usecases.onboarding.links import revoke_link
from tests.builders import (
    EXTERNAL_ID,
    LINK_TEXT,
    ROLE_ARN,
    Scene,
    a_link,
    a_role,
    a_scene,
    an_engagement,
)
from tests.fakes import NOON, FakeRole
from tests.usecases.verification.rotation.rotations import (
    DEPLOY_ARN,
    Rotation,
    a_rotation,
    before_nth,
    one_promoted,
    one_under_way,
)

OVER = an_engagement(closed_at=NOON)


def check(scene: Scene) -> None:
    check_by_client(scene.ports, LINK_TEXT, address="192.0.2.7")


def withdraw(scene: Scene) -> None:
    revoke_link(scene.ports, scene.caller(), "acme-prod", a_link().id, why="wrong person")


def test_a_check_takes_a_rotation_further() -> None:
    rotation = one_under_way()
    check(rotation.scene)
    assert rotation.place.former_external_id == EXTERNAL_ID
    rotation.client_adopts()
    rotation.scene.world.later(minutes=1)
    check(rotation.scene)
    assert rotation.place.former_external_id is None
    assert rotation.all_are_vended_from()
    acts = {Action.EXTERNAL_ID_PROMOTE, Action.EXTERNAL_ID_RETIRE}
    actors = [e.actor for e in rotation.scene.world.entries if e.action in acts]
    assert actors == [CLIENT] * 4  # what was meant, and what was done


def test_a_client_who_has_only_the_next_one_puts_it_right_by_checking() -> None:
    rotation = a_rotation()
    new = rotation.begin()
    rotation.scene.world.roles = {arn: FakeRole(new) for arn in (ROLE_ARN, DEPLOY_ARN)}
    check(rotation.scene)
    assert rotation.place.external_id == new
    assert rotation.all_are_vended_from()


@pytest.mark.parametrize("start", [one_under_way, one_promoted])
def test_a_link_that_is_revoked_in_the_last_moment_rotates_nothing(
    start: Callable[[], Rotation],
) -> None:
    rotation = start()
    rotation.client_adopts()
    scene, place = rotation.scene, rotation.place
    scene.world.later(minutes=1)
    before_nth(scene.world, "change", 2, lambda: withdraw(scene))
    with pytest.raises(Conflict, match="changed-meanwhile"):
        check(scene)
    assert rotation.place == place
    at = scene.world.clock
    assert scene.ports.state.get(SetupLink, a_link().hash) == a_link(
        checked_at=at, checking_since=at, revoked_at=at, version=3
    )


def test_once_the_engagement_is_over_the_roles_should_refuse_us() -> None:
    scene = a_scene()
    scene.world.add(OVER)
    check(scene)
    assert scene.story() == [
        "link.check done",
        "engagement.leave intended",
        "engagement.leave refused",
    ]
    assert client_page(scene.ports, LINK_TEXT).looked_at == NOON
    assert client_page(scene.ports, LINK_TEXT).engagement.left_at is None
    scene.world.roles.pop(ROLE_ARN)
    scene.world.later(minutes=1)
    check(scene)
    assert client_page(scene.ports, LINK_TEXT).engagement.left_at == NOON + timedelta(minutes=1)
    assert {entry.actor for entry in scene.world.entries} == {CLIENT}
    assert "role.verify" not in {entry.action for entry in scene.world.entries}
    assert scene.ports.state.get(Role, "acme-prod", "readonly") == a_role()


def test_a_link_that_is_revoked_meanwhile_closes_nothing_either() -> None:
    scene = a_scene()
    scene.world.add(OVER)
    scene.world.roles.pop(ROLE_ARN)
    scene.world.just_before("probe", lambda: withdraw(scene))
    with pytest.raises(Conflict, match="changed-meanwhile"):
        check(scene)
    assert scene.ports.state.get(Engagement, "acme-prod") == OVER


def test_the_turned_check_has_to_wait_as_well() -> None:
    scene = a_scene()
    scene.world.add(OVER)
    check(scene)
    with pytest.raises(Conflict, match="checked-just-now"):
        check(scene)
