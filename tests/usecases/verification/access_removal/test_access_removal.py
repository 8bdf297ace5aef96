"""After an engagement's end, every role must refuse every external ID of the engagement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    reopen_engagement,
)
from tests.builders import (
    AFTER,
    EXTERNAL_ID,
    ROLE_ARN,
    a_role,
    an_engagement,
)
from tests.fakes import NOON, FakeRole
from tests.rows import every
from tests.usecases.changes_table import Change, call
from tests.usecases.refusals import refusal_of
from tests.usecases.telling import Telling
from tests.usecases.verification.access_removal.ended_engagement import (
    ENDED,
    NEXT,
    PREVIOUS,
    ROTATING,
    check_access,
    ended,
    stored,
)

OLD_ARN = "arn:aws:iam::987654321098:role/OldRole"
DAY = timedelta(days=1)


ELSEWHERE = FakeRole("daypass-other", requires_external_id=False)
STILL = {OLD_ARN: FakeRole(EXTERNAL_ID)}
RETIRED = an_engagement(closed_at=NOON, retired_external_ids=("daypass-oldest",))
# An engagement, another role, and the roles that accept
SITUATIONS: dict[str, tuple[Engagement, list[Role], dict[str, FakeRole]]] = {
    "It is closed": (ENDED, [], {}),
    "It is revoked": (an_engagement(revoked_at=NOON), [], {}),
    "Its time is over": (an_engagement(ends_at=NOON), [], {}),
    "It has not ended": (an_engagement(), [], {}),
    "It has not begun": (an_engagement(starts_at=NOON + DAY), [], {}),
    "The role accepts": (ROTATING, [], {ROLE_ARN: FakeRole(EXTERNAL_ID)}),
    "The role accepts the next ID": (ROTATING, [], {ROLE_ARN: FakeRole(NEXT)}),
    "The role accepts the previous ID": (ROTATING, [], {ROLE_ARN: FakeRole(PREVIOUS)}),
    "The role accepts a retired ID": (RETIRED, [], {ROLE_ARN: FakeRole("daypass-oldest")}),
    "The role needs no ID": (ROTATING, [], {ROLE_ARN: ELSEWHERE}),
    "An ended role accepts": (ENDED, [a_role("old", arn=OLD_ARN, ended_at=NOON - DAY)], STILL),
    "A former ARN accepts": (ENDED, [a_role(former_arns=(OLD_ARN,))], STILL),
    "A second role accepts": (ENDED, [a_role("second", arn=OLD_ARN)], STILL),
}


@pytest.mark.golden
def test_each_check_of_an_ended_engagement_is_as_the_file_says() -> None:
    story = Telling()
    for title, (engagement, others, accepting) in SITUATIONS.items():
        scene = story.begin(title, ended(engagement, *others, roles=dict(accepting)))
        story.do(check_access, scene)
        if others:
            scene.world.roles.pop(OLD_ARN)
        story.do(check_access, scene)
        assert ("probe" in scene.world.steps) is ("has not" not in title)
    scene = story.begin("It has no roles", ended(ENDED))
    for key in [key for key, item in scene.world.items.items() if isinstance(item, Role)]:
        del scene.world.items[key]
    story.do(check_access, scene)
    for is_confirmed, accepting in product((False, None), ({}, {ROLE_ARN: FakeRole(EXTERNAL_ID)})):
        title = f"Daypass's own permission: {is_confirmed}. Roles that accept: {len(accepting)}"
        scene = story.begin(title, ended(ENDED, a_role("old", arn=OLD_ARN), roles=accepting))
        scene.world.may_assume = is_confirmed
        story.do(check_access, scene)
    story.hold("verification/access-removal")


def test_no_probe_is_sent_before_the_intent_is_recorded() -> None:
    scene = ended()
    scene.fails_at("record intended", Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        check_access(scene)
    assert "probe" not in scene.world.steps


@every(
    "meanwhile",
    [
        an_engagement(version=2),
        a_role(arn=OLD_ARN, version=2),
    ],
)
def test_a_change_during_the_check_prevents_the_statement(meanwhile: Any) -> None:
    scene = ended()
    scene.just_before("probe", lambda: scene.add(meanwhile))
    assert refusal_of(Conflict, check_access, scene) == "changed-meanwhile"
    assert stored(scene).access_removed_at is None


def test_a_failure_at_any_step_of_the_tables_prevents_the_statement() -> None:
    for number in range(20):
        scene, left = ended(), iter(range(number))

        def fail(step: str, left: Iterator[int] = left) -> None:
            if step != "probe" and next(left, None) is None:
                raise Unavailable(Reason.RECORDS_UNAVAILABLE)

        scene.world.before = fail
        try:
            check_access(scene)
        except Unavailable:
            assert stored(scene).access_removed_at is None
        else:
            assert number > 1  # the intent, and the statement
            return
    raise AssertionError("a check takes fewer steps than this")


LATER = {"starts_at": NOON + DAY, "ends_at": AFTER}


@every(
    "engagement, again",
    [
        (ENDED, call(reopen_engagement, "acme-prod", why="w")),
        (
            an_engagement(ends_at=NOON),
            call(change_engagement, "acme-prod", ChangeEngagement(ends_at=AFTER)),
        ),
        (
            an_engagement(ends_at=NOON),
            call(change_engagement, "acme-prod", ChangeEngagement(**LATER)),
        ),
    ],
)
def test_an_engagement_that_is_open_again_has_access_again(
    engagement: Engagement, again: Change
) -> None:
    scene = ended(engagement)
    check_access(scene)
    assert scene.do(again) == stored(scene)
    assert stored(scene).access_removed_at is None
