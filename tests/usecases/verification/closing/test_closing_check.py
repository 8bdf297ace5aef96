"""Once an engagement is over, the client's roles should refuse us, whatever they know of us."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeEngagement, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import SCHEDULE, Action, Outcome
from chalicelib.usecases.engagements.engagements import (
    change_engagement,
    reopen_engagement,
)
from tests.builders import AFTER, EXTERNAL_ID, ROLE_ARN, a_role, an_engagement
from tests.fakes import NOON, FakeRole
from tests.usecases.verification.closing.closing import (
    FORMER,
    NEXT,
    OVER,
    ROTATING,
    ended,
    looked,
    stored,
)

OLD_ARN = "arn:aws:iam::987654321098:role/OldRole"
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    "over",
    [
        OVER,
        an_engagement(revoked_at=NOON),
        an_engagement(ends_at=NOON),
    ],
    ids=["closed", "revoked", "past its end"],
)
def test_where_every_role_refuses_us_we_have_left(over: Engagement) -> None:
    scene = ended(over)
    left = looked(scene)
    assert left == replace(over, access_removed_at=NOON, version=2)
    assert stored(scene) == left
    intent, done = scene.world.entries
    assert (intent.outcome, done.outcome) == (Outcome.INTENDED, Outcome.DONE)
    for entry in (intent, done):
        assert (entry.action, entry.actor) == (Action.ENGAGEMENT_LEAVE, SCHEDULE)
        assert (entry.engagement, entry.role, entry.subject) == ("acme-prod", "", "")
    names = intent.details["session_names"]
    assert dict(intent.details) == {"role_arns": ROLE_ARN, "session_names": names}
    own = "[0-9a-f]{16}"
    assert re.fullmatch(rf"[a-z]{{12}}\.{own} alice\.{own} sam\.{own}", names)
    assert dict(done.details) == {"refused_by": ROLE_ARN, "asked_as": "alice sam"}


@pytest.mark.parametrize(
    "place", [an_engagement(), an_engagement(starts_at=NOON + DAY)], ids=["open", "not begun"]
)
def test_an_engagement_that_is_not_over_is_not_looked_at(place: Engagement) -> None:
    scene = ended(place)
    with pytest.raises(Conflict, match="not-ended"):
        looked(scene)
    assert scene.world.steps == []


def test_of_one_that_never_had_a_role_nothing_is_stated() -> None:
    scene = ended(OVER)
    for key in [key for key, item in scene.world.items.items() if isinstance(item, Role)]:
        del scene.world.items[key]
    assert (looked(scene), scene.world.entries) == (OVER, [])


@pytest.mark.parametrize(
    "trust",
    [
        FakeRole(EXTERNAL_ID),
        FakeRole(NEXT),
        FakeRole(FORMER),
        FakeRole("daypass-other", demands_external_id=False),
    ],
    ids=["its external ID", "the next one", "the former one", "none at all"],
)
def test_a_role_that_still_lets_us_in_is_told_and_closes_nothing(trust: FakeRole) -> None:
    scene = ended(ROTATING, roles={ROLE_ARN: trust})
    assert looked(scene) == ROTATING
    assert stored(scene) == ROTATING
    assert scene.story() == ["engagement.leave intended", "engagement.leave refused"]
    assert dict(scene.world.entries[-1].details) == {"still_let_in": ROLE_ARN}


def test_a_role_that_ended_long_ago_counts_too() -> None:
    old = a_role("old", arn=OLD_ARN, ended_at=NOON - DAY)
    scene = ended(OVER, old, roles={OLD_ARN: FakeRole(EXTERNAL_ID)})
    assert looked(scene).access_removed_at is None
    assert scene.world.entries[0].details["role_arns"] == f"{ROLE_ARN} {OLD_ARN}"
    assert dict(scene.world.entries[1].details) == {"still_let_in": OLD_ARN}
    scene.world.roles.pop(OLD_ARN)
    assert looked(scene).access_removed_at == NOON
    assert scene.world.entries[-1].details["refused_by"] == f"{ROLE_ARN} {OLD_ARN}"


def test_all_that_let_us_in_are_told_and_no_others() -> None:
    arns = [f"arn:aws:iam::987654321098:role/R{n}" for n in range(3)]
    roles = [a_role(f"r{n}", arn=arn) for n, arn in enumerate(arns)]
    open_ones = {arn: FakeRole(EXTERNAL_ID) for arn in arns[:2]}
    scene = ended(OVER, *roles, roles=open_ones)
    looked(scene)
    assert scene.world.entries[-1].details["still_let_in"] == " ".join(arns[:2])


def test_a_refusal_says_nothing_if_we_ourselves_may_not_even_ask() -> None:
    scene = ended(OVER, a_role("old", arn=OLD_ARN))
    scene.world.may_ask = False
    with pytest.raises(Unavailable, match="aws-unreachable"):
        looked(scene)
    assert stored(scene) == OVER
    failed = scene.world.entries[-1]
    assert (failed.outcome, failed.reason) == (Outcome.FAILED, Reason.AWS_UNREACHABLE)
    assert dict(failed.details) == {"not_permitted_to_ask": f"{ROLE_ARN} {OLD_ARN}"}


def test_nor_is_what_lets_us_in_less_true_for_that() -> None:
    scene = ended(roles={ROLE_ARN: FakeRole(EXTERNAL_ID)})
    scene.world.may_ask = False
    assert looked(scene).access_removed_at is None
    assert dict(scene.world.entries[-1].details) == {"still_let_in": ROLE_ARN}


def test_no_probe_is_sent_that_is_not_on_record() -> None:
    scene = ended()
    scene.world.fails_at("record intended", Unavailable(Reason.RECORDS_UNAVAILABLE))
    with pytest.raises(Unavailable):
        looked(scene)
    assert "probe" not in scene.world.steps


def test_what_is_known_is_not_asked_again() -> None:
    scene = ended()
    looked(scene)
    scene.world.later(days=1)
    story = scene.story()
    scene.world.steps.clear()
    assert looked(scene).access_removed_at == NOON
    assert (scene.world.steps, scene.story()) == ([], story)


@pytest.mark.parametrize(
    "meanwhile",
    [
        an_engagement(version=2),
        a_role(arn=OLD_ARN, version=2),
    ],
    ids=["reopened", "role moved"],
)
def test_a_statement_about_what_has_changed_meanwhile_is_not_made(meanwhile: Any) -> None:
    scene = ended()
    scene.world.just_before("probe", lambda: scene.world.add(meanwhile))
    with pytest.raises(Conflict, match="changed-meanwhile"):
        looked(scene)
    assert stored(scene).access_removed_at is None


def test_who_reopens_it_has_not_left() -> None:
    scene = ended()
    looked(scene)
    place = reopen_engagement(scene.ports, scene.caller(), "acme-prod", why="w")
    assert place == stored(scene)
    assert place.access_removed_at is None


@pytest.mark.parametrize("dates", [{"ends_at": AFTER}, {"starts_at": NOON + DAY, "ends_at": AFTER}])
def test_nor_has_who_gives_it_new_dates(dates: dict[str, datetime]) -> None:
    scene = ended(an_engagement(ends_at=NOON))
    looked(scene)
    place = change_engagement(scene.ports, scene.caller(), "acme-prod", ChangeEngagement(**dates))
    assert place == stored(scene)
    assert place.access_removed_at is None


def test_what_a_role_named_before_counts_too() -> None:
    moved = a_role(former_arns=(OLD_ARN,))
    scene = ended(OVER, moved, roles={OLD_ARN: FakeRole(EXTERNAL_ID)})
    assert looked(scene).access_removed_at is None
    del scene.world.roles[OLD_ARN]
    assert looked(scene).access_removed_at == NOON


def test_an_external_id_that_was_retired_counts_too() -> None:
    """A role that was ended before the rotation may know it still."""
    place = an_engagement(closed_at=NOON, retired_external_ids=("daypass-oldest",))
    scene = ended(place, roles={ROLE_ARN: FakeRole("daypass-oldest")})
    assert looked(scene).access_removed_at is None


def test_the_statement_says_if_the_refusal_may_be_our_own_sides() -> None:
    scene = ended()
    scene.world.may_ask = None
    looked(scene)
    assert scene.world.entries[-1].details["our_permission_not_confirmed"] == ROLE_ARN
    confirmed = ended()
    looked(confirmed)
    assert "our_permission_not_confirmed" not in confirmed.world.entries[-1].details
