"""Roles and grants are created, changed and ended; another ARN makes a role unverified."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.grants import ChangeGrant, CreateGrant, Grant
from chalicelib.domain.engagements.roles import ChangeRole, CreateRole, Role
from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.members import Kind
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.grants import (
    change_grant,
    create_grant,
)
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
    a_grant,
    a_member,
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


DAY = timedelta(days=1)
READONLY = frozenset({"readonly"})


def granted(scene: Scene, member: str = "bob", **changes: Any) -> Grant:
    facts = {"member": member, "roles": READONLY}
    return scene.do(create_grant, "acme-prod", CreateGrant(**(facts | changes)))


def regranted(scene: Scene, **changes: Any) -> Grant:
    return scene.do(change_grant, "acme-prod", "alice", ChangeGrant(**changes))


def test_a_member_who_becomes_an_auditor_meanwhile_gets_no_grant() -> None:
    scene = a_scene()
    auditor = a_member("bob", kind=Kind.AUDITOR, version=2)
    scene.just_before("change", lambda: scene.add(auditor))
    assert refusal_of(Conflict, granted, scene) == "changed-meanwhile"
    assert scene.get(Grant, "acme-prod", "bob") is None


def test_a_grant_after_a_revocation_has_nothing_of_the_earlier_one() -> None:
    new = granted(a_scene(a_grant("bob", on_request=READONLY, revoked_at=NOON)))
    assert (new.version, new.revoked_at, new.on_request) == (2, None, frozenset())


def test_only_the_sent_fields_are_changed() -> None:
    conditions = {"on_request": READONLY, "emergency": READONLY}
    scene = a_scene(a_grant(**conditions))
    same = a_grant(ends_at=NOON + DAY, version=2, **conditions)
    assert regranted(scene, ends_at=NOON + DAY) == same
    scene.add(a_role("deploy"))
    assert regranted(scene, roles=frozenset({"deploy"})) == a_grant(
        ends_at=NOON + DAY, roles=frozenset({"deploy"}), removals={"readonly": 1}, version=3
    )


def test_an_empty_set_of_roles_is_not_no_change() -> None:
    scene = a_scene()
    assert regranted(scene, roles=frozenset()).roles == frozenset()
    assert refusal_of(DaypassError, scene.vend) == "role-not-granted"


def test_an_ended_grant_can_be_extended() -> None:
    scene = a_scene(a_grant(ends_at=NOON - DAY))
    regranted(scene, ends_at=NOON + DAY)
    scene.vend()


DEPLOY = frozenset({"deploy"})
BOTH = READONLY | DEPLOY


def test_a_grant_can_give_access_only_on_request_and_allow_emergencies() -> None:
    scene = a_scene()
    grant = granted(scene, on_request=READONLY, emergency=READONLY)
    assert (grant.on_request, grant.emergency) == (READONLY, READONLY)
    details = scene.last_entry.details
    assert (details["on_request"], details["emergency"]) == ("readonly", "readonly")
    assert refusal_of(AccessDenied, scene.vend, "bob") == "approval-required"


def test_a_role_that_is_taken_away_takes_its_conditions_along() -> None:
    scene = a_scene(a_role("deploy"), a_grant(roles=BOTH, on_request=BOTH, emergency=BOTH))
    grant = regranted(scene, roles=DEPLOY)
    assert (grant.on_request, grant.emergency) == (DEPLOY, DEPLOY)
    grant = regranted(scene, on_request=frozenset())
    assert (grant.on_request, grant.emergency) == (frozenset(), frozenset())
