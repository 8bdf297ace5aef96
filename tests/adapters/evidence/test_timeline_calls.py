"""Each page of the timeline costs few calls: counted on DynamoDB."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.evidence.timeline import Show
from chalicelib.domain.trail import Outcome, TrailQuery
from chalicelib.domain.vending.intents import build_outcome_entry
from chalicelib.usecases.evidence.timeline import read_timeline
from tests.adapters.dynamodb.listing import recorded_calls
from tests.adapters.scene import Aws
from tests.builders import an_intent
from tests.rows import every

MOST_CALLS = 5
"""Two or three more authenticate the request, and two suggest what a person can type."""
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def busy(crowd: Aws) -> TrailQuery:
    """Return the query of a year in which each of the latest days has many vends."""
    now = crowd.ports.now()
    for number in range(90):
        at = now - number * timedelta(hours=3)
        intent = an_intent("b-1", f"b{number:015x}", at=at, engagement="much-used")
        crowd.ports.trail.record(intent)
        crowd.ports.trail.put_outcome(intent, build_outcome_entry(intent, Outcome.ISSUED, at=at))
    return TrailQuery(since=now - 365 * DAY, until=now + DAY)


@every("show", [Show.EVERYTHING, Show.SESSIONS, Show.REFUSED])
@every("engagement, member", [("", ""), ("much-used", ""), ("", "b-1"), ("much-used", "b-1")])
def test_each_page_of_the_trail_costs_few_calls(
    crowd: Aws, dynamodb: Any, busy: TrailQuery, engagement: str, member: str, show: Show
) -> None:
    selected = replace(busy, engagement=engagement, member=member)
    cursor, entries = "", []
    for _ in range(8):
        with recorded_calls(dynamodb) as calls:
            page = read_timeline(crowd.ports, replace(selected, cursor=cursor), show)
        assert len(calls) <= MOST_CALLS, [operation for operation, _ in calls]
        entries += [entry for event in page.events for entry in event.entries]
        of_test = [event for event in page.events if event.first.engagement == "much-used"]
        assert not any(event.is_open for event in of_test)
        cursor = page.cursor
        if not cursor:
            break
    assert len({entry.position for entry in entries}) == len(entries)
    if show is not Show.REFUSED and (engagement or member):
        assert len(entries) == 180
