"""What is asked of the roles of an engagement that is over: every external ID, in every dress."""

from __future__ import annotations

from datetime import timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.verification.dress import DRESSES, Dress
from chalicelib.domain.verification.proof import Answer
from chalicelib.usecases.verification.closing_check import look_whether_shut
from tests.builders import EXTERNAL_ID, ROLE_ARN, a_role
from tests.usecases.verification.closing import (
    BY,
    FORMER,
    NEXT,
    OVER,
    ROTATING,
    ended,
    looked,
    stored,
)
from tests.usecases.verification.probing import Probing

OLD_ARN = "arn:aws:iam::987654321098:role/OldRole"
DAY = timedelta(days=1)


def tried(sts: Probing) -> list[tuple[str | None, Dress]]:
    return [(one.external_id, one.dress) for one in sts.sent]


def test_every_external_id_is_tried_once_in_each_dress_and_none_at_all() -> None:
    scene = ended(ROTATING)
    sts = Probing(scene.world)
    look_whether_shut(replace(scene.ports, sts=sts), BY, "acme-prod")
    ids = [EXTERNAL_ID, NEXT, FORMER, None]
    assert tried(sts) == [(one, dress) for one in ids for dress in DRESSES]
    assert {one.role_arn for one in sts.sent} == {ROLE_ARN}
    assert {one.asked.session_name for one in sts.sent} == {
        scene.world.entries[0].details["session_name"]
    }


def test_where_none_is_rotated_nothing_is_tried_twice() -> None:
    scene = ended()
    sts = Probing(scene.world)
    look_whether_shut(replace(scene.ports, sts=sts), BY, "acme-prod")
    assert tried(sts) == [(one, dress) for one in (EXTERNAL_ID, None) for dress in DRESSES]


def test_two_names_of_one_role_are_tried_as_one() -> None:
    scene = ended(OVER, a_role("again"))
    assert scene.world.steps == []
    looked(scene)
    assert scene.world.steps.count("probe") == 2 * len(DRESSES)


@pytest.mark.parametrize("number", range(8))
@pytest.mark.parametrize("said", [Answer.UNKNOWN, Answer.REGION_DISABLED, Answer.TOO_LONG])
def test_what_aws_does_not_say_proves_nothing(said: Answer, number: int) -> None:
    """To one external ID, in one dress: whichever it is."""
    scene = ended()
    sts = Probing(scene.world, lambda sent: said if sent.number == number else None)
    ports = replace(scene.ports, sts=sts)
    with pytest.raises(Unavailable, match="aws-unreachable"):
        look_whether_shut(ports, BY, "acme-prod")
    assert stored(scene) == OVER
    assert scene.story() == [
        "engagement.leave intended",
        "engagement.leave failed aws-unreachable",
    ]
    assert dict(scene.world.entries[-1].details) == {}


@pytest.mark.parametrize("number", range(8))
def test_one_that_lets_us_in_is_told_in_whatever_dress_it_does(number: int) -> None:
    scene = ended()
    said = {number: Answer.LET_IN}
    sts = Probing(scene.world, lambda sent: said.get(sent.number, Answer.UNKNOWN))
    ports = replace(scene.ports, sts=sts)
    assert look_whether_shut(ports, BY, "acme-prod").left_at is None
    assert dict(scene.world.entries[-1].details) == {"still_let_in": ROLE_ARN}
