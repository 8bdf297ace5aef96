"""The job for the overview, and the items that it stores."""

import json
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from chalicelib.adapters.dynamodb.keys import build_body, parse_body
from chalicelib.domain.engagements.approved_grants import EmergencyLock
from chalicelib.domain.engagements.engagements import Engagement, Grant
from chalicelib.domain.engagements.overview import Overview
from chalicelib.domain.engagements.reviews import find_user
from chalicelib.domain.engagements.unused import DayUses, UnusedGrants
from chalicelib.domain.errors import AwsRefused
from chalicelib.usecases.engagements.daily_uses import UsesSearch, search_uses
from chalicelib.usecases.engagements.overview import OverviewTookTooLong, make_overview
from tests.builders import (
    AFTER,
    BEFORE,
    NOON,
    a_block,
    a_grant,
    a_request_id,
    a_role,
    a_scene,
    a_verification,
    an_engagement,
    an_intent,
    results,
)
from tests.fakes import DAY, HOUR
from tests.golden import WholeText
from tests.rows import every
from tests.usecases.refusals import refusal_of
from tests.usecases.telling import as_json, lines_of
from tests.usecases.verification.sweep.sweeps import countdown

SOON = NOON + 3 * DAY


def run(scene, *, time_left=lambda: 600.0):
    return make_overview(scene.ports, time_left=time_left)


FAILED = a_verification(results=results("right-external-id"))
ENDS = [
    an_engagement("soon", ends_at=SOON),
    a_role("failing", verification=FAILED),
    a_role("expiring", requested_ends=(SOON, AFTER), verification=a_verification()),
    a_grant("bob", ends_at=SOON),
]
BLOCKS = a_block("acme-prod"), a_block("globex", lifted_at=NOON), a_block()
SITUATIONS = {
    "Nothing ends soon": [],
    "Something of each kind ends in three days, and a check failed": ENDS,
    "Their engagements are closed": [
        *ENDS, an_engagement(closed_at=BEFORE), an_engagement("soon", closed_at=BEFORE),
    ],
    "They are over themselves": [
        an_engagement("soon", ends_at=NOON),
        a_role("failing", verification=FAILED, ended_at=BEFORE),
        a_role("expiring", requested_ends=(SOON, AFTER), ended_at=BEFORE),
        a_grant("bob", ends_at=SOON, revoked_at=BEFORE),
    ],
    "Pauses, and unconfirmed emergencies": [
        *BLOCKS, EmergencyLock(member="alice", request=a_request_id()), EmergencyLock(member="bob"),
    ],
}  # fmt: skip


def shown(scene):
    """Run the job, and return what it answers and stores, with the uses of two days."""
    days = (scene.get(DayUses, day) for day in ("2026-11-24", "2026-11-25"))
    parts = [run(scene), scene.get(Overview), scene.get(UnusedGrants), *filter(None, days)]
    assert parse_body(Overview, build_body(parts[1])) == parts[1]
    lines = (lines_of(type(part).__name__, as_json(part)) for part in parts)
    return "\n".join(line for each in lines for line in each)


def test_what_runs_list_is_as_the_file_says():
    story = WholeText()

    def write(title, scene):
        story.write([f"=== {title}"], shown(scene), key=shown)

    for title, items in SITUATIONS.items():
        write(title, a_scene(*items))
    scene = with_old_grants()
    vend_some(scene, "alice")
    for days in (0, 29, 1):
        scene.later(days=days)
        write(f"{days} days later, of grants without a session", scene)
    scene = a_scene()
    for hours in (0, 11.983, 1, 0.017):
        scene.later(hours=hours)
        write(f"{hours} hours later, after a session", scene)
        vend_some(scene, "alice")
    story.hold("engagements/overview")


def test_a_list_has_the_earliest_ends_and_the_counts_have_all():
    scene = a_scene()
    ends = {f"e-{n:03}": NOON + (1 + n) * HOUR for n in range(205)}
    scene.add(*(an_engagement(name, ends_at=end) for name, end in ends.items()))
    run(scene)
    overview = scene.get(Overview)
    assert overview.counts == {"ending": 205}
    assert [row.engagement for row in overview.rows] == list(ends)[:200]


