"""External IDs that earlier rotations replaced: every check tries each, and none may be let in."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.probe_variants import (
    FULL,
    PLAIN,
    ProbeVariant,
    SessionAttribute,
)
from chalicelib.domain.verification.proof import Check, Grade, ProbeOutcome, Result, grade
from chalicelib.domain.verification.wrong_ids import calls_per_check
from chalicelib.usecases.verification.rotation import MOST_RETIRED_IDS
from chalicelib.usecases.verification.verify import verify
from tests.builders import EXTERNAL_ID, ROLE_ARN, a_role, a_scene, a_verification, an_engagement
from tests.builders import results as all_but
from tests.fakes import NOON, FakeRole
from tests.usecases.verification.probing import Probing, is_vended_from, probed

FIRST, SECOND = "daypass-first", "daypass-second"
SAFE = FakeRole(EXTERNAL_ID)
TWICE_ROTATED = an_engagement(retired_external_ids=(FIRST, SECOND))


def letting_in(external_id: str, variant: ProbeVariant | None = None) -> dict[str, object]:
    """A trust policy with a second statement for this external ID, in one dress if one is named."""
    conditions: dict[str, object] = {"StringEquals": {"sts:ExternalId": external_id}}
    if variant is not None:
        conditions["Null"] = {
            "sts:SourceIdentity": str(SessionAttribute.SOURCE_IDENTITY not in variant).lower(),
            "aws:TagKeys": str(SessionAttribute.TAGS not in variant).lower(),
        }
    present = {"StringEquals": {"sts:ExternalId": EXTERNAL_ID}}
    return {
        "Statement": [
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": present},
            {"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": conditions},
            {"Effect": "Allow", "Action": ["sts:SetSourceIdentity", "sts:TagSession"]},
        ]
    }


@pytest.mark.parametrize("variant", [None, FULL, PLAIN], ids=["any dress", "as a vend", "bare"])
@pytest.mark.parametrize("retired", [FIRST, SECOND])
def test_a_role_that_takes_a_retired_external_id_is_graded_f_and_not_vended_from(
    retired: str, variant: ProbeVariant | None
) -> None:
    scene = a_scene()
    scene.world.add(TWICE_ROTATED)
    scene.world.roles[ROLE_ARN] = replace(SAFE, trust=letting_in(retired, variant))
    role = verify(scene.ports, scene.caller(), "acme-prod", "readonly")
    assert role.verification is not None
    assert role.verification.results[Check.RETIRED_ID] is Result.FAILED
    assert grade(role.verification.results) is Grade.F
    assert not is_vended_from(scene)


def test_a_role_that_refuses_them_all_is_proven() -> None:
    scene = a_scene()
    scene.world.add(TWICE_ROTATED)
    role = verify(scene.ports, scene.caller(), "acme-prod", "readonly")
    assert role.verification is not None
    assert role.verification.results == all_but(without=(Check.PREVIOUS_ID,))
    assert grade(role.verification.results) is Grade.A
    assert is_vended_from(scene)


def test_a_full_check_tries_each_with_session_attributes_and_without() -> None:
    sent = probed(SAFE, TWICE_ROTATED)
    tried = [(one.external_id, one.variant) for one in sent if one.external_id in (FIRST, SECOND)]
    assert tried == [(FIRST, FULL), (FIRST, PLAIN), (SECOND, FULL), (SECOND, PLAIN)]
    assert len(sent) == calls_per_check(is_full=True, retired=2)


def test_with_as_many_as_there_can_be_a_check_has_84_calls() -> None:
    many = tuple(f"daypass-{number}" for number in range(MOST_RETIRED_IDS))
    sent = probed(SAFE, an_engagement(retired_external_ids=many))
    assert len(sent) == calls_per_check(is_full=True, retired=MOST_RETIRED_IDS) == 84


@pytest.mark.parametrize(
    "said", [ProbeOutcome.UNKNOWN, ProbeOutcome.TOO_LONG, ProbeOutcome.REGION_DISABLED]
)
def test_one_that_is_not_answered_proves_nothing(said: ProbeOutcome) -> None:
    scene = a_scene()
    scene.world.add(TWICE_ROTATED)
    before = dict(scene.world.items)
    sts = Probing(scene.world, lambda one: said if one.external_id == SECOND else None)
    with pytest.raises(Unavailable, match="aws-unreachable"):
        verify(replace(scene.ports, sts=sts), scene.caller(), "acme-prod", "readonly")
    assert scene.world.items == before


def test_a_daily_check_tries_each_once_and_confirms_the_last_full_one() -> None:
    scene = a_scene()
    known = a_verification(results=all_but(without=(Check.PREVIOUS_ID,)))
    scene.world.add(TWICE_ROTATED, a_role(verification=known))
    sts = Probing(scene.world)
    ports = replace(scene.ports, sts=sts)
    role = verify(ports, scene.caller(), "acme-prod", "readonly", is_full=False)
    assert role.verification == replace(known, checked_at=NOON)
    assert len(sts.sent) == calls_per_check(is_full=False, retired=2)


def test_a_daily_check_finds_one_that_is_let_in() -> None:
    scene = a_scene()
    known = a_verification(results=all_but(without=(Check.PREVIOUS_ID,)))
    scene.world.add(TWICE_ROTATED, a_role(verification=known))
    scene.world.roles[ROLE_ARN] = replace(SAFE, also=FIRST)
    role = verify(scene.ports, scene.caller(), "acme-prod", "readonly", is_full=False)
    assert role.verification is not None
    assert role.verification.results[Check.RETIRED_ID] is Result.FAILED
    assert not is_vended_from(scene)


def test_a_role_that_has_a_retired_one_instead_of_the_present_one_is_told_so() -> None:
    scene = a_scene()
    scene.world.add(TWICE_ROTATED)
    scene.world.roles[ROLE_ARN] = FakeRole(FIRST)
    role = verify(scene.ports, scene.caller(), "acme-prod", "readonly")
    assert role.verification is not None
    assert role.verification.causes == (Cause.PREVIOUS_ID_ONLY,)
