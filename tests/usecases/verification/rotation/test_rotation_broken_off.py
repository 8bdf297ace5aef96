"""A check interrupted by AWS or the tables at any step leaves no rotation half-done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.onboarding.setup.trust import build_trust_policy_denying_all
from chalicelib.domain.reasons import Reason
from chalicelib.domain.verification.probe_variants import FORMS
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.domain.verification.wrong_ids import CALLS_PER_FULL_CHECK
from tests.builders import ROLE_ARN
from tests.fakes import FakeRole
from tests.rows import every
from tests.usecases.verification.probing import Probing, Sent
from tests.usecases.verification.rotation.rotations import (
    Rotation,
    a_rotation,
    adopted_rotation,
    readopted_rotation,
)

IDs = tuple[str, str | None, str | None]


def ids(rotation: Rotation) -> IDs:
    engagement = rotation.engagement
    return engagement.external_id, engagement.next_external_id, engagement.previous_external_id


def one_step_on(current: str, next_: str | None, previous: str | None) -> IDs:
    """Return the IDs after the next step: promoted or retired."""
    return (next_, None, current) if next_ else (current, None, None)


def all_or_nothing(rotation: Rotation, before: IDs) -> None:
    """Assert that the step was made or not, and that vends work either way."""
    assert ids(rotation) in (before, one_step_on(*before))
    assert rotation.all_are_vended_from()


@every(
    "stage, probes",
    [
        (a_rotation, CALLS_PER_FULL_CHECK),
        (adopted_rotation, 3 * CALLS_PER_FULL_CHECK),
        (readopted_rotation, CALLS_PER_FULL_CHECK + 3 * len(FORMS)),
    ],
)
def test_interrupted_at_any_probe(stage: Callable[[], Rotation], probes: int) -> None:
    """A promotion and a retirement probe both roles. The check before also tries it."""
    for number in range(probes + 1):
        rotation = stage()
        before = ids(rotation)

        def unanswered(probe: Sent, number: int = number) -> ProbeOutcome | None:
            return ProbeOutcome.UNKNOWN if probe.number == number else None

        scene, sts = rotation.scene, Probing(rotation.world, unanswered)
        with suppress(Unavailable):
            Rotation(replace(scene, ports=replace(scene.ports, sts=sts))).check()
        all_or_nothing(rotation, before)
        assert len(sts.sent) == probes or len(sts.sent) > number
    assert len(sts.sent) == probes


@every("stage", [a_rotation, adopted_rotation, readopted_rotation])
def test_interrupted_at_any_step_of_the_tables(stage: Callable[[], Rotation]) -> None:
    for number in range(20):
        rotation = stage()
        before, left = ids(rotation), iter(range(number))

        def fail(step: str, left: Iterator[int] = left) -> None:
            if step != "probe" and next(left, None) is None:
                raise Unavailable(Reason.RECORDS_UNAVAILABLE)

        rotation.world.before = fail
        try:
            rotation.check()
        except Unavailable:
            rotation.world.before = None
            all_or_nothing(rotation, before)
        else:
            assert number > 1  # the intent, and the result
            return
    raise AssertionError("a check takes fewer steps than this")


def test_a_client_who_removes_access_during_a_promotion() -> None:
    """At any probe of the promotion, which probes this role after the other."""
    for number in range(CALLS_PER_FULL_CHECK, 3 * CALLS_PER_FULL_CHECK):
        rotation = adopted_rotation()
        before = ids(rotation)
        scene, trust = rotation.scene, rotation.trust()
        shut = FakeRole("", trust=build_trust_policy_denying_all())

        def shuts(probe: Sent, number: int = number, shut: FakeRole = shut) -> None:
            if probe.number == number:
                scene.world.roles[ROLE_ARN] = shut  # noqa: B023 - called in this round only

        sts = Probing(scene.world, shuts)
        Rotation(replace(scene, ports=replace(scene.ports, sts=sts))).check()
        assert scene.world.roles[ROLE_ARN] is shut
        assert ids(rotation) == before
        scene.world.roles[ROLE_ARN] = trust
        assert rotation.all_are_vended_from()
