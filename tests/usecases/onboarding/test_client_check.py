"""The client checks their own roles: as a lead can, not too often, and until all is over."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import CLIENT, Action
from chalicelib.usecases.engagements.roles import end_role
from chalicelib.usecases.lists import list_all
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
from tests.usecases.verification.probing import Unanswered
from tests.usecases.verification.rotation.rotations import (
    DEPLOY_ARN,
    Rotation,
    a_rotation,
    before_nth,
    one_promoted,
    one_under_way,
)

SECOND = timedelta(seconds=1)
OVER = an_engagement(closed_at=NOON)


def check(scene: Scene) -> None:
    check_by_client(scene.ports, LINK_TEXT, address="192.0.2.7")


def role(scene: Scene, name: str = "readonly") -> Role:
    found = scene.ports.state.get(Role, "acme-prod", name)
    assert found is not None
    return found


def two_unproven() -> Scene:
    """`readonly` and `deploy`, neither of them checked yet, and both as they should be."""
    scene = a_rotation().scene
    for name in ("readonly", "deploy"):
        scene.world.add(replace(role(scene, name), verification=None))
    return scene


def test_every_role_is_checked_and_the_results_are_kept() -> None:
    scene = two_unproven()
    check(scene)
    place = an_engagement()
    assert role(scene).proof(place) is not None
    assert role(scene, "deploy").proof(place) is not None
    assert all(one.report is not None for one in client_page(scene.ports, LINK_TEXT).roles)


def test_the_trail_says_that_the_client_did_it_and_by_which_link() -> None:
    scene = two_unproven()
    check(scene)
    assert scene.story() == [
        "link.check done",
        "role.verify intended",
        "role.verify done",
        "role.verify intended",
        "role.verify done",
    ]
    assert {entry.actor for entry in scene.world.entries} == {CLIENT}
    assert {entry.engagement for entry in scene.world.entries} == {"acme-prod"}
    for entry in scene.world.entries:
        assert (entry.token, entry.address) == (a_link().id, "192.0.2.7")


def test_an_ended_role_is_not_checked() -> None:
    scene = two_unproven()
    ended = a_role("deploy", ended_at=NOON, verification=None)
    scene.world.add(ended)
    check(scene)
    assert role(scene, "deploy") == ended


def test_a_role_that_fails_is_kept_as_failed_and_the_others_are_checked() -> None:
    scene = two_unproven()
    scene.world.roles[DEPLOY_ARN] = FakeRole(EXTERNAL_ID, demands_external_id=False)
    check(scene)
    proof = role(scene, "deploy").verification
    assert proof is not None
    assert not proof.passed
    assert role(scene).proof(an_engagement()) is not None


@pytest.mark.parametrize(("unanswered", "other"), [(DEPLOY_ARN, "readonly"), (ROLE_ARN, "deploy")])
def test_a_role_that_is_unanswered_does_not_keep_the_others_from_being_checked(
    unanswered: str, other: str
) -> None:
    scene = two_unproven()
    ports = replace(scene.ports, sts=Unanswered(scene.world, unanswered))
    with pytest.raises(Unavailable, match="aws-unreachable"):
        check_by_client(ports, LINK_TEXT, address="192.0.2.7")
    assert role(scene, other).proof(an_engagement()) is not None
    assert [
        r.name for r in list_all(scene.ports.state, Role, engagement="acme-prod") if r.verification
    ] == [other]


def test_half_a_minute_lies_between_two_checks() -> None:
    scene = two_unproven()
    check(scene)
    probes = scene.world.steps.count("probe")
    for wait in (0, 29.999):
        scene.world.clock = NOON + wait * SECOND
        before, entries = dict(scene.world.items), len(scene.world.entries)
        with pytest.raises(Conflict, match="checked-just-now"):
            check(scene)
        assert (scene.world.items, len(scene.world.entries)) == (before, entries)
    assert scene.world.steps.count("probe") == probes
    scene.world.clock = NOON + 30 * SECOND
    check(scene)
    assert scene.world.steps.count("probe") == 2 * probes


def test_the_half_minute_counts_from_when_the_check_began_and_for_failures_too() -> None:
    scene = two_unproven()
    scene.world.just_before("probe", lambda: scene.world.later(seconds=20))
    check(scene)
    with pytest.raises(Conflict, match="checked-just-now"):
        check(scene)
    scene.world.later(seconds=10)
    deaf = replace(scene.ports, sts=Unanswered(scene.world, ROLE_ARN))
    with pytest.raises(Unavailable):
        check_by_client(deaf, LINK_TEXT, address="192.0.2.7")
    with pytest.raises(Conflict, match="checked-just-now"):
        check(scene)


def test_of_two_checks_at_once_one_is_told_to_wait() -> None:
    scene = two_unproven()
    scene.world.just_before("change", lambda: check(scene))
    with pytest.raises(Conflict, match="checked-just-now"):
        check(scene)
    assert scene.story().count("link.check done") == 1
    assert scene.story().count("role.verify done") == 2


def test_no_probe_is_sent_if_the_check_cannot_be_recorded() -> None:
    scene = two_unproven()
    scene.world.fails_at("change", Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        check(scene)
    assert "probe" not in scene.world.steps


def withdraw(scene: Scene) -> None:
    revoke_link(scene.ports, scene.caller(), "acme-prod", a_link().id, why="wrong person")


# Before the first role's first probe, its last one and its result; then the second's.
MOMENTS = [("probe", 1), ("probe", 7), ("change", 2), ("probe", 8), ("probe", 14), ("change", 3)]


@pytest.mark.parametrize(("step", "count"), MOMENTS)
def test_a_link_that_is_revoked_while_the_check_runs_keeps_nothing_from_then_on(
    step: str, count: int
) -> None:
    scene = two_unproven()
    after: list[dict[Any, Any]] = []

    def act() -> None:
        withdraw(scene)
        after.append(dict(scene.world.items))

    before_nth(scene.world, step, count, act)
    with pytest.raises(Conflict, match="changed-meanwhile"):
        check(scene)
    assert [scene.world.items] == after


def test_one_that_is_revoked_before_the_turn_is_taken_takes_none() -> None:
    scene = two_unproven()
    scene.world.just_before("change", lambda: withdraw(scene))
    with pytest.raises(Conflict):
        check(scene)
    assert "probe" not in scene.world.steps
    assert scene.ports.state.get(SetupLink, a_link().hash) == a_link(revoked_at=NOON, version=2)


def test_a_role_that_is_ended_meanwhile_stays_ended() -> None:
    scene = two_unproven()

    def end() -> None:
        end_role(scene.ports, scene.caller(), "acme-prod", "readonly", why="w")

    before_nth(scene.world, "probe", 9, end)
    with pytest.raises(Conflict):
        check(scene)
    assert role(scene).ended_at == NOON
    assert role(scene).verification is None


def test_a_check_takes_a_rotation_further() -> None:
    rotation = one_under_way()
    check(rotation.scene)
    assert rotation.place.previous_external_id == EXTERNAL_ID
    rotation.client_adopts()
    rotation.scene.world.later(minutes=1)
    check(rotation.scene)
    assert rotation.place.previous_external_id is None
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
    assert client_page(scene.ports, LINK_TEXT).engagement.access_removed_at is None
    scene.world.roles.pop(ROLE_ARN)
    scene.world.later(minutes=1)
    check(scene)
    assert client_page(scene.ports, LINK_TEXT).engagement.access_removed_at == NOON + timedelta(
        minutes=1
    )
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
