"""A rotation goes on only if no role in use loses by it; until then everything is as it was."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.verification.rotation import advance
from tests.builders import EXTERNAL_ID, ROLE_ARN, an_override
from tests.fakes import NOON, FakeRole
from tests.usecases.verification.probing import Unanswered
from tests.usecases.verification.rotation.rotations import (
    ARNS,
    BY,
    DEPLOY_ARN,
    Rotation,
    a_rotation,
    advanced,
    one_adopted_again,
    one_promoted,
    one_under_way,
    overridden,
    unproven,
)


def test_a_role_that_lags_holds_the_others_back_and_loses_nothing() -> None:
    rotation = a_rotation()
    rotation.begin()
    rotation.client_adopts("readonly")
    rotation.check()
    rotation.check("deploy")
    assert rotation.place.external_id == EXTERNAL_ID
    assert rotation.all_are_vended_from()
    rotation.client_adopts("deploy")
    rotation.check("readonly")
    assert rotation.place.external_id != EXTERNAL_ID
    assert rotation.all_are_vended_from()


def test_a_role_that_still_knows_the_former_one_holds_the_end_back() -> None:
    rotation = one_promoted()
    rotation.client_adopts("readonly")
    assert not advanced(rotation)
    rotation.client_adopts("deploy")
    assert advanced(rotation)
    assert rotation.place.previous_external_id is None


LOSES: dict[str, Callable[[str], FakeRole | None]] = {
    "does not know it": lambda next_id: FakeRole(EXTERNAL_ID),
    "is gone": lambda next_id: None,
    "lets anybody in": lambda next_id: FakeRole(EXTERNAL_ID, takes_any_external_id=True),
    "needs none": lambda next_id: FakeRole(EXTERNAL_ID, demands_external_id=False),
    "knows it in any case": lambda next_id: FakeRole(next_id, ignores_case=True, also=EXTERNAL_ID),
    "is elsewhere": lambda next_id: FakeRole(next_id, also=EXTERNAL_ID, really_in="111122223333"),
    "has its region off": lambda next_id: FakeRole(next_id, region_disabled=True),
}


@pytest.mark.parametrize("how", LOSES)
def test_nothing_is_promoted_that_would_leave_a_proven_role_unproven(how: str) -> None:
    rotation = one_under_way()
    trust = LOSES[how](rotation.next)
    rotation.scene.world.roles.pop(DEPLOY_ARN)
    if trust is not None:
        rotation.scene.world.roles[DEPLOY_ARN] = trust
    assert not advanced(rotation)


@pytest.mark.parametrize("how", [None, *LOSES])
def test_a_role_that_is_not_in_use_holds_nothing_back(how: str | None) -> None:
    rotation = one_under_way()
    role = unproven(rotation)
    if how is not None:
        trust = LOSES[how](rotation.next)
        rotation.scene.world.roles.pop(DEPLOY_ARN)
        if trust is not None:
            rotation.scene.world.roles[DEPLOY_ARN] = trust
    assert advanced(rotation)
    assert rotation.vends() is None
    if how is None:  # and one that knows it has been proven by it
        assert rotation.all_are_vended_from()
    else:
        assert rotation.role("deploy") == role


def test_an_ended_role_holds_nothing_back() -> None:
    rotation = one_under_way()
    ended = replace(rotation.role("deploy"), ended_at=NOON, version=2)
    rotation.scene.world.add(ended)
    rotation.scene.world.roles[DEPLOY_ARN] = FakeRole(EXTERNAL_ID)
    assert advanced(rotation)
    assert rotation.role("deploy") == ended
    rotation.client_adopts("readonly")
    assert advanced(rotation)
    assert rotation.place.previous_external_id is None


def test_one_that_was_never_checked_does_if_it_knows_the_former_one() -> None:
    rotation = one_promoted()
    unproven(rotation)
    rotation.client_adopts("readonly")
    assert not advanced(rotation)
    rotation.client_adopts("deploy")
    assert advanced(rotation)


def test_a_role_that_has_failed_holds_the_end_back_until_it_is_proven() -> None:
    rotation = one_promoted()
    rotation.scene.world.roles.pop(DEPLOY_ARN)
    rotation.check("deploy")
    rotation.client_adopts("readonly")
    assert not advanced(rotation)  # that it refuses the former one says nothing
    rotation.scene.world.roles[DEPLOY_ARN] = FakeRole(rotation.place.external_id)
    rotation.check("deploy")
    assert rotation.place.previous_external_id is None


def test_nothing_ends_that_no_role_was_ever_checked_with() -> None:
    rotation = one_promoted()
    unproven(rotation, "readonly")
    unproven(rotation, "deploy")
    rotation.scene.world.roles.clear()
    assert not advanced(rotation)


def test_an_overridden_role_that_would_be_refused_holds_it_back() -> None:
    rotation = one_under_way()
    overridden(rotation)
    rotation.scene.world.roles[DEPLOY_ARN] = FakeRole(EXTERNAL_ID, ignores_case=True)
    assert not advanced(rotation)
    assert rotation.all_are_vended_from()


def test_an_overridden_role_that_is_let_in_loses_nothing() -> None:
    rotation = one_under_way()
    overridden(rotation)
    rotation.trust("deploy").takes_any_external_id = True
    before = rotation.role("deploy")
    assert advanced(rotation)
    assert rotation.role("deploy") == before
    assert rotation.all_are_vended_from()


def test_an_override_that_is_over_holds_nothing_back() -> None:
    rotation = one_under_way()
    overridden(rotation)
    rotation.scene.world.roles.pop(DEPLOY_ARN)
    rotation.scene.world.later(days=1)
    assert advanced(rotation)


def test_nothing_is_promoted_that_no_role_is_proven_with() -> None:
    rotation = one_under_way()
    unproven(rotation, "readonly")
    unproven(rotation, "deploy")
    rotation.scene.world.roles.clear()
    assert not advanced(rotation)


def test_no_probe_of_a_rotation_is_sent_that_is_not_on_record() -> None:
    for rotation in (one_under_way(), one_promoted()):
        rotation.client_adopts()
        rotation.scene.world.steps.clear()
        rotation.scene.world.fails_at("record intended", Unavailable(Reason.RECORDS_UNAVAILABLE))
        with pytest.raises(Unavailable):
            advance(rotation.scene.ports, BY, "acme-prod")
        assert "probe" not in rotation.scene.world.steps


def test_an_overridden_role_alone_takes_the_next_one_too() -> None:
    """It is let in with it, whatever else is wrong with the role: nobody is locked out."""
    rotation = one_under_way()
    for name, arn in ARNS.items():
        rotation.trust(name).demands_external_id = False
        rotation.scene.world.add(
            replace(
                rotation.role(name),
                verification=None,
                override=an_override(role_arn=arn),
                version=rotation.role(name).version + 1,
            )
        )
    new = rotation.next
    advance(rotation.scene.ports, BY, "acme-prod")
    assert rotation.place.external_id == new
    assert rotation.all_are_vended_from()


def one_overridden() -> Rotation:
    rotation = one_under_way()
    overridden(rotation)
    return rotation


def one_not_in_use() -> Rotation:
    rotation = one_under_way()
    unproven(rotation)
    return rotation


@pytest.mark.parametrize(
    ("begin", "arn", "goes_on"),
    [
        (one_under_way, ROLE_ARN, False),
        (one_under_way, DEPLOY_ARN, False),
        (one_adopted_again, ROLE_ARN, False),
        (one_adopted_again, DEPLOY_ARN, False),
        (one_overridden, DEPLOY_ARN, False),
        (one_not_in_use, DEPLOY_ARN, True),
    ],
)
def test_aws_has_to_answer_for_every_role_in_use(
    begin: Callable[[], Rotation], arn: str, *, goes_on: bool
) -> None:
    rotation = begin()
    role = rotation.role("deploy")
    deaf = replace(rotation.scene.ports, sts=Unanswered(rotation.scene.world, arn))
    assert advanced(Rotation(replace(rotation.scene, ports=deaf))) is goes_on
    assert rotation.role("deploy") == role
    assert goes_on or advanced(rotation)
