"""The overview on DynamoDB: what a run stores, and the calls that a page costs."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.intents import build_outcome_entry
from chalicelib.domain.web.access_edges import EdgeFilter
from chalicelib.domain.web.overview.days import (
    AccessDay,
    DayPart,
    DaySessions,
    EngagementAccess,
    MemberAccess,
    split_access,
)
from chalicelib.domain.web.overview.overview import Overview
from chalicelib.usecases.web.overview.days import list_days
from chalicelib.usecases.web.overview.job import make_overview
from chalicelib.usecases.web.overview.records import (
    find_recorded_days,
    read_rows_of_days,
    read_sessions_per_day,
)
from chalicelib.usecases.web.pictures import read_access_comparison
from tests.adapters.dynamodb.listing import recorded_calls
from tests.adapters.scene import Aws, Kit, put
from tests.builders import a_grant, a_member, a_role, a_verification, an_engagement, an_intent
from tests.fakes import World

GRANTS = 300


@pytest.fixture(params=["fake", "real"])
def kit(request: pytest.FixtureRequest) -> Kit:
    if request.param == "fake":
        return Kit(World().ports(), lambda *_: "")
    return Kit(request.getfixturevalue("crowd").ports, lambda *_: "")


def test_a_run_stores_the_access_and_the_sessions_of_the_day(kit: Kit, name: str) -> None:
    now = kit.ports.now()
    dates = {"starts_at": now - timedelta(days=1), "ends_at": now + timedelta(days=40)}
    check = a_verification(external_id=f"daypass-{name}")
    put(
        kit,
        name,
        a_member(name),
        an_engagement(name, external_id=f"daypass-{name}", client="Ümlaut & Söhne", **dates),
        a_role(engagement=name, verification=check),
        a_grant(name, engagement=name, **dates),
    )
    for number, outcome in enumerate((Outcome.ISSUED, Outcome.ISSUED, Outcome.WITHHELD)):
        intent = an_intent(name, f"{name}{number}", engagement=name, at=now)
        kit.ports.trail.record(intent)
        kit.ports.trail.put_outcome(intent, build_outcome_entry(intent, outcome, at=now))

    for _ in range(2):  # the second run replaces the first one's items
        make_overview(kit.ports, time_left=lambda: 600.0)

    overview = kit.ports.state.get(Overview)
    assert overview is not None
    assert overview.version >= 2
    days = find_recorded_days(kit.ports, [now.date()])
    record = read_rows_of_days(kit.ports, days).get(now.date())
    assert record is not None
    (row,) = [row for row in record.rows if row.engagement == name]
    engagement = kit.ports.state.get(Engagement, name)
    assert engagement is not None
    access = MemberAccess(name, engagement.ends_at, ("readonly",))
    assert row == EngagementAccess(name, "Ümlaut & Söhne", (access,))
    assert read_sessions_per_day(kit.ports, [now.date()])[now.date()].total >= 2


@pytest.fixture
def many_grants(crowd: Aws, monkeypatch: pytest.MonkeyPatch) -> Aws:
    """Store two days with the access of 300 grants, in the year 2001: in ten parts and more, as
    30,000 grants are in parts of the usual size."""
    monkeypatch.setattr("chalicelib.domain.web.overview.days.MAX_PART_CHARACTERS", 2_500)
    now = crowd.ports.now()
    members = tuple(
        MemberAccess(f"member-{n}", now, ("readonly", "deploy"), ("admin",)) for n in range(3)
    )
    rows = [EngagementAccess(f"e-{n:05}", "Client", members) for n in range(GRANTS // 3)]
    texts = list(split_access(rows))
    assert len(texts) >= 10
    for day in ("2001-01-01", "2001-01-02"):
        for number, text in enumerate(texts):
            part = DayPart(day=day, part=f"a-{number}", taken_at=now, text=text)
            crowd.ports.state.save(part)
        crowd.ports.state.save(AccessDay(day=day, taken_at=now, letter="a", parts=len(texts)))
    return crowd


def test_each_reader_takes_three_calls_at_most(many_grants: Aws, dynamodb: Any) -> None:
    ports = many_grants.ports
    days = [list_days(ports.now())[0].replace(year=2001, month=1, day=day) for day in (1, 2)]
    with recorded_calls(dynamodb) as calls:
        access = read_rows_of_days(ports, find_recorded_days(ports, days))
    assert Counter(call for call, _ in calls) == {"BatchGetItem": 2}
    assert [sum(len(row.members) for row in access[day].rows) for day in days] == [GRANTS] * 2

    with recorded_calls(dynamodb) as calls:
        page = read_access_comparison(ports, EdgeFilter(), day=days[1])
    assert Counter(call for call, _ in calls) == {"BatchGetItem": 2}
    assert (page.edge_count, len(page.edges)) == (3 * GRANTS, 60)

    with recorded_calls(dynamodb) as calls:
        read_sessions_per_day(ports, list_days(ports.now()))
    assert Counter(call for call, _ in calls) == {"BatchGetItem": 1}


def test_a_finished_day_is_never_read_again(crowd: Aws, dynamodb: Any) -> None:
    ports = crowd.ports
    make_overview(ports, time_left=lambda: 600.0)
    finished = [
        day
        for day, sessions in read_sessions_per_day(ports, list_days(ports.now())).items()
        if sessions.is_finished
    ]
    assert len(finished) >= 88
    with recorded_calls(dynamodb) as calls:
        make_overview(ports, time_left=lambda: 600.0)
    read = {
        sent["ExpressionAttributeValues"][":key"]["S"]
        for call, sent in calls
        if call == "Query" and sent.get("IndexName") == "by-day"
    }
    assert not read & {day.isoformat() for day in finished}
    assert isinstance(ports.state.get(DaySessions, finished[0].isoformat()), DaySessions)
