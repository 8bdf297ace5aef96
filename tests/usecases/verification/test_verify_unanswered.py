"""What leaves a question open proves nothing about a role, and disproves nothing either."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.verification.probe_variants import FULL, PLAIN, VARIANTS, Probe, ProbeVariant
from chalicelib.domain.verification.proof import Check, ProbeOutcome, ProbeResult, Result
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.verification.verify import verify
from tests.builders import EXTERNAL_ID, Scene, a_role, a_scene, a_verification, an_engagement
from tests.fakes import FakeSts
from tests.usecases.verification.probing import Probing, Says, Sent, is_vended_from

ROTATED = an_engagement(previous_external_id="daypass-former")
IN, NO, UNKNOWN = ProbeOutcome.ACCEPTED, ProbeOutcome.REFUSED, ProbeOutcome.UNKNOWN


class InNoAccount(FakeSts):
    """Lets in, and does not say where."""

    def arrive(self, probe: Probe) -> ProbeResult:
        return ProbeResult(self.probe(probe))


def to(
    external_id: str | None = EXTERNAL_ID,
    *dresses: ProbeVariant,
    says: ProbeOutcome = UNKNOWN,
    duration: int | None = None,
) -> Says:
    """An answer to one external ID; in all dresses unless some are named."""

    def answer(sent: Sent) -> ProbeOutcome | None:
        asked = (not dresses or sent.variant in dresses) and sent.duration == (duration or 900)
        return says if asked and sent.external_id == external_id else None

    return answer


def after_the_first(says: ProbeOutcome, *dresses: ProbeVariant) -> Says:
    """An answer to the right external ID, once it has been asked for in each dress."""

    def answer(sent: Sent) -> ProbeOutcome | None:
        asked = sent.number >= len(VARIANTS) and (not dresses or sent.variant in dresses)
        return says if asked and sent.external_id == EXTERNAL_ID else None

    return answer


UNPROVEN: dict[str, Says] = {
    "right": to(),
    "right as a vend": to(EXTERNAL_ID, FULL),
    "right bare": to(EXTERNAL_ID, PLAIN),
    "right with a source identity": to(EXTERNAL_ID, VARIANTS[1]),
    "right with tags": to(EXTERNAL_ID, VARIANTS[2]),
    "none": to(None),
    "none as a vend": to(None, FULL),
    "none with a source identity": to(None, VARIANTS[1]),
    "wrong, bare": lambda sent: UNKNOWN if sent.number == 11 else None,
    "other case": to(EXTERNAL_ID.swapcase(), PLAIN),
    "twice": to(EXTERNAL_ID * 2, FULL),
    "its first half": to(EXTERNAL_ID[:20], PLAIN),
    "all": lambda _: UNKNOWN,
    "former": to("daypass-former"),
    "former in one dress": to("daypass-former", VARIANTS[2]),
    "full hour": to(duration=3600),
    "changed before the last": after_the_first(NO),
    "as a vend changed before the last": after_the_first(NO, FULL),
    "bare changed before the last": after_the_first(NO, PLAIN),
    "with tags changed before the last": after_the_first(NO, VARIANTS[2]),
    "region turned off meanwhile": after_the_first(ProbeOutcome.REGION_DISABLED),
    "the first too long": to(says=ProbeOutcome.TOO_LONG),
    "in some dresses the region is turned off": to(
        EXTERNAL_ID, FULL, says=ProbeOutcome.REGION_DISABLED
    ),
}


def proves_nothing(scene: Scene, sts: FakeSts) -> None:
    before = dict(scene.world.items)
    with pytest.raises(Unavailable, match="aws-unreachable"):
        verify(replace(scene.ports, sts=sts), scene.caller(), "acme-prod", "readonly")
    assert scene.world.items == before
    assert scene.story() == ["role.verify intended", "role.verify failed aws-unreachable"]


@pytest.mark.parametrize("what", UNPROVEN)
@pytest.mark.parametrize("before", [None, a_verification()], ids=["new", "proven before"])
def test_what_leaves_a_question_open_proves_nothing_and_disproves_nothing(
    what: str, before: Verification | None
) -> None:
    scene = a_scene()
    scene.world.add(a_role(verification=before), ROTATED)
    proves_nothing(scene, Probing(scene.world, UNPROVEN[what]))
    assert is_vended_from(scene) == (before is not None)


def test_an_arrival_in_an_account_that_cannot_be_told_proves_nothing() -> None:
    scene = a_scene()
    proves_nothing(scene, InNoAccount(scene.world))


def test_a_role_that_does_not_answer_to_the_right_one_is_not_asked_for_much_more() -> None:
    scene = a_scene()
    sts = Probing(scene.world, to())
    proves_nothing(scene, sts)
    asked = [(one.external_id, one.variant) for one in sts.sent]
    wrong, _ = asked[-1]
    assert asked[:4] == [(EXTERNAL_ID, variant) for variant in VARIANTS]
    assert asked[4:] == [(None, FULL), (None, PLAIN), (wrong, FULL)]


@pytest.mark.parametrize("before", [None, a_verification()], ids=["new", "proven before"])
def test_a_hole_is_one_though_nothing_else_is_answered(before: Verification | None) -> None:
    scene = a_scene()
    scene.world.add(a_role(verification=before), ROTATED)
    hole = to(None, FULL, says=IN)
    ports = replace(scene.ports, sts=Probing(scene.world, lambda sent: hole(sent) or UNKNOWN))
    role = verify(ports, scene.caller(), "acme-prod", "readonly")
    assert role.verification is not None
    assert role.verification.results == {Check.NO_ID: Result.FAILED}
    assert not is_vended_from(scene)
