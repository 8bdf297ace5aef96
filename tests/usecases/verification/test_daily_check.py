"""Day by day few probes are sent, and they only ever confirm: all else is a full check's word."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.values import Item
from chalicelib.domain.verification.probe_variants import (
    FULL,
    PLAIN,
    VARIANTS,
    ProbeVariant,
    SessionAttribute,
)
from chalicelib.domain.verification.proof import Check, ProbeOutcome, Result, grade
from chalicelib.domain.verification.verification import Verification
from chalicelib.domain.verification.wrong_ids import (
    CALLS_PER_DAILY_CHECK,
    CALLS_PER_FULL_CHECK,
    variants_to_try,
    wrong_ids,
)
from chalicelib.usecases.verification.verify import verify
from tests.builders import (
    BEFORE,
    EXTERNAL_ID,
    ROLE_ARN,
    Scene,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
    results,
)
from tests.domain.strategies import some_results
from tests.fakes import NOON, FakeRole
from tests.usecases.verification.probing import Probing, Says, Sent, is_vended_from, nothing
from tests.usecases.verification.sweep.sweeps import a_sweep

SAFE = FakeRole(EXTERNAL_ID)
FORMER = "daypass-former"


def daily(scene: Scene, says: Says = nothing) -> tuple[Role, list[Sent]]:
    """The role after a daily check, and what was sent for it."""
    sts = Probing(scene.world, says)
    ports = replace(scene.ports, sts=sts)
    return verify(ports, scene.caller(), "acme-prod", "readonly", is_full=False), sts.sent


def scene_of(trust: FakeRole | None, *items: Item) -> Scene:
    scene = a_scene()
    scene.world.add(*items)
    scene.world.roles.pop(ROLE_ARN)
    if trust is not None:
        scene.world.roles[ROLE_ARN] = trust
    return scene


def of(sent: list[Sent]) -> list[tuple[str | None, ProbeVariant, int]]:
    return [(one.external_id, one.variant, one.duration) for one in sent]


def test_what_is_as_it_was_is_confirmed_and_stands_as_it_was_found() -> None:
    scene = scene_of(SAFE)
    role, sent = daily(scene)
    assert role == a_role(verification=a_verification(checked_at=NOON), version=2)
    assert role.verification is not None
    assert role.verification.full_check_at == BEFORE
    assert len(sent) == CALLS_PER_DAILY_CHECK
    assert is_vended_from(scene)


def test_few_probes_are_sent_and_the_right_one_is_the_first_and_the_last() -> None:
    _, sent = daily(scene_of(SAFE))
    (wrong,) = {one.external_id for one in sent[3:4]}
    assert wrong is not None
    assert of(sent) == [
        (EXTERNAL_ID, FULL, 900),
        (None, FULL, 900),
        (None, PLAIN, 900),
        (wrong, FULL, 900),
        (EXTERNAL_ID.swapcase(), FULL, 900),
        (EXTERNAL_ID * 2, FULL, 900),
        (EXTERNAL_ID[:-1] + "a", FULL, 900),
        (EXTERNAL_ID, FULL, 3600),
    ]
    assert of(sent)[1:-1] == [
        (one.external_id, variant, 900)
        for one in wrong_ids(EXTERNAL_ID, wrong)
        for variant in variants_to_try(one, FULL, is_full=False)
    ]
    assert len({one.asked.session_name for one in sent}) == 1


@pytest.mark.parametrize(
    ("lacking", "worn"),
    [
        ((Check.TAGS,), ProbeVariant({SessionAttribute.SOURCE_IDENTITY})),
        ((Check.SOURCE_IDENTITY,), ProbeVariant({SessionAttribute.TAGS})),
        ((Check.SOURCE_IDENTITY, Check.TAGS), PLAIN),
    ],
)
def test_a_role_is_asked_for_as_it_is_vended_from(
    lacking: tuple[Check, ...], worn: ProbeVariant
) -> None:
    trust = replace(
        SAFE,
        allows_source_identity=Check.SOURCE_IDENTITY not in lacking,
        allows_tags=Check.TAGS not in lacking,
    )
    known = a_verification(results=results(*lacking))
    role, sent = daily(scene_of(trust, a_role(verification=known)))
    assert role.verification == replace(known, checked_at=NOON)
    assert {one.variant for one in sent} == {worn, PLAIN}
    assert len(sent) == CALLS_PER_DAILY_CHECK - (worn == PLAIN)


DIFFERENT: dict[str, FakeRole | None] = {
    "is gone": None,
    "has another external ID": FakeRole("daypass-other"),
    "needs none": replace(SAFE, demands_external_id=False),
    "takes any": replace(SAFE, takes_any_external_id=True),
    "takes any letter case": replace(SAFE, ignores_case=True),
    "is elsewhere": replace(SAFE, really_in="111122223333"),
    "has its region turned off": replace(SAFE, region_disabled=True),
    "takes no source identity": replace(SAFE, allows_source_identity=False),
    "takes no tags": replace(SAFE, allows_tags=False),
    "gives shorter sessions": replace(SAFE, longest=900),
}


@pytest.mark.parametrize("how", DIFFERENT)
def test_what_is_not_as_it_was_is_checked_in_full_at_once(how: str) -> None:
    scene, other = scene_of(DIFFERENT[how]), scene_of(DIFFERENT[how])
    role, sent = daily(scene)
    in_full = verify(other.ports, other.caller(), "acme-prod", "readonly")
    assert role == in_full
    assert len(sent) > CALLS_PER_DAILY_CHECK
    assert role.verification is not None
    assert role.verification.full_check_at == NOON


@pytest.mark.parametrize(
    "known",
    [
        None,
        a_verification(results=results(Check.WRONG_ID)),
        a_verification(role_arn=ROLE_ARN + "2"),
        a_verification(external_id="daypass-before"),
    ],
    ids=["never checked", "not safe", "another ARN", "another external ID"],
)
def test_what_is_not_proven_as_it_stands_is_checked_in_full(known: Verification | None) -> None:
    role, sent = daily(scene_of(SAFE, a_role(verification=known)))
    assert len(sent) == CALLS_PER_FULL_CHECK
    assert role.verification is not None
    assert role.verification.full_check_at == NOON


def test_the_former_external_id_is_tried_in_every_dress_as_long_as_there_is_one() -> None:
    rotated = an_engagement(previous_external_id=FORMER)
    known = a_verification(results=results(without=(Check.RETIRED_ID,)))
    role, sent = daily(scene_of(SAFE, rotated, a_role(verification=known)))
    assert role.verification == replace(known, checked_at=NOON)
    assert of(sent)[-5:-1] == [(FORMER, variant, 900) for variant in VARIANTS]


@pytest.mark.parametrize("number", range(CALLS_PER_DAILY_CHECK))
@pytest.mark.parametrize(
    "said", [ProbeOutcome.UNKNOWN, ProbeOutcome.TOO_LONG, ProbeOutcome.REGION_DISABLED]
)
def test_an_unclear_answer_confirms_nothing(said: ProbeOutcome, number: int) -> None:
    """Whichever it is; an hour that is too long is a clear answer, and so is a region turned off
    to the right external ID: they are looked into."""
    scene = scene_of(SAFE)
    clear = {(ProbeOutcome.TOO_LONG, 7), (ProbeOutcome.REGION_DISABLED, 0)}

    def says(sent: Sent) -> ProbeOutcome | None:
        return said if sent.number == number else None

    if (said, number) in clear:
        role, sent = daily(scene, says)
        assert len(sent) > CALLS_PER_DAILY_CHECK
        assert role.verification is not None
        assert role.verification.full_check_at == NOON
    else:
        before = dict(scene.world.items)
        with pytest.raises(Unavailable, match="aws-unreachable"):
            daily(scene, says)
        assert scene.world.items == before


@pytest.mark.parametrize("later", [ProbeOutcome.UNKNOWN, ProbeOutcome.REFUSED, None])
def test_a_hole_that_was_seen_counts_whatever_is_answered_after_it(
    later: ProbeOutcome | None,
) -> None:
    scene = scene_of(SAFE)

    def says(sent: Sent) -> ProbeOutcome | None:
        if sent.number < CALLS_PER_DAILY_CHECK - 1:
            return ProbeOutcome.ACCEPTED if sent.external_id == EXTERNAL_ID * 2 else None
        return later

    role, _ = daily(scene, says)
    assert role.verification is not None
    assert role.verification.results[Check.NEAR_MISS] is Result.FAILED
    assert not is_vended_from(scene)


trusts = st.builds(
    replace,
    st.just(SAFE),
    demands_external_id=st.sampled_from([True, True, False]),
    ignores_case=st.sampled_from([True, False, False]),
    allows_source_identity=st.booleans(),
    allows_tags=st.booleans(),
    also=st.sampled_from(["", "", FORMER, EXTERNAL_ID * 2]),
    longest=st.sampled_from([900, 3600]),
)


@settings(max_examples=300)
@given(known=some_results, trust=trusts, rotated=st.booleans())
def test_no_daily_check_makes_a_role_look_better_than_the_last_full_one(
    *, known: Any, trust: FakeRole, rotated: bool
) -> None:
    before = a_verification(results=known)
    place = an_engagement(previous_external_id=FORMER if rotated else None)
    role, _ = daily(scene_of(trust, place, a_role(verification=before)))
    found = role.verification
    assert found is not None
    in_full = found.full_check_at == NOON
    event(f"in full: {in_full}")
    if not in_full:
        assert found == replace(before, checked_at=NOON)
    else:
        other = scene_of(trust, place, a_role(verification=before))
        again = verify(other.ports, other.caller(), "acme-prod", "readonly").verification
        assert again is not None
        assert found.results == again.results
        assert grade(found.results) is grade(again.results)


def test_in_a_week_a_role_is_checked_in_full_once_and_daily_else() -> None:
    sweeping = a_sweep()
    sweeping.run()
    sts = Probing(sweeping.world)
    for _ in range(28 * 24):
        sweeping.world.later(hours=1)
        sweeping.run(sts=sts)
    asked = [one for one in sts.sent if one.role_arn == ROLE_ARN]
    of_a_week = CALLS_PER_FULL_CHECK + 6 * CALLS_PER_DAILY_CHECK
    assert len(asked) == 4 * of_a_week
    proof = sweeping.role().verification
    assert proof is not None
    assert proof.full_check_at is not None
    assert sweeping.world.clock - proof.full_check_at <= timedelta(days=7, hours=1)
