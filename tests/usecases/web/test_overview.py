"""The job for the overview: the items that it stores, and the readers of these items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, timedelta

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.reviews import find_user
from chalicelib.domain.errors import AwsRefused, Unavailable
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.verification.proof import Check
from chalicelib.domain.web.overview.days import (
    AccessRecord,
    DayPart,
    DaySessions,
    EngagementAccess,
    MemberAccess,
)
from chalicelib.domain.web.overview.overview import FailedRole, Overview, OverviewCounts
from chalicelib.domain.web.overview.unused import UnusedGrants
from chalicelib.usecases.web.overview.days import list_days
from chalicelib.usecases.web.overview.job import OverviewEnd, OverviewSummary, make_overview
from chalicelib.usecases.web.overview.records import (
    find_recorded_days,
    read_last_uses,
    read_rows_of_days,
    read_sessions_per_day,
)
from chalicelib.usecases.web.overview.walk import OverviewTookTooLong
from tests.builders import (
    AFTER,
    BEFORE,
    NOON,
    Scene,
    a_grant,
    a_member,
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
from tests.usecases.web.unreadable import fail

TODAY = NOON.date()
DAY = timedelta(days=1)
SOON = NOON + 3 * DAY
REQUEST = SessionRequest(role="readonly", duration=900)
ACCESS = (
    EngagementAccess("acme-prod", "Acme", (MemberAccess("alice", AFTER, ("readonly",)),)),
    EngagementAccess("globex", "Globex", (MemberAccess("bob", AFTER, ("readonly",)),)),
)


def run(scene: Scene, *, time_left: Callable[[], float] = lambda: 600.0) -> OverviewSummary:
    return make_overview(scene.ports, time_left=time_left)


def read_access(scene: Scene, days: Iterable[date]) -> Mapping[date, AccessRecord]:
    return read_rows_of_days(scene.ports, find_recorded_days(scene.ports, days))


def record_of(scene: Scene) -> AccessRecord | None:
    return read_access(scene, [TODAY]).get(TODAY)


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


def test_before_the_first_run_there_is_nothing() -> None:
    scene = a_scene()
    assert scene.get(Overview) is None
    assert record_of(scene) is None
    assert read_sessions_per_day(scene.ports, [TODAY]) == {}


def test_a_run_stores_the_counts_and_the_access_of_the_day() -> None:
    scene = a_scene()
    assert run(scene) == OverviewSummary(engagements=2, roles=2, members=4, access=2, days=90)
    overview = scene.get(Overview)
    assert overview == Overview(
        taken_at=NOON,
        counts=OverviewCounts(
            engagements=2, roles=2, passed_roles=2, members=4, suspended_members=1, grants=2
        ),
    )
    record = record_of(scene)
    assert (record.taken_at, record.rows, record.left_out) == (NOON, ACCESS, 0)


def test_an_overview_lists_what_ends_soon_and_what_failed() -> None:
    scene = with_ends()
    run(scene)
    overview = scene.get(Overview)
    assert [row.engagement for row in overview.ending_engagements] == ["soon"]
    assert [(row.engagement, row.member) for row in overview.ending_grants] == [
        ("acme-prod", "bob")
    ]
    assert [(row.role, row.ends_at) for row in overview.ending_policies] == [("expiring", SOON)]
    assert overview.failed_roles == (
        FailedRole(engagement="acme-prod", client="Acme", role="failing", checked_at=BEFORE),
    )
    counts = overview.counts
    assert (counts.roles, counts.passed_roles, counts.failed_roles) == (4, 3, 1)
    assert (counts.ending_engagements, counts.ending_grants, counts.ending_policies) == (1, 1, 1)


def test_a_list_has_the_earliest_ends_and_the_counts_have_all() -> None:
    scene = a_scene()
    ends = {f"e-{n:03}": NOON + timedelta(hours=1 + n) for n in range(205)}
    scene.add(*(an_engagement(name, ends_at=end) for name, end in ends.items()))
    run(scene)
    overview = scene.get(Overview)
    assert overview.counts.ending_engagements == 205
    assert [row.engagement for row in overview.ending_engagements] == list(ends)[:200]


def test_each_day_keeps_the_access_of_its_last_run() -> None:
    scene = a_scene()
    run(scene)
    scene.later(hours=2)
    scene.add(a_grant("alice", revoked_at=NOON))
    run(scene)
    scene.later(days=1)
    scene.add(a_member("bob", suspended_at=NOON))
    run(scene)
    tomorrow = TODAY + DAY
    records = read_access(scene, [TODAY, tomorrow, TODAY - DAY])
    assert {day: record.rows for day, record in records.items()} == {
        TODAY: ACCESS[1:],
        tomorrow: (),
    }
    assert records[TODAY].taken_at == NOON + timedelta(hours=2)


def test_a_run_that_ends_early_leaves_the_last_record_readable() -> None:
    scene = a_scene()
    run(scene)
    scene.later(hours=1)
    scene.add(a_grant("alice", revoked_at=NOON))
    scene.just_before("save", fail, nth=2)
    with pytest.raises(Unavailable):
        run(scene)
    record = record_of(scene)
    assert (record.taken_at, record.rows) == (NOON, ACCESS)
    run(scene)
    assert record_of(scene).rows == ACCESS[1:]


def test_a_part_of_another_run_is_not_shown() -> None:
    scene = a_scene()
    run(scene)
    (part,) = scene.find(DayPart, where=lambda _: True)
    scene.add(replace(part, taken_at=NOON + DAY))
    assert record_of(scene) is None


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
    scene.just_before("save", lambda: run(scene), nth=2)
    summary = run(scene)
    assert summary.ended is OverviewEnd.ANOTHER_RUN
    assert record_of(scene).rows == ACCESS


def test_more_rows_than_a_day_can_hold_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.domain.web.overview.days.MAX_PART_CHARACTERS", 100)
    monkeypatch.setattr("chalicelib.usecases.web.overview.job.MAX_PARTS", 1)
    scene = a_scene()
    run(scene)
    record = record_of(scene)
    assert (record.rows, record.left_out) == (ACCESS[:1], 1)


def vend_some(scene: Scene, *members: str) -> None:
    for member in members:
        engagement = {"alice": "acme-prod", "bob": "globex"}[member]
        scene.vend(member, engagement, REQUEST)
        scene.later(milliseconds=1)


def sessions_of(scene: Scene, *days: date) -> list[dict[str, int] | None]:
    counted = read_sessions_per_day(scene.ports, days)
    return [dict(counted[day].sessions) if day in counted else None for day in days]


def test_sessions_that_were_handed_over_are_counted_by_day_and_engagement() -> None:
    scene = a_scene()
    vend_some(scene, "alice", "bob", "alice")
    scene.world.roles.clear()  # AWS refuses
    assert refusal_of(AwsRefused, vend_some, scene, "alice") == "role-refused-daypass"
    run(scene)
    assert sessions_of(scene, TODAY, TODAY - DAY) == [{"acme-prod": 2, "globex": 1}, {}]


def test_a_day_is_counted_again_until_it_is_finished() -> None:
    scene = a_scene()
    run(scene)
    vend_some(scene, "alice")
    scene.later(hours=11, minutes=59)
    vend_some(scene, "alice")
    scene.world.clock = NOON + timedelta(hours=12, minutes=59)
    assert run(scene).days == 2  # yesterday is not finished yet
    scene.world.clock = NOON + timedelta(hours=13)
    assert run(scene).days == 2
    assert run(scene).days == 1
    assert sessions_of(scene, TODAY) == [{"acme-prod": 2}]
    (day,) = scene.find(DaySessions, where=lambda day: day.day == "2026-11-24")
    assert day.is_finished


def test_a_run_counts_as_many_days_as_it_has_time_for_and_the_next_continues() -> None:
    scene = a_scene()
    # The walk asks three times, and each of the five members once; then each page of a day asks.
    summary = run(scene, time_left=countdown(*[600.0] * (3 + 5 + 10), 10.0))
    assert (summary.days, summary.ended) == (10, OverviewEnd.OUT_OF_TIME)
    assert run(scene).days == 81  # today again


def test_a_busy_day_is_read_in_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.usecases.web.overview.days._PAGE_SIZE", 2)
    scene = a_scene()
    vend_some(scene, *["alice"] * 5, *["bob"] * 2)
    run(scene)
    assert sessions_of(scene, TODAY) == [{"acme-prod": 5, "globex": 2}]


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


def test_the_last_uses_of_a_finished_day_come_from_its_parts() -> None:
    scene = a_scene()
    old_grants(scene)
    vend_some(scene, "alice", "alice", "bob")
    last = NOON + timedelta(milliseconds=1)
    scene.later(days=3)
    run(scene)
    scene.entries.clear()
    run(scene)
    uses = read_last_uses(scene.ports, list_days(scene.ports.now()), scene.ports.now())
    assert uses.searched_from == datetime(2026, 8, 30, tzinfo=UTC)
    assert uses.times["acme-prod", "alice"] == last
    assert set(uses.times) == {("acme-prod", "alice"), ("globex", "bob")}


def test_a_part_of_another_run_makes_the_day_not_searched() -> None:
    scene = a_scene()
    vend_some(scene, "alice")
    run(scene)
    (part,) = scene.find(DayPart, where=lambda part: part.part == "u-0")
    scene.add(replace(part, taken_at=NOON + DAY))
    assert read_last_uses(scene.ports, list_days(NOON), NOON).searched_from == NOON


def test_too_many_uses_for_a_day_make_no_grant_unused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("chalicelib.domain.web.overview.days.MAX_PARTS", 0)
    scene = a_scene()
    old_grants(scene)
    vend_some(scene, "alice")
    scene.later(days=1)
    run(scene)
    assert unused_of(scene) == []
    assert run(scene).days == 1, "the finished day is not counted again"


@every("later", [timedelta(hours=1), timedelta(hours=13)])
def test_a_day_that_an_earlier_run_counted_before_its_end_counts_as_not_searched(
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


def test_a_run_without_time_for_all_days_claims_only_what_it_searched() -> None:
    scene = a_scene()
    old_grants(scene)
    run(scene, time_left=countdown(*[600.0] * (3 + 5 + 10), 10.0))
    assert unused_of(scene) == []
    run(scene)
    assert len(unused_of(scene)) == 3


def stored_day(scene: Scene, day: date) -> DaySessions:
    return scene.get(DaySessions, day.isoformat())


def test_a_session_that_a_lead_gave_to_another_is_the_others_use() -> None:
    entry = replace(an_intent("lena"), subject="alice")
    assert (find_user(entry), find_user(an_intent("alice"))) == ("alice", "alice")
