"""Roles are created, changed and ended; another ARN makes a role unverified."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.roles import ChangeRole, CreateRole, Role
from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.roles import (
    MAX_FORMER_ARNS,
    MAX_ROLES,
    change_role,
    create_role,
    end_override,
    end_role,
    find_role,
    override_role,
)
from tests.builders import (
    AFTER,
    ROLE_ARN,
    Scene,
    a_role,
    a_scene,
    a_verification,
    an_override,
)
from tests.fakes import NOON
from tests.rows import every
from tests.usecases.refusals import refusal_of

DEPLOY_ARN = "arn:aws:iam::987654321098:role/Deploy"


def created(scene: Scene, arn: str = DEPLOY_ARN, **changes: Any) -> Role:
    facts = {"name": "deploy", "arn": arn}
    return scene.do(create_role, "acme-prod", CreateRole(**(facts | changes)))


def changed(scene: Scene, **changes: Any) -> Role:
    return scene.do(change_role, "acme-prod", "readonly", ChangeRole(**changes))


def ended(scene: Scene) -> Revocation:
    return scene.do(end_role, "acme-prod", "readonly", why="gone")


def test_a_reused_name_is_a_new_unverified_role() -> None:
    scene = a_scene()
    ended(scene)
    role = created(scene, name="readonly", arn=ROLE_ARN)
    assert (role.verification, role.ended_at, role.version) == (None, None, 3)
    assert refusal_of(DaypassError, scene.vend) == "role-unverified"


@every(
    "change",
    [
        {"max_session": 900},
        {"requires_reason": True},
        {"allows_chaining": True},
        {"allows_links": False},
        {"arn": ROLE_ARN},
        {},
    ],
)
def test_other_changes_keep_the_verification_and_can_be_taken_back(change: dict[str, Any]) -> None:
    scene = a_scene()
    assert changed(scene, **change) == a_role(version=2, **change)
    before = {name: getattr(a_role(), name) for name in change}
    assert changed(scene, **before) == a_role(version=3)


def test_another_arn_ends_verification_and_override_even_if_changed_back() -> None:
    scene = a_scene(a_role(override=an_override()))
    moved = changed(scene, arn=DEPLOY_ARN)
    unproven = {"verification": None, "requested_ends": (AFTER,)}
    assert moved == a_role(
        arn=DEPLOY_ARN, former_arns=(ROLE_ARN,), arn_changes=1, version=2, **unproven
    )
    assert changed(scene, arn=ROLE_ARN) == replace(
        moved, arn=ROLE_ARN, former_arns=(ROLE_ARN, DEPLOY_ARN), arn_changes=2, version=3
    )
    assert refusal_of(DaypassError, scene.vend) == "role-unverified"


def overridden(scene: Scene, **changes: Any) -> Role:
    request = {"until": NOON + timedelta(days=7), "why": "the client is on it"} | changes
    return scene.do(override_role, "acme-prod", "readonly", **request)


def test_an_overridden_role_is_vended_from_for_a_time() -> None:
    scene = a_scene(a_role(verification=None))
    role = overridden(scene, until=NOON + timedelta(hours=1))
    assert role.override == an_override(until=NOON + timedelta(hours=1))
    scene.vend()
    scene.later(hours=1)
    assert refusal_of(AccessDenied, scene.vend) == "role-unverified"


def end_the_override(scene: Scene) -> Revocation:
    return scene.do(end_override, "acme-prod", "readonly", why="its check passed")


def test_a_lead_ends_an_override_once_and_the_role_stays_verified() -> None:
    scene = a_scene()
    overridden(scene)
    vended = scene.vend()
    revocation = end_the_override(scene)
    assert [session.vend for session in revocation.sessions] == [vended.vend]
    role = scene.get(Role, "acme-prod", "readonly")
    assert (role.override, role.verification) == (None, a_verification())
    entry = scene.entries[-1]
    assert (entry.action, entry.details["said"]) == (Action.ROLE_OVERRIDE_END, "its check passed")
    assert end_the_override(scene).alive == 1
    assert scene.entries[-1] == entry


def test_a_vend_under_an_ended_override_is_withheld() -> None:
    scene = a_scene(a_role(verification=None))
    overridden(scene)
    scene.just_before("put_outcome issued", lambda: end_the_override(scene))
    assert refusal_of(AccessDenied, scene.vend) == "role-unverified"


def test_an_ended_role_has_no_override_or_verification() -> None:
    scene = a_scene()
    overridden(scene)
    ended(scene)
    role = find_role(scene.ports, "acme-prod", "readonly")
    assert (role.override, role.verification) == (None, None)


def test_a_reused_name_inherits_no_setup() -> None:
    before = RoleSetup(engagement="acme-prod", role="readonly", makes_boundary=True)
    scene = a_scene(a_role(ended_at=NOON), before)
    created(scene, name="readonly", arn=ROLE_ARN)
    after = RoleSetup(engagement="acme-prod", role="readonly", version=2)
    assert scene.get(RoleSetup, "acme-prod", "readonly") == after


def test_an_engagement_has_at_most_twenty_roles() -> None:
    scene = a_scene()
    for number in range(MAX_ROLES - 1):
        created(scene, name=f"role-{number}")
    assert refusal_of(Conflict, created, scene, name="one-more") == "too-many-roles"
    scene.do(end_role, "acme-prod", "role-1", why="done")
    assert created(scene, name="role-1")


# A role keeps all its previous ARNs. There are at most ten.


def arn(number: int) -> str:
    return f"{ROLE_ARN}{number:02}"


def renamed(scene: Scene, number: int) -> Role:
    request = ChangeRole(arn=arn(number))
    return scene.do(change_role, "acme-prod", "readonly", request)


def recreated(scene: Scene, number: int) -> Role:
    scene.do(end_role, "acme-prod", "readonly", why="done")
    request = CreateRole(name="readonly", arn=arn(number))
    return scene.do(create_role, "acme-prod", request)


@every("another", [renamed, recreated])
def test_a_role_keeps_its_previous_arns_and_an_eleventh_is_refused(
    another: Callable[[Scene, int], Role],
) -> None:
    scene = a_scene()
    for number in range(MAX_FORMER_ARNS):
        another(scene, number)
    before = current(scene)
    assert before.former_arns == (ROLE_ARN, *map(arn, range(MAX_FORMER_ARNS - 1)))
    assert refusal_of(Conflict, another, scene, MAX_FORMER_ARNS) == "too-many-roles"
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
