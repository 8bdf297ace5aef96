"""After the end, the cut-off roles must refuse Daypass too, before its access counts as removed."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.policies.brake import CUT_OFF_SESSION_NAME, CutOffNames
from chalicelib.domain.trail import Outcome
from chalicelib.domain.verification.probe_variants import VARIANTS
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.usecases.verification.access_removal import check_access_removed
from tests.builders import ROLE_ARN, Scene, a_role, an_engagement
from tests.fakes import NOON, FakeRole
from tests.rows import every
from tests.usecases.verification.access_removal.ended_engagement import BY, ended, stored
from tests.usecases.verification.probing import Probing, Sent

CUT_OFF_ID, FORMER_ARN = "daypass-cut-off-id", "arn:aws:iam::987654321098:role/Former"
ENDED = an_engagement(closed_at=NOON, cut_off_external_id=CUT_OFF_ID)
FORMERLY = a_role(former_arns=(FORMER_ARN,))
CUT_OFF_ARN, FORMER_CUT_OFF_ARN = (
    CutOffNames(arn).cut_off_role_arn for arn in (ROLE_ARN, FORMER_ARN)
)


def check(scene: Scene, script: Callable[[Sent], ProbeOutcome | None] = lambda _: None) -> Probing:
    sts = Probing(scene.world, script)
    check_access_removed(replace(scene.ports, sts=sts), BY, "acme-prod")
    return sts


def details_of(scene: Scene, outcome: Outcome) -> dict[str, str]:
    (entry,) = [entry for entry in scene.world.entries if entry.outcome is outcome]
    return dict(entry.details)


def test_every_cut_off_role_is_tried_with_every_external_id_and_name() -> None:
    scene = ended(ENDED, FORMERLY)
    sts = check(scene)
    intent = details_of(scene, Outcome.INTENDED)
    tried = [
        (sent.role_arn, sent.external_id, sent.request.session_name, sent.variant)
        for sent in sts.sent
        if sent.role_arn in (CUT_OFF_ARN, FORMER_CUT_OFF_ARN)
    ]
    names = [CUT_OFF_SESSION_NAME, *intent["session_names"].split()[:2]]
    ids = [CUT_OFF_ID, ENDED.external_id, None]
    assert tried == list(product((CUT_OFF_ARN, FORMER_CUT_OFF_ARN), ids, names, VARIANTS))
    assert stored(scene).access_removed_at == NOON
    assert details_of(scene, Outcome.DONE)["refused_by"].split() == [
        ROLE_ARN,
        FORMER_ARN,
        CUT_OFF_ARN,
        FORMER_CUT_OFF_ARN,
    ]
    assert CUT_OFF_ARN in intent["role_arns"]
    assert CUT_OFF_SESSION_NAME in intent["session_names"]
    assert {CUT_OFF_ARN, FORMER_CUT_OFF_ARN} <= set(sts.simulated)


def test_an_engagement_that_never_had_a_cut_off_is_checked_as_before() -> None:
    scene = ended(replace(ENDED, cut_off_external_id=None))
    sts = check(scene)
    assert {sent.role_arn for sent in sts.sent} == {ROLE_ARN}
    assert CUT_OFF_SESSION_NAME not in details_of(scene, Outcome.INTENDED)["session_names"]
    assert stored(scene).access_removed_at == NOON


@every("external_id", [CUT_OFF_ID, None])
def test_a_cut_off_role_that_still_accepts_is_remaining_access(external_id: str | None) -> None:
    scene = ended(ENDED)

    def script(sent: Sent) -> ProbeOutcome | None:
        accepts = sent.role_arn == CUT_OFF_ARN and sent.external_id == external_id
        return ProbeOutcome.ACCEPTED if accepts else None

    sts = check(scene, script)
    assert stored(scene).access_removed_at is None
    assert details_of(scene, Outcome.REFUSED) == {"still_let_in": CUT_OFF_ARN}
    # No member is named in the client's CloudTrail.
    assert not any(sent.request.session_name.startswith("alice.") for sent in sts.sent)


def test_a_cut_off_role_that_accepts_agents_is_remaining_access() -> None:
    scene = ended(ENDED)
    scene.world.iam.create_brake(ROLE_ARN, CUT_OFF_ID)
    condition = {"StringLike": {"sts:RoleSessionName": "*.agent"}}
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Condition": condition}
    scene.world.iam.cut_off_roles[CUT_OFF_ARN].trust = {"Statement": [statement]}
    check(scene)
    assert details_of(scene, Outcome.REFUSED) == {"still_let_in": CUT_OFF_ARN}


def test_a_role_that_still_accepts_is_reported_without_trying_its_cut_off_role() -> None:
    scene = ended(ENDED, roles={ROLE_ARN: FakeRole(ENDED.external_id)})
    sts = check(scene)
    assert {sent.role_arn for sent in sts.sent} == {ROLE_ARN}
    assert stored(scene).access_removed_at is None


def test_an_unclear_answer_of_a_cut_off_role_proves_nothing() -> None:
    scene = ended(ENDED)
    with pytest.raises(Unavailable):
        check(scene, lambda s: ProbeOutcome.UNKNOWN if s.role_arn == CUT_OFF_ARN else None)
    assert stored(scene).access_removed_at is None
