"""What is asked of the roles of an engagement that is over: every external ID, in every dress."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.identifiers import session_tags
from chalicelib.domain.verification.probe_variants import VARIANTS
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.usecases.verification.access_removal import check_access_removed
from tests.builders import EXTERNAL_ID, ROLE_ARN, Scene, a_role
from tests.fakes import FakeRole
from tests.usecases.verification.closing.closing import (
    BY,
    FORMER,
    NEXT,
    OVER,
    ROTATING,
    ended,
    stored,
)
from tests.usecases.verification.probing import Probing, Sent


def asked(scene: Scene) -> list[Sent]:
    sts = Probing(scene.world)
    check_access_removed(replace(scene.ports, sts=sts), BY, "acme-prod")
    return sts.sent


def test_every_external_id_is_tried_once_in_each_dress_and_none_at_all() -> None:
    """For a stranger, and for alice and sam, who had grants."""
    scene = ended(ROTATING)
    sent = asked(scene)
    every_way = list(product([EXTERNAL_ID, NEXT, FORMER, None], VARIANTS))
    assert [(one.external_id, one.variant) for one in sent] == every_way * 3
    assert {one.role_arn for one in sent} == {ROLE_ARN}
    names = list(dict.fromkeys(one.asked.session_name for one in sent))
    assert " ".join(names) == scene.world.entries[0].details["session_names"]
    assert [name.split(".")[0] for name in names[1:]] == ["alice", "sam"]


def test_what_is_told_of_a_member_is_what_a_vend_would_tell() -> None:
    for one in asked(ended()):
        member = one.asked.session_name.split(".")[0]
        assert one.asked.source_identity in (None, member)
        assert one.asked.tags in ((), session_tags(member, "acme-prod"))


def test_where_none_is_rotated_nothing_is_tried_twice() -> None:
    once = list(product([EXTERNAL_ID, None], VARIANTS))
    assert [(one.external_id, one.variant) for one in asked(ended())] == once * 3


def test_two_names_of_one_role_are_tried_as_one() -> None:
    assert len(asked(ended(OVER, a_role("again")))) == len(asked(ended()))


def test_no_member_is_seen_to_try_a_door_that_is_open_to_a_stranger() -> None:
    scene = ended(roles={ROLE_ARN: FakeRole(EXTERNAL_ID)})
    assert len({one.asked.session_name for one in asked(scene)}) == 1


@pytest.mark.parametrize("number", range(24))
@pytest.mark.parametrize(
    "said", [ProbeOutcome.UNKNOWN, ProbeOutcome.REGION_DISABLED, ProbeOutcome.TOO_LONG]
)
def test_what_aws_does_not_say_proves_nothing(said: ProbeOutcome, number: int) -> None:
    """To one external ID, in one dress, for one who asks: whichever it is."""
    scene = ended()
    sts = Probing(scene.world, lambda sent: said if sent.number == number else None)
    ports = replace(scene.ports, sts=sts)
    with pytest.raises(Unavailable, match="aws-unreachable"):
        check_access_removed(ports, BY, "acme-prod")
    assert stored(scene) == OVER
    assert scene.story() == [
        "engagement.leave intended",
        "engagement.leave failed aws-unreachable",
    ]
    assert dict(scene.world.entries[-1].details) == {}


@pytest.mark.parametrize("number", range(8))
def test_one_that_lets_us_in_is_told_in_whatever_dress_it_does(number: int) -> None:
    scene = ended()
    said = {number: ProbeOutcome.ACCEPTED}
    sts = Probing(scene.world, lambda sent: said.get(sent.number, ProbeOutcome.UNKNOWN))
    ports = replace(scene.ports, sts=sts)
    assert check_access_removed(ports, BY, "acme-prod").access_removed_at is None
    assert dict(scene.world.entries[-1].details) == {"still_let_in": ROLE_ARN}
