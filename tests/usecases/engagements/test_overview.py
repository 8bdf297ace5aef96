"""The job for the overview, and the items that it stores."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.overview import Overview, OverviewRow
from chalicelib.domain.engagements.reviews import find_user
from chalicelib.domain.engagements.unused import DayUses, UnusedGrants
from chalicelib.domain.errors import AwsRefused
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.verification.proof import Check
from chalicelib.usecases.engagements.day_uses import UsesSearch, search_uses
from chalicelib.usecases.engagements.overview import (
    OverviewEnd,
    OverviewSummary,
    OverviewTookTooLong,
    make_overview,
)
from tests.builders import (
    AFTER,
    BEFORE,
    NOON,
    Scene,
    a_grant,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
    an_intent,
    results,
)
from tests.rows import every
from tests.usecases.refusals import refusal_of
from tests.usecases.verification.sweep.sweeps import countdown

DAY = timedelta(days=1)
SOON = NOON + 3 * DAY
REQUEST = SessionRequest(role="readonly", duration=900)


def run(scene: Scene, *, time_left: Callable[[], float] = lambda: 600.0) -> OverviewSummary:
    return make_overview(scene.ports, time_left=time_left)


def with_ends() -> Scene:
    """Return a scene in which something of each kind ends in three days, and a check failed."""
    scene = a_scene()
    failed = a_verification(results=results(Check.RIGHT_ID))
    scene.add(
        an_engagement("soon", ends_at=SOON),
        a_role("failing", verification=failed),
        a_role("expiring", requested_ends=(SOON, AFTER), verification=a_verification()),
        a_grant("bob", ends_at=SOON),
    )
    return scene


def test_a_run_returns_the_numbers_of_what_it_read_and_stores_an_overview() -> None:
    scene = a_scene()
    assert run(scene) == OverviewSummary(engagements=2, roles=2, members=4, days=90)
    assert scene.get(Overview) == Overview(taken_at=NOON)


def test_an_overview_lists_what_ends_soon_and_what_failed() -> None:
    scene = with_ends()
    run(scene)
    overview = scene.get(Overview)
    ending = [(row.engagement, row.member, row.role, row.at) for row in overview.ending]
    assert sorted(ending, key=str) == [
        ("acme-prod", "bob", None, SOON),
        ("acme-prod", None, "expiring", SOON),
        ("soon", None, None, SOON),
    ]
    failed = OverviewRow(engagement="acme-prod", client="Acme", role="failing", at=BEFORE)
    assert overview.failed == (failed,)
    assert (overview.ending_count, overview.failed_count) == (3, 1)


def test_an_overview_has_nothing_of_what_is_over() -> None:
    scene = with_ends()
    scene.add(an_engagement(closed_at=BEFORE), an_engagement("soon", closed_at=BEFORE))
    run(scene)
    assert scene.get(Overview) == Overview(taken_at=NOON)
    scene = with_ends()
    failed = a_verification(results=results(Check.RIGHT_ID))
    scene.add(
        an_engagement("soon", ends_at=NOON),
        a_role("failing", verification=failed, ended_at=BEFORE),
        a_role("expiring", requested_ends=(SOON, AFTER), ended_at=BEFORE),
        a_grant("bob", ends_at=SOON, revoked_at=BEFORE),
    )
    run(scene)
    assert scene.get(Overview) == Overview(taken_at=NOON)


def test_a_list_has_the_earliest_ends_and_the_counts_have_all() -> None:
    scene = a_scene()
    ends = {f"e-{n:03}": NOON + timedelta(hours=1 + n) for n in range(205)}
    scene.add(*(an_engagement(name, ends_at=end) for name, end in ends.items()))
    run(scene)
    overview = scene.get(Overview)
    assert overview.ending_count == 205
    assert [row.engagement for row in overview.ending] == list(ends)[:200]


def test_a_run_without_time_leaves_the_last_overview_in_place() -> None:
    scene = a_scene()
    run(scene)
    first = scene.get(Overview)
    scene.later(hours=1)
    for left in (countdown(59.0), countdown(600.0, 59.0), countdown(*[600.0] * 5, 59.0)):
        with pytest.raises(OverviewTookTooLong):
            run(scene, time_left=left)
    assert scene.get(Overview) == first


def test_two_runs_at_once_leave_one_overview() -> None:
    scene = a_scene()
    scene.just_before("save", lambda: run(scene))
    summary = run(scene)
    assert summary.ended is OverviewEnd.ANOTHER_RUN
    assert scene.get(Overview).version == 1


def vend_some(scene: Scene, *members: str) -> None:
    for member in members:
        engagement = {"alice": "acme-prod", "bob": "globex"}[member]
        scene.vend(member, engagement, REQUEST)
        scene.later(milliseconds=1)


def search(scene: Scene) -> UsesSearch:
    return search_uses(scene.ports, scene.ports.now(), lambda: True)


def test_a_use_is_the_last_session_that_was_handed_over() -> None:
    scene = a_scene()
    vend_some(scene, "alice", "bob", "alice")
    scene.later(seconds=5)
    scene.world.roles.clear()  # AWS refuses
    assert refusal_of(AwsRefused, vend_some, scene, "alice") == "role-refused-daypass"
    assert search(scene) == UsesSearch(
        searched_from=datetime(2026, 8, 27, tzinfo=UTC),
        uses={("acme-prod", "alice"): NOON, ("globex", "bob"): NOON},
        days_read=90,
        is_complete=True,
    )


def test_a_day_is_read_again_until_it_is_finished() -> None:
    scene = a_scene()
    run(scene)
    vend_some(scene, "alice")
    scene.later(hours=11, minutes=59)
    vend_some(scene, "alice")
    last = scene.ports.now()
    scene.world.clock = NOON + timedelta(hours=12, minutes=59)
    assert run(scene).days == 2  # yesterday is not finished yet
    scene.world.clock = NOON + timedelta(hours=13)
    assert run(scene).days == 2
    assert scene.get(DayUses, "2026-11-24").is_finished
    scene.entries.clear()
    again = search(scene)
    assert (again.days_read, again.is_complete) == (1, True)
    assert again.uses == {("acme-prod", "alice"): last.replace(microsecond=0)}


def test_a_run_reads_as_many_days_as_it_has_time_for_and_the_next_continues() -> None:
    scene = a_scene()
    old_grants(scene)
    # The walk asks three times, and each of the five members once; then each page of a day asks.
    summary = run(scene, time_left=countdown(*[600.0] * (3 + 5 + 10), 10.0))
    assert (summary.days, summary.ended) == (10, OverviewEnd.OUT_OF_TIME)
    assert unused_of(scene) == [], "it claims only what it searched"
    assert run(scene).days == 81  # today again
    assert len(unused_of(scene)) == 3


def test_a_busy_day_is_read_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.usecases.engagements.day_uses._PAGE_SIZE", 2)
    scene = a_scene()
    vend_some(scene, *["alice"] * 5, *["bob"] * 2)
    assert len(search(scene).uses) == 2


def old_grants(scene: Scene) -> None:
    """Let the grants of the scene be 60 days old, and end in a year, as the engagements do."""
    old, end = NOON - 60 * DAY, NOON + 365 * DAY
    for grant in scene.find(Grant, where=lambda _: True):
        scene.add(replace(grant, created_at=old, starts_at=old, ends_at=end))
    for engagement in scene.find(Engagement, where=lambda _: True):
        scene.add(replace(engagement, ends_at=end))


def unused_of(scene: Scene) -> list[tuple[str, str]]:
    unused = scene.get(UnusedGrants)
    assert unused.count == len(unused.rows)
    return [(row.engagement, row.member) for row in unused.rows]


def test_a_grant_without_a_session_for_thirty_days_is_listed_as_unused() -> None:
    scene = a_scene()
    old_grants(scene)
    vend_some(scene, "alice")
    run(scene)
    assert unused_of(scene) == [("acme-prod", "sam"), ("globex", "bob")]
    scene.later(days=29)
    run(scene)
    assert ("acme-prod", "alice") not in unused_of(scene)
    scene.later(days=1)
    run(scene)
    assert ("acme-prod", "alice") in unused_of(scene)


def test_too_many_uses_for_a_day_make_no_grant_unused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.domain.engagements.unused.MAX_CHARACTERS", 2)
    scene = a_scene()
    old_grants(scene)
    vend_some(scene, "alice")
    scene.later(days=1)
    run(scene)
    assert unused_of(scene) == []
    assert run(scene).days == 1, "the finished day is not read again"


@every("later", [timedelta(hours=1), timedelta(hours=13)])
def test_a_day_that_an_earlier_run_read_before_its_end_counts_as_not_searched(
    later: timedelta,
) -> None:
    scene = a_scene()
    old_grants(scene)
    run(scene)
    assert ("acme-prod", "alice") in unused_of(scene)
    scene.later(minutes=5)
    vend_some(scene, "alice")
    scene.world.clock = NOON + later
    run(scene, time_left=countdown(*[600.0] * (3 + 5), 10.0))
    assert unused_of(scene) == []
    run(scene)
    assert unused_of(scene) == [("acme-prod", "sam"), ("globex", "bob")]


def test_a_session_that_a_lead_gave_to_another_is_the_others_use() -> None:
    entry = replace(an_intent("lena"), subject="alice")
    assert (find_user(entry), find_user(an_intent("alice"))) == ("alice", "alice")
