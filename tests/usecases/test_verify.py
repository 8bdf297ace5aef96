"""Verify: a role is proven by what AWS says to Daypass itself, and by nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.access import Wish
from chalicelib.domain.errors import Conflict, DaypassError, Unavailable
from chalicelib.domain.model import Engagement, Item, Role, Verification
from chalicelib.domain.proof import (
    ANY_CASE_GOES,
    ANY_ID_GOES,
    NO_ID_NEEDED,
    NO_SOURCE_IDENTITY,
    NO_TAGS,
    PROBE,
    PROVEN,
    REFUSES_US,
    Answer,
)
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.vend import vend
from chalicelib.usecases.verify import PROBE_TAGS, verify
from tests.builders import (
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
)
from tests.fakes import NOON, FakeRole, FakeSts, World

SAFE = FakeRole(EXTERNAL_ID)


class Probing(FakeSts):
    """Remembers what each probe sent, and answers as it is told to, if it is."""

    def __init__(self, world: World, answers: Sequence[Answer] = ()) -> None:
        super().__init__(world)
        self.sent: list[dict[str, Any]] = []
        self._answers = iter(answers)

    def probe(self, role_arn: str, **sent: Any) -> Answer:
        self.sent.append({"role_arn": role_arn, **sent})
        return next(self._answers, super().probe(role_arn, **sent))


def probed(trust: FakeRole, times: int = 1) -> list[dict[str, Any]]:
    """What the probes of this role sent."""
    scene = a_scene()
    scene.world.roles[ROLE_ARN] = trust
    sts = Probing(scene.world)
    for _ in range(times):
        verify(replace(scene.ports, sts=sts), scene.caller(), "acme-prod", "readonly")
    return sts.sent


def verified(trust: FakeRole, before: Verification | None = None) -> tuple[Scene, Role]:
    scene = a_scene()
    scene.world.add(a_role(verification=before))
    scene.world.roles[ROLE_ARN] = trust
    return scene, verify(scene.ports, scene.caller(), "acme-prod", "readonly")


def is_vended_from(scene: Scene) -> bool:
    try:
        vend(scene.ports, scene.asking(), "acme-prod", Wish(role="readonly"))
    except DaypassError as refusal:
        if refusal.reason is not Reason.ROLE_UNVERIFIED:
            raise
        return False
    return True


def test_a_safe_role_is_proven_as_it_stands() -> None:
    scene, role = verified(SAFE)
    proof = a_verification(checked_at=NOON, findings=(PROVEN,))
    assert role == a_role(verification=proof, version=2)
    assert scene.ports.state.role("acme-prod", "readonly") == role
    assert is_vended_from(scene)


@pytest.mark.parametrize(
    ("trust", "identity", "tags", "findings"),
    [
        (SAFE, True, True, (PROVEN,)),
        (replace(SAFE, allows_source_identity=False), False, True, (PROVEN, NO_SOURCE_IDENTITY)),
        (replace(SAFE, allows_tags=False), True, False, (PROVEN, NO_TAGS)),
        (
            replace(SAFE, allows_source_identity=False, allows_tags=False),
            False,
            False,
            (PROVEN, NO_SOURCE_IDENTITY, NO_TAGS),
        ),
    ],
)
def test_a_safe_role_need_not_accept_more_than_the_external_id(
    trust: FakeRole,
    identity: bool,  # noqa: FBT001
    tags: bool,  # noqa: FBT001
    findings: tuple[str, ...],
) -> None:
    scene, role = verified(trust)
    assert role.verification == a_verification(
        checked_at=NOON,
        accepts_source_identity=identity,
        accepts_tags=tags,
        findings=findings,
    )
    assert is_vended_from(scene)


@pytest.mark.parametrize("before", [None, a_verification()], ids=["new", "proven before"])
@pytest.mark.parametrize(
    ("trust", "finding"),
    [
        (replace(SAFE, takes_any_external_id=True), ANY_ID_GOES),
        (replace(SAFE, demands_external_id=False), NO_ID_NEEDED),
        (replace(SAFE, ignores_case=True), ANY_CASE_GOES),
        (replace(SAFE, external_id="daypass-other"), REFUSES_US),
    ],
)
def test_a_role_with_a_hole_is_not_vended_from(
    trust: FakeRole, finding: str, before: Verification | None
) -> None:
    scene, role = verified(trust, before)
    assert role.verification is not None
    assert role.verification.passed is False
    assert finding in role.verification.findings
    assert not is_vended_from(scene)


def test_the_trail_says_what_was_found_and_that_it_was_looked_for() -> None:
    scene, _ = verified(SAFE)
    assert scene.story() == ["role.verify intended", "role.verify done"]
    intent, done = scene.world.entries
    assert intent.details == {"role_arn": ROLE_ARN}
    assert done.details == {"role_arn": ROLE_ARN, "passed": "true", "findings": PROVEN}
    assert intent.vend == ""


def test_each_probe_differs_from_the_right_one_in_one_thing() -> None:
    right, none, wrong, case, identity, tags = probed(SAFE)
    assert right == {"role_arn": ROLE_ARN, "external_id": EXTERNAL_ID}
    assert none == right | {"external_id": None}
    assert wrong == right | {"external_id": wrong["external_id"]}
    assert case == right | {"external_id": EXTERNAL_ID.swapcase()}
    assert identity == right | {"source_identity": PROBE}
    assert tags == right | {"tags": PROBE_TAGS}
    assert [key for key, _ in PROBE_TAGS] == ["DaypassMember", "DaypassEngagement"]


def test_the_wrong_external_id_is_nobodys_and_another_every_time() -> None:
    sent = probed(SAFE, times=2)
    wrong = [sent[2]["external_id"], sent[8]["external_id"]]
    real = {engagement.external_id for engagement in a_scene().ports.state.engagements()}
    assert EXTERNAL_ID in real
    assert len(real | set(wrong)) == len(real) + 2


def test_randomness_that_fails_proves_no_role_safe() -> None:
    scene = a_scene()
    right = "daypass-" + "a" * 32
    scene.world.add(an_engagement(external_id=right))
    scene.world.roles[ROLE_ARN] = FakeRole(right)
    ports = replace(scene.ports, random=bytes)
    role = verify(ports, scene.caller(), "acme-prod", "readonly")
    assert role.verification is not None
    assert role.verification.passed is False


def test_no_further_probe_is_sent_to_a_role_with_a_hole() -> None:
    assert len(probed(replace(SAFE, demands_external_id=False))) == 4


IN, NO, UNKNOWN = Answer.LET_IN, Answer.REFUSED, Answer.UNKNOWN


@pytest.mark.parametrize(
    "answers",
    [
        (UNKNOWN, NO, NO, NO),
        (IN, UNKNOWN, NO, NO),
        (IN, NO, UNKNOWN, NO),
        (IN, NO, NO, UNKNOWN),
        (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
        (IN, NO, NO, NO, UNKNOWN, IN),
        (IN, NO, NO, NO, IN, UNKNOWN),
    ],
)
@pytest.mark.parametrize("before", [None, a_verification()], ids=["new", "proven before"])
def test_an_unanswered_probe_proves_nothing_and_disproves_nothing(
    answers: tuple[Answer, ...], before: Verification | None
) -> None:
    scene = a_scene()
    scene.world.add(a_role(verification=before))
    ports = replace(scene.ports, sts=Probing(scene.world, answers))
    with pytest.raises(Unavailable, match="aws-unreachable"):
        verify(ports, scene.caller(), "acme-prod", "readonly")
    assert scene.ports.state.role("acme-prod", "readonly") == a_role(verification=before)
    assert scene.story() == ["role.verify intended", "role.verify failed aws-unreachable"]
    assert is_vended_from(scene) == (before is not None)


def test_no_probe_is_sent_that_is_not_on_record() -> None:
    scene = a_scene()
    scene.world.fails_at("record intended", Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        verify(scene.ports, scene.caller(), "acme-prod", "readonly")
    assert "probe" not in scene.world.steps


@pytest.mark.parametrize(
    "meanwhile",
    [
        a_role(arn="arn:aws:iam::987654321098:role/Other", verification=None, version=2),
        a_role(ended_at=NOON, version=2),
        an_engagement(revoked_at=NOON, version=2),
    ],
    ids=["moved", "ended", "engagement revoked"],
)
def test_a_proof_of_what_has_changed_meanwhile_is_not_kept(meanwhile: Item) -> None:
    scene = a_scene()
    scene.world.just_before("probe", lambda: scene.world.add(meanwhile))
    with pytest.raises(Conflict, match="changed-meanwhile"):
        verify(scene.ports, scene.caller(), "acme-prod", "readonly")
    now = (
        scene.ports.state.role("acme-prod", "readonly")
        if isinstance(meanwhile, Role)
        else scene.ports.state.engagement("acme-prod")
    )
    assert now == meanwhile


def test_an_ended_role_is_not_verified() -> None:
    scene = a_scene()
    scene.world.add(a_role(ended_at=NOON))
    with pytest.raises(Conflict, match="already-ended"):
        verify(scene.ports, scene.caller(), "acme-prod", "readonly")
    assert "probe" not in scene.world.steps


def test_a_proof_says_when_the_looking_began() -> None:
    scene = a_scene()
    scene.world.just_before("probe", lambda: scene.world.later(seconds=9))
    role = verify(scene.ports, scene.caller(), "acme-prod", "readonly")
    assert role.verification is not None
    assert role.verification.checked_at == NOON
    assert isinstance(scene.ports.state.engagement("acme-prod"), Engagement)
