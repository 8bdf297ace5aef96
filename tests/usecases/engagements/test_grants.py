"""Grants are created, changed and revoked."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.grants import ChangeGrant, CreateGrant, Grant
from chalicelib.domain.errors import AccessDenied, Conflict, DaypassError
from chalicelib.domain.people.members import Kind
from chalicelib.usecases.engagements.grants import (
    change_grant,
    create_grant,
)
from tests.builders import (
    Scene,
    a_grant,
    a_member,
    a_role,
    a_scene,
)
from tests.fakes import NOON
from tests.usecases.refusals import refusal_of

DAY = timedelta(days=1)
READONLY = frozenset({"readonly"})


def created(scene: Scene, member: str = "bob", **changes: Any) -> Grant:
    facts = {"member": member, "roles": READONLY}
    return scene.do(create_grant, "acme-prod", CreateGrant(**(facts | changes)))


def changed(scene: Scene, **changes: Any) -> Grant:
    return scene.do(change_grant, "acme-prod", "alice", ChangeGrant(**changes))


def test_a_member_who_becomes_an_auditor_meanwhile_gets_no_grant() -> None:
    scene = a_scene()
    auditor = a_member("bob", kind=Kind.AUDITOR, version=2)
    scene.just_before("change", lambda: scene.add(auditor))
    assert refusal_of(Conflict, created, scene) == "changed-meanwhile"
    assert scene.get(Grant, "acme-prod", "bob") is None


def test_a_grant_after_a_revocation_has_nothing_of_the_earlier_one() -> None:
    new = created(a_scene(a_grant("bob", on_request=READONLY, revoked_at=NOON)))
    assert (new.version, new.revoked_at, new.on_request) == (2, None, frozenset())


def test_only_the_sent_fields_are_changed() -> None:
    conditions = {"on_request": READONLY, "emergency": READONLY}
    scene = a_scene(a_grant(**conditions))
    same = a_grant(ends_at=NOON + DAY, version=2, **conditions)
    assert changed(scene, ends_at=NOON + DAY) == same
    scene.add(a_role("deploy"))
    assert changed(scene, roles=frozenset({"deploy"})) == a_grant(
        ends_at=NOON + DAY, roles=frozenset({"deploy"}), removals={"readonly": 1}, version=3
    )


def test_an_empty_set_of_roles_is_not_no_change() -> None:
    scene = a_scene()
    assert changed(scene, roles=frozenset()).roles == frozenset()
    assert refusal_of(DaypassError, scene.vend) == "role-not-granted"


def test_an_ended_grant_can_be_extended() -> None:
    scene = a_scene(a_grant(ends_at=NOON - DAY))
    changed(scene, ends_at=NOON + DAY)
    scene.vend()


DEPLOY = frozenset({"deploy"})
BOTH = READONLY | DEPLOY


def test_a_grant_can_give_access_only_on_request_and_allow_emergencies() -> None:
    scene = a_scene()
    grant = created(scene, on_request=READONLY, emergency=READONLY)
    assert (grant.on_request, grant.emergency) == (READONLY, READONLY)
    details = scene.last_entry.details
    assert (details["on_request"], details["emergency"]) == ("readonly", "readonly")
    assert refusal_of(AccessDenied, scene.vend, "bob") == "approval-required"


def test_a_role_that_is_taken_away_takes_its_conditions_along() -> None:
    scene = a_scene(a_role("deploy"), a_grant(roles=BOTH, on_request=BOTH, emergency=BOTH))
    grant = changed(scene, roles=DEPLOY)
    assert (grant.on_request, grant.emergency) == (DEPLOY, DEPLOY)
    grant = changed(scene, on_request=frozenset())
    assert (grant.on_request, grant.emergency) == (frozenset(), frozenset())
