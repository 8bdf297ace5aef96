"""A rotation continues only if no role in use loses access; until then nothing changes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from tests.builders import EXTERNAL_ID, ROLE_ARN, an_override
from tests.fakes import NOON, FakeRole
from tests.rows import every
from tests.usecases.verification.probing import Unanswered
from tests.usecases.verification.rotation.rotations import (
    ARNS,
    DEPLOY_ARN,
    Rotation,
    a_rotation,
    adopted_rotation,
    advanced,
    overridden,
    promoted_rotation,
    readopted_rotation,
    unproven,
)


def test_a_late_role_delays_the_promotion_and_keeps_its_access() -> None:
    rotation = a_rotation()
    rotation.begin()
    rotation.client_adopts("readonly")
    rotation.check()
    rotation.check("deploy")
    assert rotation.engagement.external_id == EXTERNAL_ID
    assert rotation.all_are_vended_from()
    rotation.client_adopts("deploy")
    rotation.check("readonly")
    assert rotation.engagement.external_id != EXTERNAL_ID
    assert rotation.all_are_vended_from()


def test_a_role_that_accepts_the_previous_id_delays_its_retirement() -> None:
    rotation = promoted_rotation()
    rotation.client_adopts("readonly")
    assert not advanced(rotation)
    rotation.client_adopts("deploy")
    assert advanced(rotation)
    assert rotation.engagement.previous_external_id is None


LOSES: dict[str, Callable[[str], FakeRole | None]] = {
    "does not accept it": lambda next_id: FakeRole(EXTERNAL_ID),
    "was deleted": lambda next_id: None,
    "accepts any ID": lambda next_id: FakeRole(EXTERNAL_ID, accepts_any_external_id=True),
    "needs no ID": lambda next_id: FakeRole(EXTERNAL_ID, requires_external_id=False),
    "accepts any letter case": lambda next_id: FakeRole(
        next_id, ignores_case=True, second_external_id=EXTERNAL_ID
    ),
    "is in another account": lambda next_id: FakeRole(
        next_id, second_external_id=EXTERNAL_ID, actual_account="111122223333"
    ),
    "has its region turned off": lambda next_id: FakeRole(next_id, region_disabled=True),
}


def lose(rotation: Rotation, how: str) -> None:
    trust = LOSES[how](rotation.next)
    rotation.world.roles.pop(DEPLOY_ARN)
    if trust is not None:
        rotation.world.roles[DEPLOY_ARN] = trust


@every("how", LOSES)
def test_a_promotion_never_makes_a_verified_role_unverified(how: str) -> None:
    rotation = adopted_rotation()
    lose(rotation, how)
    assert not advanced(rotation)


@every("how", [None, *LOSES])
def test_an_unverified_role_delays_nothing(how: str | None) -> None:
    rotation = adopted_rotation()
    role = unproven(rotation)
    if how is not None:
        lose(rotation, how)
    assert advanced(rotation)
    assert rotation.vends() is None
    if how is None:  # a role that accepts it is verified by the promotion
        assert rotation.all_are_vended_from()
    else:
        assert rotation.role("deploy") == role


def test_an_ended_role_delays_nothing() -> None:
    rotation = adopted_rotation()
    ended = replace(rotation.role("deploy"), ended_at=NOON, version=2)
    rotation.world.add(ended)
    rotation.world.roles[DEPLOY_ARN] = FakeRole(EXTERNAL_ID)
    assert advanced(rotation)
    assert rotation.role("deploy") == ended
    rotation.client_adopts("readonly")
    assert advanced(rotation)
    assert rotation.engagement.previous_external_id is None


def test_an_unchecked_role_that_accepts_the_previous_id_delays_its_retirement() -> None:
    rotation = promoted_rotation()
    unproven(rotation)
    rotation.client_adopts("readonly")
    assert not advanced(rotation)
    rotation.client_adopts("deploy")
    assert advanced(rotation)


def test_a_failed_role_delays_the_retirement_until_it_passes() -> None:
    rotation = promoted_rotation()
    rotation.world.roles.pop(DEPLOY_ARN)
    rotation.check("deploy")
    rotation.client_adopts("readonly")
    assert not advanced(rotation)  # its refusal of the previous ID proves nothing
    rotation.world.roles[DEPLOY_ARN] = FakeRole(rotation.engagement.external_id)
    rotation.check("deploy")
    assert rotation.engagement.previous_external_id is None


def test_an_overridden_role_that_would_lose_access_delays_the_promotion() -> None:
    rotation = adopted_rotation()
    overridden(rotation)
    rotation.world.roles[DEPLOY_ARN] = FakeRole(EXTERNAL_ID, ignores_case=True)
    assert not advanced(rotation)
    assert rotation.all_are_vended_from()


def test_an_overridden_role_that_accepts_the_next_id_keeps_its_access() -> None:
    rotation = adopted_rotation()
    overridden(rotation)
    rotation.trust("deploy").accepts_any_external_id = True
    before = rotation.role("deploy")
    assert advanced(rotation)
    assert rotation.role("deploy") == before
    assert rotation.all_are_vended_from()


def test_an_expired_override_delays_nothing() -> None:
    rotation = adopted_rotation()
    overridden(rotation)
    rotation.world.roles.pop(DEPLOY_ARN)
    rotation.world.later(days=1)
    assert advanced(rotation)


@every("start", [adopted_rotation, promoted_rotation])
def test_a_step_needs_a_role_that_was_checked_and_passed(start: Callable[[], Rotation]) -> None:
    rotation = start()
    unproven(rotation, "readonly")
    unproven(rotation, "deploy")
    rotation.world.roles.clear()
    assert not advanced(rotation)


def test_no_probe_of_a_rotation_is_sent_before_the_intent_is_recorded() -> None:
    for rotation in (adopted_rotation(), promoted_rotation()):
        rotation.client_adopts()
        rotation.world.steps.clear()
        rotation.world.fails_at("record intended", Unavailable(Reason.RECORDS_UNAVAILABLE))
        with pytest.raises(Unavailable):
            rotation.advance()
        assert "probe" not in rotation.world.steps


def test_overridden_roles_alone_allow_the_promotion() -> None:
    """They accept the next ID, whatever else is wrong with them, so no one loses access."""
    rotation = adopted_rotation()
    for name, arn in ARNS.items():
        rotation.trust(name).requires_external_id = False
        rotation.world.add(
            replace(
                rotation.role(name),
                verification=None,
                override=an_override(role_arn=arn),
                version=rotation.role(name).version + 1,
            )
        )
    new = rotation.next
    rotation.advance()
    assert rotation.engagement.external_id == new
    assert rotation.all_are_vended_from()


def overridden_rotation() -> Rotation:
    rotation = adopted_rotation()
    overridden(rotation)
    return rotation


def unverified_rotation() -> Rotation:
    rotation = adopted_rotation()
    unproven(rotation)
    return rotation


@every(
    "begin, arn, goes_on",
    [
        (adopted_rotation, ROLE_ARN, False),
        (adopted_rotation, DEPLOY_ARN, False),
        (readopted_rotation, ROLE_ARN, False),
        (readopted_rotation, DEPLOY_ARN, False),
        (overridden_rotation, DEPLOY_ARN, False),
        (unverified_rotation, DEPLOY_ARN, True),
    ],
)
def test_aws_has_to_answer_for_every_role_in_use(
    begin: Callable[[], Rotation], arn: str, *, goes_on: bool
) -> None:
    rotation = begin()
    role = rotation.role("deploy")
    deaf = replace(rotation.scene.ports, sts=Unanswered(rotation.world, arn))
    assert advanced(Rotation(replace(rotation.scene, ports=deaf))) is goes_on
    assert rotation.role("deploy") == role
    assert goes_on or advanced(rotation)
