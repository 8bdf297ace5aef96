"""A check asks as a vend asks: what it proves holds for vends, and what they need is learned."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.setup.trust import trust_policy
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.findings import REQUIRED_ATTRIBUTES
from chalicelib.domain.verification.probe_variants import SessionAttribute
from chalicelib.domain.verification.proof import Check, Grade, Result, grade
from chalicelib.usecases.onboarding.client_setup import last_report
from chalicelib.usecases.onboarding.role_setup import spec_of
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.verification.verify import verify
from tests.adapters.client_side import Change
from tests.adapters.vending.trusts import (
    NAMES_PEOPLE,
    REQUIRES_ATTRIBUTES,
    UNSAFE_POLICIES,
    as_advised,
)
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
    an_override,
)
from tests.fakes import FakeRole
from tests.usecases.verification.probing import is_vended_from


def trusting(change: Change) -> Scene:
    """acme-prod's role, with the trust policy that the page asks for, but for this change."""
    scene = a_scene()
    scene.world.add(a_role(verification=None))
    policy = trust_policy(spec_of(scene.ports, an_engagement(), a_role()))
    change(policy, EXTERNAL_ID)
    scene.world.roles[ROLE_ARN] = FakeRole("", trust=policy)
    return scene


def verified(scene: Scene) -> Role:
    return verify(scene.ports, scene.caller(), "acme-prod", "readonly")


def failed(role: Role) -> set[Check]:
    assert role.verification is not None
    return {c for c, result in role.verification.results.items() if result is Result.FAILED}


def graded(role: Role) -> Grade:
    assert role.verification is not None
    return grade(role.verification.results)


@pytest.mark.parametrize("trust", UNSAFE_POLICIES)
def test_a_trust_policy_that_lets_a_vend_in_otherwise_is_found_out(trust: str) -> None:
    change, holes = UNSAFE_POLICIES[trust]
    scene = trusting(change)
    role = verified(scene)
    assert failed(role) == holes
    assert graded(role) is Grade.F
    assert not is_vended_from(scene)


@pytest.mark.parametrize("trust", REQUIRES_ATTRIBUTES)
def test_what_is_demanded_beside_the_external_id_is_learned_and_given(trust: str) -> None:
    change, demands, lacking = REQUIRES_ATTRIBUTES[trust]
    scene = trusting(change)
    role = verified(scene)
    assert failed(role) == lacking
    assert graded(role) is (Grade.B if lacking else Grade.A)
    assert role.verification is not None
    assert role.verification.required_attributes == demands
    assert is_vended_from(scene)
    ((terms, _),) = scene.world.issued
    assert terms.source_identity == (None if Check.SOURCE_IDENTITY in lacking else "alice")
    assert bool(terms.tags) == (Check.TAGS not in lacking)
    report = last_report(scene.ports, "acme-prod", "readonly")
    assert report is not None
    assert report.remarks == tuple(REQUIRED_ATTRIBUTES[part] for part in demands)


@pytest.mark.parametrize("trust", NAMES_PEOPLE)
def test_who_names_people_is_told_that_this_is_not_proven(trust: str) -> None:
    scene = trusting(NAMES_PEOPLE[trust])
    role = verified(scene)
    assert failed(role) == {Check.RIGHT_ID}
    assert role.verification is not None
    assert Cause.NAMES_PEOPLE in role.verification.causes


def test_an_overridden_role_is_asked_for_as_it_demands() -> None:
    """It has a hole, and a lead's word; and it lets nobody in without a source identity."""
    scene = trusting(REQUIRES_ATTRIBUTES["a source identity"][0])
    trust = scene.world.roles[ROLE_ARN].trust
    assert trust is not None
    trust["Statement"][0]["Condition"]["StringLike"] = {"sts:ExternalId": "*"}
    del trust["Statement"][0]["Condition"]["StringEquals"]
    role = verified(scene)
    assert graded(role) is Grade.F
    given = an_override()
    scene.world.add(replace(role, override=given, version=role.version + 1))
    vend(scene.ports, scene.origin(), "acme-prod", SessionRequest(role="readonly"))
    ((terms, _),) = scene.world.issued
    assert terms.source_identity == "alice"


def test_what_was_demanded_before_is_not_demanded_for_ever() -> None:
    scene = trusting(as_advised)
    before = a_verification(required_attributes=(SessionAttribute.TAGS,))
    scene.world.add(a_role(verification=before))
    role = verified(scene)
    assert role.verification is not None
    assert role.verification.required_attributes == ()
