"""Every check tries each external ID that earlier rotations retired; the role must refuse all."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.probe_variants import (
    FORMS,
    FULL,
    PLAIN,
    ProbeVariant,
    SessionAttribute,
)
from chalicelib.domain.verification.proof import Check, Grade, ProbeOutcome, Result, grade_results
from chalicelib.domain.verification.wrong_ids import count_calls_per_check
from chalicelib.usecases.verification.rotation import MOST_RETIRED_IDS
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import EXTERNAL_ID, ROLE_ARN, a_role, a_scene, a_verification, an_engagement
from tests.builders import results as all_but
from tests.fakes import NOON, FakeRole
from tests.rows import every
from tests.usecases.verification.probing import Probing, is_vended_from, probes_sent

FIRST, SECOND = "daypass-first", "daypass-second"
SAFE = FakeRole(EXTERNAL_ID)
TWICE_ROTATED = an_engagement(retired_external_ids=(FIRST, SECOND))


def accepting(external_id: str, variant: ProbeVariant | None = None) -> dict[str, object]:
    """Return a trust policy with a second statement for this ID, in one variant if it is given."""
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


@every("variant", [None, FULL, PLAIN])
@every("retired", [FIRST, SECOND])
def test_a_role_that_accepts_a_retired_id_gets_grade_f_and_no_vends(
    retired: str, variant: ProbeVariant | None
) -> None:
    scene = a_scene(TWICE_ROTATED)
    scene.world.roles[ROLE_ARN] = replace(SAFE, trust=accepting(retired, variant))
    role = scene.do(verify_role, "acme-prod", "readonly")
    assert role.verification.results[Check.RETIRED_ID] is Result.FAILED
    assert grade_results(role.verification.results) is Grade.F
    assert not is_vended_from(scene)


def test_a_role_that_refuses_all_retired_ids_is_verified() -> None:
    scene = a_scene(TWICE_ROTATED)
    role = scene.do(verify_role, "acme-prod", "readonly")
    assert role.verification.results == all_but(without=(Check.PREVIOUS_ID,))
    assert grade_results(role.verification.results) is Grade.A
    assert is_vended_from(scene)


def test_a_full_check_tries_each_as_a_person_and_an_agent_with_and_without_attributes() -> None:
    sent = probes_sent(SAFE, TWICE_ROTATED)
    tried = [
        (probe.external_id, probe.form) for probe in sent if probe.external_id in (FIRST, SECOND)
    ]
    forms = [form for form in FORMS if form.variant in (FULL, PLAIN)]
    assert tried == [(id_, form) for id_ in (FIRST, SECOND) for form in forms]
    assert len(sent) == count_calls_per_check(is_full=True, retired_count=2)


def test_with_twenty_retired_ids_a_full_check_has_138_calls() -> None:
    many = tuple(f"daypass-{number}" for number in range(MOST_RETIRED_IDS))
    sent = probes_sent(SAFE, an_engagement(retired_external_ids=many))
    assert len(sent) == count_calls_per_check(is_full=True, retired_count=MOST_RETIRED_IDS) == 138


@every("outcome", [ProbeOutcome.UNKNOWN, ProbeOutcome.TOO_LONG, ProbeOutcome.REGION_DISABLED])
def test_an_unanswered_probe_proves_nothing(outcome: ProbeOutcome) -> None:
    scene = a_scene(TWICE_ROTATED)
    before = dict(scene.world.items)
    sts = Probing(scene.world, lambda probe: outcome if probe.external_id == SECOND else None)
    with pytest.raises(Unavailable, match="aws-unreachable"):
        verify_role(replace(scene.ports, sts=sts), scene.caller(), "acme-prod", "readonly")
    assert scene.world.items == before


def test_a_daily_check_tries_each_once_and_confirms_the_last_full_check() -> None:
    scene = a_scene()
    earlier = a_verification(results=all_but(without=(Check.PREVIOUS_ID,)))
    scene.world.add(TWICE_ROTATED, a_role(verification=earlier))
    sts = Probing(scene.world)
    ports = replace(scene.ports, sts=sts)
    role = verify_role(ports, scene.caller(), "acme-prod", "readonly", is_full=False)
    assert role.verification == replace(earlier, checked_at=NOON)
    assert len(sts.sent) == count_calls_per_check(is_full=False, retired_count=2)


def test_a_daily_check_finds_an_accepted_retired_id() -> None:
    scene = a_scene()
    earlier = a_verification(results=all_but(without=(Check.PREVIOUS_ID,)))
    scene.world.add(TWICE_ROTATED, a_role(verification=earlier))
    scene.world.roles[ROLE_ARN] = replace(SAFE, second_external_id=FIRST)
    role = scene.do(verify_role, "acme-prod", "readonly", is_full=False)
    assert role.verification.results[Check.RETIRED_ID] is Result.FAILED
    assert not is_vended_from(scene)


def test_a_retired_id_in_place_of_the_current_one_is_the_certain_cause() -> None:
    scene = a_scene(TWICE_ROTATED)
    scene.world.roles[ROLE_ARN] = FakeRole(FIRST)
    role = scene.do(verify_role, "acme-prod", "readonly")
    assert role.verification.causes == (Cause.PREVIOUS_ID_ONLY,)
