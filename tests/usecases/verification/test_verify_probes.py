"""What a full check sends: every probe, in its order and its dress, and for whom it asks."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.people.members import Member
from chalicelib.domain.verification.probe_variants import (
    FULL,
    PLAIN,
    VARIANTS,
    ProbeVariant,
    SessionAttribute,
)
from chalicelib.domain.verification.wrong_ids import (
    CALLS_PER_FULL_CHECK,
    variants_to_try,
    wrong_ids,
)
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.verification.verify import verify
from tests.builders import (
    EXTERNAL_ID,
    a_scene,
    an_engagement,
)
from tests.fakes import FakeRole
from tests.usecases.verification.probing import Probing, Sent, probed

SAFE = FakeRole(EXTERNAL_ID)
FORMER = "daypass-former"
ROTATED = an_engagement(previous_external_id=FORMER)


def of(sent: Sequence[Sent]) -> list[tuple[str | None, ProbeVariant, int]]:
    return [(one.external_id, one.variant, one.duration) for one in sent]


def test_the_right_external_id_comes_first_and_last_in_every_dress_and_bare() -> None:
    sent = of(probed(SAFE))
    assert sent[:4] == [(EXTERNAL_ID, variant, 900) for variant in VARIANTS]
    assert sent[-4:] == [
        (EXTERNAL_ID, variant, 3600 if variant == FULL else 900) for variant in VARIANTS
    ]
    assert EXTERNAL_ID not in {external_id for external_id, _, _ in sent[4:-4]}
    assert len(sent) == CALLS_PER_FULL_CHECK


def test_all_that_is_to_be_refused_comes_in_between_as_a_vend_would_and_bare() -> None:
    sent = probed(SAFE)
    (wrong,) = {one.external_id for one in sent[8:12]}
    assert wrong is not None
    asked = [
        (one.external_id, variant, 900)
        for one in wrong_ids(EXTERNAL_ID, wrong)
        for variant in variants_to_try(one, FULL, is_full=True)
    ]
    assert of(sent[4:-4]) == asked
    assert {None, wrong, EXTERNAL_ID.swapcase(), EXTERNAL_ID * 2} <= {i for i, _, _ in asked}


def test_the_former_external_id_is_tried_in_every_dress_before_the_last() -> None:
    sent = of(probed(SAFE, ROTATED))
    assert sent[-8:-4] == [(FORMER, variant, 900) for variant in VARIANTS]
    assert len(sent) == CALLS_PER_FULL_CHECK + 4


@pytest.mark.parametrize(
    ("trust", "worn"),
    [
        (replace(SAFE, allows_tags=False), ProbeVariant({SessionAttribute.SOURCE_IDENTITY})),
        (replace(SAFE, allows_source_identity=False), ProbeVariant({SessionAttribute.TAGS})),
        (replace(SAFE, allows_tags=False, allows_source_identity=False), PLAIN),
    ],
)
def test_a_role_that_takes_less_is_tried_as_it_is_vended_from(
    trust: FakeRole, worn: ProbeVariant
) -> None:
    sent = of(probed(trust))
    # Where one arrives is found out once it is known what the role takes.
    assert sent[:5] == [
        *((EXTERNAL_ID, variant, 900) for variant in VARIANTS),
        (EXTERNAL_ID, worn, 900),
    ]
    assert sent[-4:] == [
        (EXTERNAL_ID, variant, 3600 if variant == worn else 900) for variant in VARIANTS
    ]
    near = [variant for external_id, variant, _ in sent if external_id == EXTERNAL_ID * 2]
    assert near == list(dict.fromkeys([worn, PLAIN]))


def test_all_probes_of_a_check_act_for_one_stranger_and_each_check_for_another() -> None:
    scene = a_scene()
    sts = Probing(scene.world)
    strangers = []
    ports = replace(scene.ports, sts=sts, random=secrets.token_bytes)
    for _ in range(2):
        sts.sent.clear()
        verify(ports, scene.caller(), "acme-prod", "readonly")
        (name,) = {one.asked.session_name for one in sts.sent}
        member, _, vend = name.partition(".")
        assert scene.ports.state.get(Member, member) is None
        for one in sts.sent:
            assert one.asked.source_identity in (None, member)
            tags = (("DaypassMember", member), ("DaypassEngagement", "acme-prod"))
            assert one.asked.tags in ((), tags)
        assert scene.world.entries[-2].details["session_name"] == name
        strangers.append((member, vend))
    (one, first), (other, second) = strangers
    assert one != other
    assert first != second


def test_the_wrong_external_id_is_nobodys_and_another_every_time() -> None:
    sent = probed(SAFE, times=2)
    wrong = [sent[8].external_id, sent[8 + CALLS_PER_FULL_CHECK].external_id]
    real = {engagement.external_id for engagement in list_all(a_scene().ports.state, Engagement)}
    assert EXTERNAL_ID in real
    assert len(real | set(wrong)) == len(real) + 2


@pytest.mark.parametrize(
    "trust", [replace(SAFE, demands_external_id=False), replace(SAFE, really_in="111122223333")]
)
def test_no_further_probe_is_sent_to_a_role_that_is_not_safe(trust: FakeRole) -> None:
    assert len(probed(trust)) == CALLS_PER_FULL_CHECK - len(VARIANTS)
