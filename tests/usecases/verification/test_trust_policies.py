"""Checks of trust policies that require attributes, or accept an earlier external ID."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import AgentAccess
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.verification.probe_variants import (
    SessionAttribute,
)
from chalicelib.domain.verification.proof import Check, Grade, Result, grade_results
from chalicelib.domain.verification.wrong_ids import count_calls_per_check
from chalicelib.usecases.verification.rotation import MOST_RETIRED_IDS
from chalicelib.usecases.verification.verify import verify_role
from tests.adapters.vending.trusts import (
    REFUSES_AGENTS,
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
from tests.builders import results as all_but
from tests.fakes import NOON, FakeRole
from tests.rows import every
from tests.usecases.verification.probing import Probing, is_vended_from, probes_sent
from tests.usecases.verification.test_check_results import trusting


def verified(scene: Scene) -> Role:
    return scene.do(verify_role, "acme-prod", "readonly")


def graded(role: Role) -> Grade:
    return grade_results(role.verification.results)


@every("trust", REFUSES_AGENTS)
def test_if_the_engagement_refuses_agents_the_trust_policy_may_too(trust: str) -> None:
    scene = trusting(REFUSES_AGENTS[trust])
    assert graded(verified(scene)) is Grade.B
    scene.add(an_engagement(agents=AgentAccess.REFUSE, version=2))
    role = scene.do(verify_role, "acme-prod", "readonly", is_full=False)
    assert Check.AGENT_NAME not in role.verification.results
    assert graded(role) is Grade.A


def test_a_daily_check_notices_a_statement_that_lets_in_agents() -> None:
    scene = trusting(as_advised)
    assert graded(verified(scene)) is Grade.A
    policy = scene.world.roles[ROLE_ARN].trust
    UNSAFE_POLICIES["an agent's session name suffices"](dict(policy), EXTERNAL_ID)
    role = scene.do(verify_role, "acme-prod", "readonly", is_full=False)
    assert graded(role) is Grade.F
    assert not is_vended_from(scene)


def test_a_vend_from_an_overridden_role_sends_the_required_attributes() -> None:
    """The role failed its check and is overridden. It requires a source identity."""
    scene = trusting(REQUIRES_ATTRIBUTES["a source identity"])
    trust = scene.world.roles[ROLE_ARN].trust
    trust["Statement"][0]["Condition"]["StringLike"] = {"sts:ExternalId": "*"}
    del trust["Statement"][0]["Condition"]["StringEquals"]
    role = verified(scene)
    assert graded(role) is Grade.F
    override = an_override()
    scene.add(replace(role, override=override, version=role.version + 1))
    scene.vend()
    ((terms, _),) = scene.world.issued
    assert terms.source_identity == "alice"


def test_an_attribute_that_is_no_longer_required_is_dropped() -> None:
    scene = trusting(as_advised)
    before = a_verification(required_attributes=(SessionAttribute.TAGS,))
    scene.add(a_role(verification=before))
    role = verified(scene)
    assert role.verification.required_attributes == ()


# Every check tries each external ID that earlier rotations retired; the role must refuse all.


FIRST, SECOND = "daypass-first", "daypass-second"
SAFE = FakeRole(EXTERNAL_ID)
TWICE_ROTATED = an_engagement(retired_external_ids=(FIRST, SECOND))


def test_with_twenty_retired_ids_a_full_check_has_138_calls() -> None:
    many = tuple(f"daypass-{number}" for number in range(MOST_RETIRED_IDS))
    sent = probes_sent(SAFE, an_engagement(retired_external_ids=many))
    assert len(sent) == count_calls_per_check(is_full=True, retired_count=MOST_RETIRED_IDS) == 138


def test_a_daily_check_tries_each_once_and_finds_an_accepted_one() -> None:
    earlier = a_verification(results=all_but(without=(Check.PREVIOUS_ID,)))
    scene = a_scene(TWICE_ROTATED, a_role(verification=earlier))
    sts = Probing(scene.world)
    ports = replace(scene.ports, sts=sts)
    role = verify_role(ports, scene.caller(), "acme-prod", "readonly", is_full=False)
    assert role.verification == replace(earlier, checked_at=NOON)
    assert len(sts.sent) == count_calls_per_check(is_full=False, retired_count=2)
    scene.world.roles[ROLE_ARN] = replace(SAFE, second_external_id=FIRST)
    role = scene.do(verify_role, "acme-prod", "readonly", is_full=False)
    assert role.verification.results[Check.RETIRED_ID] is Result.FAILED
    assert not is_vended_from(scene)
