"""What leaves a question open proves nothing about a role, and disproves nothing either."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.verification.proof import Answer, Arrival
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.verification.verify import verify
from tests.builders import Scene, a_role, a_scene, a_verification, an_engagement
from tests.fakes import FakeSts
from tests.usecases.verification.probing import Probing, is_vended_from

ROTATED = an_engagement(former_external_id="daypass-former")
IN, NO, UNKNOWN = Answer.LET_IN, Answer.REFUSED, Answer.UNKNOWN


class InNoAccount(FakeSts):
    """Lets in, and does not say where."""

    def arrive(self, role_arn: str, *, external_id: str) -> Arrival:
        return Arrival(self.probe(role_arn, external_id=external_id))


UNPROVEN = {
    "right": (UNKNOWN, NO, NO, NO),
    "none": (IN, UNKNOWN, NO, NO),
    "wrong": (IN, NO, UNKNOWN, NO),
    "other case": (IN, NO, NO, UNKNOWN),
    "all": (UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN),
    "source identity": (IN, NO, NO, NO, UNKNOWN, IN, NO, IN),
    "tags": (IN, NO, NO, NO, IN, UNKNOWN, NO, IN),
    "former": (IN, NO, NO, NO, IN, IN, UNKNOWN, IN),
    "full hour": (IN, NO, NO, NO, IN, IN, NO, UNKNOWN),
    "changed before the last": (IN, NO, NO, NO, IN, IN, NO, NO),
    "changed after the first": (IN, NO, NO, NO, NO, NO, NO, NO),
    "region turned off meanwhile": (IN, NO, NO, NO, IN, IN, NO, Answer.REGION_DISABLED),
    "the first too long": (Answer.TOO_LONG, NO, NO, NO),
}


def proves_nothing(scene: Scene, sts: FakeSts) -> None:
    before = dict(scene.world.items)
    with pytest.raises(Unavailable, match="aws-unreachable"):
        verify(replace(scene.ports, sts=sts), scene.caller(), "acme-prod", "readonly")
    assert scene.world.items == before
    assert scene.story() == ["role.verify intended", "role.verify failed aws-unreachable"]


@pytest.mark.parametrize("answers", UNPROVEN.values(), ids=UNPROVEN)
@pytest.mark.parametrize("before", [None, a_verification()], ids=["new", "proven before"])
def test_what_leaves_a_question_open_proves_nothing_and_disproves_nothing(
    answers: tuple[Answer, ...], before: Verification | None
) -> None:
    scene = a_scene()
    scene.world.add(a_role(verification=before), ROTATED)
    proves_nothing(scene, Probing(scene.world, answers))
    assert is_vended_from(scene) == (before is not None)


def test_an_arrival_in_an_account_that_cannot_be_told_proves_nothing() -> None:
    scene = a_scene()
    proves_nothing(scene, InNoAccount(scene.world))
