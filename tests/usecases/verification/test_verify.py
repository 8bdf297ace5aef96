"""Verify a role: only AWS's answers to Daypass's own probes count."""

from __future__ import annotations

import re

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Item
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.verification import Verification
from chalicelib.domain.verification.wrong_ids import (
    CALLS_PER_FULL_CHECK,
)
from chalicelib.usecases.verification.verify import verify_role
from tests.adapters.vending.trusts import NEGATIVE_CHECKS
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
    refusal_of,
    results,
)
from tests.fakes import NOON, FakeRole, at
from tests.rows import every
from tests.usecases.verification.probing import is_vended_from, probes_sent

SAFE = FakeRole(EXTERNAL_ID)
FORMER = "daypass-former"
ROTATED = an_engagement(previous_external_id=FORMER)


def verified(
    trust: FakeRole, *items: Item, before: Verification | None = None
) -> tuple[Scene, Role]:
    scene = a_scene(a_role(verification=before), *items)
    scene.world.roles[ROLE_ARN] = trust
    return scene, scene.do(verify_role, "acme-prod", "readonly")


def results_of(role: Role) -> dict[Check, Result]:
    return dict(role.verification.results)


def test_a_safe_role_passes() -> None:
    scene, role = verified(SAFE)
    proof = a_verification(checked_at=NOON, full_check_at=NOON)
    assert role == a_role(verification=proof, version=2)
    assert scene.get(Role, "acme-prod", "readonly") == role
    assert is_vended_from(scene)


@every(
    "trust, failed",
    [
        (SAFE, []),
        (replace(SAFE, allows_source_identity=False), [Check.SOURCE_IDENTITY]),
        (replace(SAFE, allows_tags=False), [Check.TAGS]),
        (replace(SAFE, max_session_duration=1800), [Check.FULL_HOUR]),
        (replace(SAFE, second_external_id=FORMER), [Check.PREVIOUS_ID]),
        (
            replace(
                SAFE, allows_source_identity=False, allows_tags=False, max_session_duration=1800
            ),
            [Check.SOURCE_IDENTITY, Check.TAGS, Check.FULL_HOUR],
        ),
    ],
)
def test_a_safe_role_may_refuse_session_attributes(trust: FakeRole, failed: list[Check]) -> None:
    scene, role = verified(trust, ROTATED)
    assert results_of(role) == results(*failed, without=(Check.RETIRED_ID,))
    proof = role.verification
    assert proof.passed
    assert proof.accepts_source_identity == trust.allows_source_identity
    assert proof.accepts_tags == trust.allows_tags
    assert proof.causes == ()
    assert is_vended_from(scene)


HOLES = [
    (replace(SAFE, accepts_any_external_id=True), NEGATIVE_CHECKS - {Check.NO_ID}),
    (replace(SAFE, requires_external_id=False), NEGATIVE_CHECKS),
    (replace(SAFE, ignores_case=True), {Check.OTHER_CASE}),
    (replace(SAFE, external_id="daypass-other"), {Check.RIGHT_ID}),
    (replace(SAFE, region_disabled=True), {Check.RIGHT_ID}),
    (replace(SAFE, actual_account="111122223333"), {Check.ACCOUNT}),
]


@every("before", [None, a_verification()])
@every("trust, failed", HOLES)
def test_a_role_that_fails_is_not_vended_from(
    trust: FakeRole, failed: set[Check], before: Verification | None
) -> None:
    scene, role = verified(trust, before=before)
    assert role.verification.passed is False
    assert {
        check for check, result in results_of(role).items() if result is Result.FAILED
    } == failed
    assert not is_vended_from(scene)


def test_the_trail_has_the_intent_and_the_result() -> None:
    scene, _ = verified(SAFE)
    assert scene.story() == ["role.verify intended", "role.verify done"]
    intent, done = scene.entries
    names = intent.details["session_names"]
    assert intent.details == {"role_arn": ROLE_ARN, "session_names": names}
    assert re.fullmatch(r"([a-z]{12}\.[0-9a-f]{16}) \1\.agent", names)
    assert done.details == {"role_arn": ROLE_ARN, "passed": "true"}
    assert intent.vend == ""


@every(
    "trust, details",
    [
        (
            replace(SAFE, max_session_duration=1800, allows_tags=False),
            {"passed": "true", "failed": "session-tags full-hour"},
        ),
        (
            replace(SAFE, region_disabled=True),
            {"passed": "false", "failed": "right-external-id", "causes": "region-disabled"},
        ),
        (
            FakeRole("daypass-other"),
            {
                "passed": "false",
                "failed": "right-external-id",
                "causes": "role-missing just-changed external-id principal other-condition"
                " names-people end-date",
            },
        ),
    ],
)
def test_the_trail_has_the_failed_checks_and_the_causes(
    trust: FakeRole, details: dict[str, str]
) -> None:
    scene, _ = verified(trust)
    said = dict(scene.last_entry.details)
    assert said == {"role_arn": ROLE_ARN} | details


def test_without_a_previous_external_id_none_is_tried() -> None:
    assert None not in {probe.external_id for probe in probes_sent(SAFE)[13:]}
    _, role = verified(SAFE)
    assert Check.PREVIOUS_ID not in results_of(role)


def test_an_external_id_without_letters_has_no_other_case() -> None:
    engagement = an_engagement(external_id="2222-3333")
    assert len(probes_sent(FakeRole("2222-3333"), engagement)) == CALLS_PER_FULL_CHECK - 4
    scene, role = verified(FakeRole("2222-3333"), engagement)
    assert results_of(role) == results(
        without=(Check.OTHER_CASE, Check.PREVIOUS_ID, Check.RETIRED_ID)
    )
    assert is_vended_from(scene)


def test_a_predictable_wrong_id_makes_the_check_fail() -> None:
    scene = a_scene()
    right = "daypass-" + "a" * 32
    scene.add(an_engagement(external_id=right))
    scene.world.roles[ROLE_ARN] = FakeRole(right)
    ports = replace(scene.ports, random=bytes)
    role = verify_role(ports, scene.caller(), "acme-prod", "readonly")
    assert role.verification.passed is False


def test_no_probe_is_sent_before_the_intent_is_recorded() -> None:
    scene = a_scene()
    scene.fails_at("record intended", Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        scene.do(verify_role, "acme-prod", "readonly")
    assert "probe" not in scene.world.steps


@every(
    "meanwhile",
    [
        a_role(arn="arn:aws:iam::987654321098:role/Other", verification=None, version=2),
        a_role(ended_at=NOON, version=2),
        an_engagement(revoked_at=NOON, version=2),
        an_engagement(next_external_id="daypass-next", version=2),
    ],
)
def test_a_result_is_not_stored_if_the_role_or_engagement_changed_meanwhile(
    meanwhile: Item,
) -> None:
    scene = a_scene()
    scene.just_before("probe", lambda: scene.add(meanwhile))
    assert (
        refusal_of(Conflict, scene.do, verify_role, "acme-prod", "readonly") == "changed-meanwhile"
    )
    assert scene.world.items[at(meanwhile)] == meanwhile
