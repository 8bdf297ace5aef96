"""The overview on DynamoDB: what a run stores, and what a second run reads again."""

from collections import Counter
from datetime import timedelta

from chalicelib.domain.engagements.overview import Overview
from chalicelib.domain.engagements.unused import DayUses
from chalicelib.domain.trail import Outcome
from chalicelib.domain.vending.vends import build_outcome_entry
from chalicelib.usecases.engagements.overview import make_overview
from tests.adapters.dynamodb.listing import recorded_calls
from tests.builders import an_intent


def test_a_second_run_replaces_the_first_ones_items_and_reads_no_finished_day(
    crowd, dynamodb, name
):
    ports = crowd.ports
    now = ports.now()
    for number, outcome in enumerate((Outcome.ISSUED, Outcome.WITHHELD)):
        at = now - timedelta(hours=number)
        intent = an_intent(name, f"{name}{number}", engagement=name, at=at)
        ports.trail.record(intent)
        ports.trail.put_outcome(intent, build_outcome_entry(intent, outcome, at=at))
    make_overview(ports, time_left=lambda: 600.0)
    with recorded_calls(dynamodb) as calls:
        summary = make_overview(ports, time_left=lambda: 600.0)
    assert summary.days <= 2
    days = {
        sent["ExpressionAttributeValues"][":key"]["S"]
        for call, sent in calls
        if call == "Query" and sent.get("IndexName") == "by-day"
    }
    assert len(days) <= summary.days + 1  # a day's query ends at the next midnight
    assert Counter(call for call, _ in calls)["BatchGetItem"] == 1
    overview = ports.state.get(Overview)
    assert overview is not None
    assert overview.version >= 2
    uses = ports.state.get(DayUses, now.date().isoformat())
    assert uses is not None
    assert (uses.parse_uses() or {})[name, name] == (now.replace(microsecond=0), 1)
