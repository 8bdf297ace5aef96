"""An external ID is rotated without a gap in access, and only Daypass generates the new one."""

from __future__ import annotations

from collections.abc import Callable

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict
from chalicelib.domain.reasons import Reason
from chalicelib.domain.verification.probe_variants import VARIANTS, ProbeVariant
from chalicelib.domain.verification.proof import Check, Grade, ProbeOutcome, grade_results
from chalicelib.usecases.verification.rotation import (
    MOST_RETIRED_IDS,
    advance_rotation,
    begin_rotation,
)
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    a_scene,
    an_engagement,
)
from tests.fakes import FakeRole
from tests.rows import every
from tests.usecases.refusals import refusal_of
from tests.usecases.verification.probing import Probing, Sent
from tests.usecases.verification.rotation.rotations import (
    BY,
    DEPLOY_ARN,
    Rotation,
    a_rotation,
    adopted_rotation,
    advanced,
    promoted_rotation,
)


def test_a_whole_rotation() -> None:
    rotation = a_rotation()
    new = rotation.begin()
    assert rotation.engagement.external_ids == (EXTERNAL_ID, new)
    assert rotation.all_are_vended_from()

    rotation.check()  # before the client acts
    assert rotation.engagement.external_ids == (EXTERNAL_ID, new)
    assert rotation.all_are_vended_from()

    rotation.client_adopts()
    assert rotation.all_are_vended_from()
    assert rotation.world.issued[-1][0].external_id == EXTERNAL_ID

    rotation.check()
    assert rotation.engagement.external_ids == (new,)
    assert rotation.engagement.previous_external_id == EXTERNAL_ID
    assert rotation.all_are_vended_from()
    assert rotation.world.issued[-1][0].external_id == new

    rotation.client_adopts()
    assert rotation.all_are_vended_from()

    rotation.check()
    assert rotation.engagement.external_ids == (new,)
    assert rotation.engagement.previous_external_id is None
    assert rotation.all_are_vended_from()
    rotation.world.steps.clear()
    assert not advanced(rotation)
    assert rotation.world.steps == []


def test_there_are_at_most_twenty_rotations() -> None:
    """The access-removal check tries every ID, so none is dropped."""
    rotation = a_rotation()
    for number in range(MOST_RETIRED_IDS):
        assert len(rotation.engagement.retired_external_ids) == number
        rotation.begin()
        for _ in range(2):
            rotation.client_adopts()
            rotation.check()
    before = rotation.engagement
    assert before.retired_external_ids[0] == EXTERNAL_ID
    assert rotation.tombstones == {*before.retired_external_ids, before.external_id}
    assert refusal_of(Conflict, rotation.begin) == "too-many-rotations"
    assert rotation.engagement == before
    assert rotation.all_are_vended_from()


def test_a_promotion_verifies_each_role_for_the_new_id() -> None:
    rotation = promoted_rotation()
    for name in ("readonly", "deploy"):
        role = rotation.role(name)
        proof = role.passed_verification(rotation.engagement)
        assert proof.external_id == rotation.engagement.external_id
        # Until then, the roles should still accept the previous ID.
        assert grade_results(proof.results) is Grade.A
        assert Check.PREVIOUS_ID not in proof.results


@every("begin", [adopted_rotation, promoted_rotation])
def test_a_second_rotation_is_refused_during_the_first(begin: Callable[[], Rotation]) -> None:
    rotation = begin()
    before = dict(rotation.world.items)
    assert (
        refusal_of(Conflict, rotation.scene.do, begin_rotation, "acme-prod", why="w")
        == "rotation-under-way"
    )
    assert rotation.world.items == before


def test_a_used_external_id_is_never_used_again() -> None:
    rotation = a_rotation()
    stuck = replace(rotation.scene.ports, random=bytes)
    begin_rotation(stuck, rotation.scene.caller(), "acme-prod", why="w")
    before = dict(rotation.world.items)
    assert (
        refusal_of(Conflict, begin_rotation, stuck, rotation.scene.caller(), "globex", why="w")
        == "changed-meanwhile"
    )
    assert rotation.world.items == before


def test_a_rotation_replaces_an_imported_external_id() -> None:
    rotation = a_rotation()
    rotation.world.add(an_engagement(external_id_imported=True))
    new = rotation.begin()
    rotation.client_adopts()
    assert rotation.engagement.external_id_imported
    rotation.check()
    assert rotation.engagement.external_id == new
    assert new.startswith("daypass-")
    assert not rotation.engagement.external_id_imported


def test_a_client_who_skips_the_step_with_both_ids_recovers_with_the_next_check() -> None:
    rotation = a_rotation()
    new = rotation.begin()
    rotation.world.roles = {arn: FakeRole(new) for arn in (ROLE_ARN, DEPLOY_ARN)}
    assert rotation.vends() is Reason.ROLE_REFUSED_DAYPASS
    for name in ("readonly", "deploy"):
        rotation.scene.do(verify_role, "acme-prod", name)
        assert rotation.vends(name) is Reason.ROLE_UNVERIFIED
    rotation.check()
    assert rotation.engagement.external_id == new
    assert rotation.all_are_vended_from()


def test_a_role_with_only_the_next_id_recovers_when_the_others_have_it() -> None:
    rotation = a_rotation()
    new = rotation.begin()
    rotation.world.roles[ROLE_ARN] = FakeRole(new)
    rotation.check()
    assert rotation.engagement.external_id == EXTERNAL_ID
    assert (rotation.vends(), rotation.vends("deploy")) == (Reason.ROLE_UNVERIFIED, None)
    rotation.client_adopts("deploy")
    rotation.check("deploy")
    assert rotation.all_are_vended_from()


def test_an_engagement_without_roles_keeps_its_external_id() -> None:
    scene = a_scene(an_engagement("empty", external_id="daypass-e", next_external_id="daypass-f"))
    assert advance_rotation(scene.ports, BY, "empty").external_id == "daypass-e"
    assert scene.story() == []


def test_a_previous_id_accepted_in_any_variant_is_not_retired() -> None:
    for variant in VARIANTS:
        rotation = promoted_rotation()
        rotation.client_adopts()

        def script(sent: Sent, variant: ProbeVariant = variant) -> ProbeOutcome | None:
            probed = (sent.role_arn, sent.external_id, sent.variant)
            return ProbeOutcome.ACCEPTED if probed == (DEPLOY_ARN, EXTERNAL_ID, variant) else None

        ports = replace(rotation.scene.ports, sts=Probing(rotation.world, script))
        assert advance_rotation(ports, BY, "acme-prod").previous_external_id == EXTERNAL_ID
