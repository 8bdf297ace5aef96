"""Wherever a check breaks off, by what AWS or the records do not answer: nothing is half-done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.onboarding.setup.trust import closed_trust_policy
from chalicelib.domain.reasons import Reason
from chalicelib.domain.verification.probe_variants import VARIANTS
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.domain.verification.wrong_ids import CALLS_PER_FULL_CHECK
from tests.builders import ROLE_ARN
from tests.fakes import FakeRole
from tests.usecases.verification.probing import Probing, Sent
from tests.usecases.verification.rotation.rotations import (
    Rotation,
    a_rotation,
    one_adopted_again,
    one_under_way,
)

IDs = tuple[str, str | None, str | None]


def ids(rotation: Rotation) -> IDs:
    place = rotation.place
    return place.external_id, place.next_external_id, place.previous_external_id


def one_step_on(sent: str, following: str | None, former: str | None) -> IDs:
    """Promoted, or retired."""
    return (following, None, sent) if following else (sent, None, None)


def all_or_nothing(rotation: Rotation, before: IDs) -> None:
    """That is what is done, and the roles are vended from either way."""
    assert ids(rotation) in (before, one_step_on(*before))
    assert rotation.all_are_vended_from()


@pytest.mark.parametrize(
    ("stage", "probes"),
    [
        (a_rotation, CALLS_PER_FULL_CHECK),
        (one_under_way, 3 * CALLS_PER_FULL_CHECK),
        (one_adopted_again, CALLS_PER_FULL_CHECK + 3 * len(VARIANTS)),
    ],
)
def test_at_a_probe(stage: Callable[[], Rotation], probes: int) -> None:
    """Each of them in turn. A promotion looks at both roles, as does the end of a rotation, and
    the check before that asks with the former external ID as well."""
    for number in range(probes + 1):
        rotation = stage()
        before = ids(rotation)

        def unanswered(probe: Sent, number: int = number) -> ProbeOutcome | None:
            return ProbeOutcome.UNKNOWN if probe.number == number else None

        scene, sts = rotation.scene, Probing(rotation.scene.world, unanswered)
        with suppress(Unavailable):
            Rotation(replace(scene, ports=replace(scene.ports, sts=sts))).check()
        all_or_nothing(rotation, before)
        assert len(sts.sent) == probes or len(sts.sent) > number
    assert len(sts.sent) == probes


@pytest.mark.parametrize("stage", [a_rotation, one_under_way, one_adopted_again])
def test_at_a_step_of_the_records(stage: Callable[[], Rotation]) -> None:
    for number in range(20):
        rotation = stage()
        before, left = ids(rotation), iter(range(number))

        def fail(step: str, left: Iterator[int] = left) -> None:
            if step != "probe" and next(left, None) is None:
                raise Unavailable(Reason.RECORDS_UNAVAILABLE)

        rotation.scene.world.before = fail
        try:
            rotation.check()
        except Unavailable:
            rotation.scene.world.before = None
            all_or_nothing(rotation, before)
        else:
            assert number > 1  # the intent, and what was found
            return
    raise AssertionError("a check takes fewer steps than this")


def test_at_a_door_that_the_client_shuts() -> None:
    """Before any question of the promotion itself, which looks at this role after the other."""
    for number in range(CALLS_PER_FULL_CHECK, 3 * CALLS_PER_FULL_CHECK):
        rotation = one_under_way()
        before = ids(rotation)
        scene, trust = rotation.scene, rotation.trust()
        shut = FakeRole("", trust=closed_trust_policy())

        def shuts(probe: Sent, number: int = number, shut: FakeRole = shut) -> None:
            if probe.number == number:
                scene.world.roles[ROLE_ARN] = shut  # noqa: B023 - called in this round only

        sts = Probing(scene.world, shuts)
        Rotation(replace(scene, ports=replace(scene.ports, sts=sts))).check()
        assert scene.world.roles[ROLE_ARN] is shut
        assert ids(rotation) == before
        scene.world.roles[ROLE_ARN] = trust
        assert rotation.all_are_vended_from()
