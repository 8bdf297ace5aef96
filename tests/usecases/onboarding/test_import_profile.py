"""Import a role that people assumed by hand. Daypass vends from it after a check has passed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import CreateGrant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import AccessDenied, Conflict, FactsChanged, InvalidRequest
from chalicelib.domain.onboarding.requests import ImportedEngagement, ImportProfile, OpenEngagement
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.engagements.engagements import close_engagement
from chalicelib.usecases.engagements.grants import create_grant
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.onboarding.import_profile import import_engagement
from chalicelib.usecases.onboarding.open_engagement import open_engagement
from chalicelib.usecases.people.members import revoke_member
from chalicelib.usecases.verification.check_role import check_role
from chalicelib.usecases.verification.rotation import begin_rotation
from tests.builders import (
    AFTER,
    Scene,
    a_scene,
)
from tests.fakes import NOON, FakeRole, FakeState
from tests.rows import every
from tests.usecases.changes_table import two_leads
from tests.usecases.refusals import refusal_of

ARN = "arn:aws:iam::765432109876:role/Consultants"
ID = "umbrella-7f3a91c4"


def profile(arn: str = ARN, external_id: str = ID, more: str = "") -> str:
    return f"[profile umbrella]\nrole_arn = {arn}\nexternal_id = {external_id}\n{more}"


def import_profile(scene: Scene, **changes: Any) -> ImportedEngagement:
    facts = {
        "id": "umbrella",
        "client": "Umbrella",
        "ends_at": AFTER,
        "config": profile(),
        "role": "readonly",
    }
    return scene.do(import_engagement, ImportProfile(**(facts | changes)))


def test_the_imported_role_is_unverified() -> None:
    scene = a_scene()
    result = import_profile(scene, config=profile(more="duration_seconds = 1800\n"))
    assert result.role == Role(
        engagement="umbrella",
        name="readonly",
        arn=ARN,
        max_session=1800,
        requires_reason=False,
        allows_chaining=False,
        created_at=NOON,
    )
    assert list_all(scene.ports.state, Role, engagement="umbrella") == (result.role,)


@every(
    "changes, reason, field",
    [
        ({"config": profile("arn:aws:iam::123456789012:role/R")}, "daypass-account", "config"),
        ({"config": profile("arn:aws:iam::222233334444:role/R")}, "firm-account", "config"),
        ({"config": profile("Consultants")}, "bad-value", "config"),
        ({"config": "[profile umbrella]"}, "bad-value", "config"),
        ({"profile": "acme"}, "bad-value", "profile"),
        ({"ends_at": NOON}, "ends-before-it-starts", "ends_at"),
        ({"starts_at": AFTER}, "ends-before-it-starts", "ends_at"),
        ({"ends_at": NOON + timedelta(days=732)}, "engagement-too-long", "ends_at"),
    ],
)
def test_an_invalid_request_creates_no_engagement(
    changes: dict[str, Any], reason: str, field: str
) -> None:
    scene = a_scene()
    before = dict(scene.world.items)
    with pytest.raises(InvalidRequest) as refused:
        import_profile(scene, **changes)
    assert (refused.value.reason, refused.value.field) == (reason, field)
    assert (scene.world.items, scene.entries) == (before, [])


def taken_by_an_import(scene: Scene) -> str:
    return import_profile(scene, id="first").engagement.external_id


def taken_by_an_engagement(scene: Scene) -> str:
    facts: dict[str, Any] = {"client": "X", "account_id": "765432109876", "ends_at": AFTER}
    opened = scene.do(open_engagement, OpenEngagement(id="first", **facts))
    return opened.engagement.external_id


def taken_and_closed(scene: Scene) -> str:
    taken = taken_by_an_engagement(scene)
    scene.do(close_engagement, "first", why="done")
    return taken


def taken_as_the_next(scene: Scene) -> str:
    taken_by_an_engagement(scene)
    return scene.do(begin_rotation, "first", why="once a year").next_external_id


def taken_once(scene: Scene) -> str:
    """Return a retired external ID. Only its tombstone is left."""
    taken = taken_by_an_import(scene)
    scene.world.roles[ARN] = role = FakeRole(taken)
    new = scene.do(begin_rotation, "first", why="ours").next_external_id
    role.second_external_id = new
    scene.do(check_role, "first", "readonly")
    scene.world.roles[ARN] = FakeRole(new)
    scene.do(check_role, "first", "readonly")
    current = scene.get(Engagement, "first")
    assert (current.external_ids, current.previous_external_id) == ((new,), None)
    return taken


@every(
    "take",
    [
        taken_by_an_import,
        taken_by_an_engagement,
        taken_and_closed,
        taken_as_the_next,
        taken_once,
    ],
)
def test_an_external_id_that_was_ever_used_is_refused(take: Any) -> None:
    scene = a_scene()
    taken = take(scene)
    before, entries = dict(scene.world.items), list(scene.entries)
    with pytest.raises(Conflict) as refused:
        import_profile(scene, config=profile(external_id=taken))
    assert (refused.value.reason, refused.value.field) == (Reason.EXTERNAL_ID_TAKEN, "config")
    assert (scene.world.items, scene.entries) == (before, entries)


def test_one_of_two_simultaneous_imports_of_an_external_id_is_refused() -> None:
    scene = two_leads()
    scene.just_before("change", lambda: import_profile(scene, id="first"))
    assert refusal_of(Conflict, import_profile, scene) == "external-id-taken"


def test_a_lead_who_is_suspended_meanwhile_learns_nothing_about_the_external_id() -> None:
    scene = two_leads()
    luis = scene.caller("luis")
    scene.just_before("change", lambda: revoke_member(scene.ports, luis, "lena", why="incident"))
    assert refusal_of(Conflict, import_profile, scene) == "changed-meanwhile"
    assert scene.get(Engagement, "umbrella") is None


class ConflictingOnce(FakeState):
    """Refuses the first change, as for two simultaneous transactions on one item."""

    def change(self, *args: Any, **kwargs: Any) -> None:
        if self._world.steps.count("conflict") == 0:
            self._world.step("conflict")
            raise FactsChanged
        super().change(*args, **kwargs)


def test_a_passing_conflict_is_not_reported_as_a_taken_external_id() -> None:
    scene = a_scene()
    ports = replace(scene.ports, state=ConflictingOnce(scene.world))
    assert import_profile(replace(scene, ports=ports)).engagement.external_id == ID
    assert len(scene.entries) == 1


def test_daypass_vends_only_after_a_check_has_passed() -> None:
    scene = a_scene()
    import_profile(scene)
    scene.world.roles[ARN] = FakeRole(ID)
    roles = frozenset({"readonly"})
    scene.do(create_grant, "umbrella", CreateGrant(member="alice", roles=roles))
    assert refusal_of(AccessDenied, scene.vend, engagement="umbrella") == "role-unverified"
    scene.do(check_role, "umbrella", "readonly")
    vended = scene.vend(engagement="umbrella")
    assert vended.credentials.access_key_id
    ((terms, _),) = scene.world.issued
    assert (terms.role_arn, terms.external_id) == (ARN, ID)
