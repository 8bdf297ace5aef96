"""After an engagement's end, every role must refuse every external ID of the engagement."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Outcome
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


@every(
    "ended_engagement",
    [
        ENDED,
        an_engagement(revoked_at=NOON),
        an_engagement(ends_at=NOON),
    ],
)
def test_access_is_removed_if_every_role_refuses(ended_engagement: Engagement) -> None:
    scene = ended(ended_engagement)
    removed = check_access(scene)
    assert removed == replace(ended_engagement, access_removed_at=NOON, version=2)
    assert stored(scene) == removed


@every("engagement", [an_engagement(), an_engagement(starts_at=NOON + DAY)])
def test_an_engagement_that_has_not_ended_is_not_checked(engagement: Engagement) -> None:
    scene = ended(engagement)
    assert refusal_of(Conflict, check_access, scene) == "not-ended"
    assert scene.world.steps == []


def test_an_engagement_without_roles_gets_no_statement() -> None:
    scene = ended(ENDED)
    for key in [key for key, item in scene.world.items.items() if isinstance(item, Role)]:
        del scene.world.items[key]
    assert (check_access(scene), scene.entries) == (ENDED, [])


@every(
    "trust",
    [
        FakeRole(EXTERNAL_ID),
        FakeRole(NEXT),
        FakeRole(PREVIOUS),
        FakeRole("daypass-other", requires_external_id=False),
    ],
)
def test_a_role_that_still_accepts_is_recorded(trust: FakeRole) -> None:
    scene = ended(ROTATING, roles={ROLE_ARN: trust})
    assert check_access(scene) == ROTATING
    assert stored(scene) == ROTATING
    assert scene.story() == ["engagement.leave intended", "engagement.leave refused"]
    assert dict(scene.last_entry.details) == {"still_let_in": ROLE_ARN}


@every(
    "role",
    [
        a_role("old", arn=OLD_ARN, ended_at=NOON - DAY),
        a_role(former_arns=(OLD_ARN,)),
        a_role("second", arn=OLD_ARN),
    ],
)
def test_ended_roles_and_previous_arns_are_checked_too(role: Role) -> None:
    scene = ended(ENDED, role, roles={OLD_ARN: FakeRole(EXTERNAL_ID)})
    assert check_access(scene).access_removed_at is None
    assert scene.entries[0].details["role_arns"] == f"{ROLE_ARN} {OLD_ARN}"
    assert dict(scene.entries[1].details) == {"still_let_in": OLD_ARN}
    scene.world.roles.pop(OLD_ARN)
    assert check_access(scene).access_removed_at == NOON
    assert scene.last_entry.details["refused_by"] == f"{ROLE_ARN} {OLD_ARN}"


def test_a_refusal_proves_nothing_without_daypass_own_permission() -> None:
    scene = ended(ENDED, a_role("old", arn=OLD_ARN))
    scene.world.may_assume = False
    assert refusal_of(Unavailable, check_access, scene) == "aws-unreachable"
    assert stored(scene) == ENDED
    failed = scene.last_entry
    assert (failed.outcome, failed.reason) == (Outcome.FAILED, Reason.AWS_UNREACHABLE)
    assert dict(failed.details) == {"not_permitted_to_ask": f"{ROLE_ARN} {OLD_ARN}"}


def test_an_acceptance_counts_whatever_the_simulator_says() -> None:
    scene = ended(roles={ROLE_ARN: FakeRole(EXTERNAL_ID)})
    scene.world.may_assume = False
    assert check_access(scene).access_removed_at is None
    assert dict(scene.last_entry.details) == {"still_let_in": ROLE_ARN}


def test_no_probe_is_sent_before_the_intent_is_recorded() -> None:
    scene = ended()
    scene.fails_at("record intended", Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        check_access(scene)
    assert "probe" not in scene.world.steps


def test_a_stated_removal_is_not_checked_again() -> None:
    scene = ended()
    check_access(scene)
    scene.later(days=1)
    story = scene.story()
    scene.world.steps.clear()
    assert check_access(scene).access_removed_at == NOON
    assert (scene.world.steps, scene.story()) == ([], story)


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


def test_retired_external_ids_are_tried_too() -> None:
    """A role that ended before the rotation may still accept it."""
    engagement = an_engagement(closed_at=NOON, retired_external_ids=("daypass-oldest",))
    scene = ended(engagement, roles={ROLE_ARN: FakeRole("daypass-oldest")})
    assert check_access(scene).access_removed_at is None


def test_the_statement_names_roles_whose_refusal_daypass_may_have_caused() -> None:
    scene = ended()
    scene.world.may_assume = None
    check_access(scene)
    assert scene.last_entry.details["our_permission_not_confirmed"] == ROLE_ARN
    confirmed = ended()
    check_access(confirmed)
    assert "our_permission_not_confirmed" not in confirmed.world.entries[-1].details