def test_a_run_without_time_leaves_the_last_overview_in_place():
    scene = a_scene()
    run(scene)
    first = scene.get(Overview)
    scene.later(hours=1)
    for left in (countdown(59.0), countdown(600.0, 59.0), countdown(*[600.0] * 5, 59.0)):
        with pytest.raises(OverviewTookTooLong):
            run(scene, time_left=left)
    assert scene.get(Overview) == first


def test_two_runs_at_once_leave_one_overview():
    scene = a_scene()
    scene.just_before("save", lambda: run(scene))
    summary = run(scene)
    assert summary.ended == "another-run"
    assert scene.get(Overview).version == 1


def vend_some(scene, *members):
    for member in members:
        engagement = {"alice": "acme-prod", "bob": "globex"}[member]
        scene.vend(member, engagement, duration=900)
        scene.later(milliseconds=1)


def search(scene):
    return search_uses(scene.ports, scene.ports.now(), lambda: True)


def test_a_use_is_the_last_session_that_was_handed_over():
    scene = a_scene()
    vend_some(scene, "alice", "bob", "alice")
    scene.later(seconds=5)
    scene.world.roles.clear()  # AWS refuses
    assert refusal_of(AwsRefused, vend_some, scene, "alice") == "role-refused-daypass"
    assert search(scene) == UsesSearch(
        searched_from=datetime(2026, 8, 27, tzinfo=UTC),
        uses={("acme-prod", "alice"): NOON, ("globex", "bob"): NOON},
        weekly=json.dumps({"acme-prod": [*[0] * 11, 2], "globex": [*[0] * 11, 1]}).replace(" ", ""),
        days_read=90,
        is_complete=True,
    )


def test_a_run_reads_as_many_days_as_it_has_time_for_and_the_next_continues():
    scene = with_old_grants()
    # The walk asks three times, and each of the five members once; then each page of a day asks.
    summary = run(scene, time_left=countdown(*[600.0] * (3 + 5 + 10), 10.0))
    assert (summary.days, summary.ended) == (10, "out-of-time")
    assert unused_of(scene) == [], "it claims only what it searched"
    assert run(scene).days == 81  # today again
    assert len(unused_of(scene)) == 3


def test_a_busy_day_is_read_in_pages(monkeypatch):
    monkeypatch.setattr("chalicelib.usecases.engagements.daily_uses._PAGE_SIZE", 2)
    scene = a_scene()
    vend_some(scene, *["alice"] * 5, *["bob"] * 2)
    assert len(search(scene).uses) == 2


def with_old_grants():
    """Return a scene whose grants are 60 days old, and end in a year, as the engagements do."""
    scene = a_scene()
    old, end = NOON - 60 * DAY, NOON + 365 * DAY
    for grant in scene.find(Grant):
        scene.add(replace(grant, created_at=old, starts_at=old, ends_at=end))
    for engagement in scene.find(Engagement):
        scene.add(replace(engagement, ends_at=end))
    return scene


def unused_of(scene):
    unused = scene.get(UnusedGrants)
    assert unused.count == len(unused.rows)
    return [(row.engagement, row.member) for row in unused.rows]


def test_too_many_uses_for_a_day_make_no_grant_unused(monkeypatch):
    monkeypatch.setattr("chalicelib.domain.engagements.unused.MAX_CHARACTERS", 2)
    scene = with_old_grants()
    vend_some(scene, "alice")
    scene.later(days=1)
    run(scene)
    assert unused_of(scene) == []
    assert run(scene).days == 1, "the finished day is not read again"


@every("later", [HOUR, 13 * HOUR])
def test_a_day_that_an_earlier_run_read_before_its_end_counts_as_not_searched(later):
    scene = with_old_grants()
    run(scene)
    assert ("acme-prod", "alice") in unused_of(scene)
    scene.later(minutes=5)
    vend_some(scene, "alice")
    scene.world.clock = NOON + later
    run(scene, time_left=countdown(*[600.0] * (3 + 5), 10.0))
    assert unused_of(scene) == []
    run(scene)
    assert unused_of(scene) == [("acme-prod", "sam"), ("globex", "bob")]


def test_a_session_that_a_lead_gave_to_another_is_the_others_use():
    entry = replace(an_intent("lena"), subject="alice")
    assert (find_user(entry), find_user(an_intent("alice"))) == ("alice", "alice")
