"""The requests that a page of engagements with their states costs, and one of the access review."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from chalicelib.usecases.engagements.listing import list_engagements
from chalicelib.usecases.engagements.review import list_reviews
from tests.adapters.dynamodb.listing import recorded_calls
from tests.adapters.scene import Aws, Kit, put
from tests.builders import a_grant, a_role, a_verification, an_engagement

COUNT = 5


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
