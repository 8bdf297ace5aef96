"""A page of engagements with their states, and a page of the access review: their results on
DynamoDB and on the fakes, and the requests that they cost."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from chalicelib.domain.engagements.life import EngagementState
from chalicelib.domain.engagements.reviews import Decision
from chalicelib.domain.trail import Action, Outcome
from chalicelib.domain.vending.intents import build_outcome_entry
from chalicelib.usecases.engagements.listing import list_engagements
from chalicelib.usecases.engagements.review import list_reviews
from tests.adapters.dynamodb.listing import recorded_calls
from tests.adapters.scene import Aws, Kit, entry, put
from tests.builders import a_grant, a_role, a_verification, an_engagement

COUNT = 5
PROVEN, ACTIVE = EngagementState.PROVEN, EngagementState.ACTIVE


def fill(kit: Kit, name: str) -> None:
    """Create five engagements with two roles each. All but the third have a current grant."""
    now = kit.ports.now()
    dates = {"starts_at": now - timedelta(days=40), "ends_at": now + timedelta(days=40)}
    for number in range(COUNT):
        engagement = f"{name}-{number}"
        end = {"ends_at": now - timedelta(days=1)} if number == 2 else {}
        put(
            kit,
            engagement,
            an_engagement(engagement, external_id=f"daypass-{engagement}", **dates),
            *(
                a_role(
                    role,
                    engagement=engagement,
                    verification=a_verification(external_id=f"daypass-{engagement}"),
                )
                for role in ("aa", "bb")
            ),
            a_grant(name, engagement=engagement, created_at=dates["starts_at"], **dates | end),
        )


def test_a_page_shows_the_states(kit: Kit, name: str) -> None:
    fill(kit, name)
    page = list_engagements(kit.ports, limit=COUNT, cursor=name)
    assert [row.state for row in page.rows] == [ACTIVE, ACTIVE, PROVEN, ACTIVE, ACTIVE]


def test_a_page_shows_the_last_uses(kit: Kit, name: str) -> None:
    fill(kit, name)
    used_at = kit.ports.now() - timedelta(days=31)
    for number, outcome in enumerate((Outcome.ISSUED, Outcome.FAILED)):
        vend = f"{name}{number}"
        intent = entry(
            vend,
            actor=name,
            action=Action.VEND,
            vend=vend,
            engagement=f"{name}-{number}",
            outcome=Outcome.INTENDED,
            details={"session_name": name},
            at=used_at,
        )
        kit.ports.trail.record(intent)
        kit.ports.trail.put_outcome(intent, build_outcome_entry(intent, outcome, at=used_at))
    page = list_reviews(kit.ports, limit=3, cursor=name)
    expected = [(0, used_at, 31), (1, None, 40), (3, None, 40)]
    assert [
        (review.engagement, review.last_used_at, review.unused_days) for review in page.items
    ] == [(f"{name}-{number}", last_use, days) for number, last_use, days in expected]
    assert {review.proposal for review in page.items} == {Decision.END}
    assert page.cursor == f"{name}-3:{name}"


def test_a_page_costs_few_requests(aws: Aws, dynamodb: Any, name: str) -> None:
    kit = Kit(aws.ports, lambda *_: "")
    fill(kit, name)
    with recorded_calls(dynamodb) as calls:
        list_engagements(kit.ports, limit=COUNT, cursor=name)
    # Each list of items with stops is followed by one read of these: engagements, roles, grants.
    # One more reads the pauses and the cut-offs.
    lists = 1 + 1 + COUNT
    assert Counter(call for call, _ in calls) == {"Query": lists, "BatchGetItem": lists + 1}
    with recorded_calls(dynamodb) as calls:
        list_reviews(kit.ports, limit=3, cursor=name)
    # The fifth engagement shows that another page follows. All grants are of one member.
    # One more call reads their emergencies, and one more their member's last emergency.
    lists, searches = 1 + COUNT, 1
    assert Counter(call for call, _ in calls) == {
        "Query": lists + searches,
        "BatchGetItem": lists + 1,
        "GetItem": 1,
    }
