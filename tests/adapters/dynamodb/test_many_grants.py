"""The cost of an engagement's revocation does not grow with the number of its past grants."""

from collections import Counter
from datetime import timedelta

import pytest

from chalicelib.usecases.engagements.engagements import revoke_engagement
from tests.adapters.dynamodb.listing import recorded_calls, written
from tests.adapters.races.test_races import a_lead
from tests.builders import a_grant, a_member, a_role, an_engagement

PAST, CURRENT = 200, 20


@pytest.fixture(scope="module")
def crowded(crowd):
    """Create an engagement with many past grants and few current ones."""
    name, now = "crowded", crowd.ports.now()
    grants = [
        a_grant(f"m{n:05}", engagement=name, ends_at=now + timedelta(days=9 if n < CURRENT else -1))
        for n in range(PAST + CURRENT)
    ]
    engagement = an_engagement(name, external_id="daypass-crowded", ends_at=now + timedelta(days=9))
    items = [engagement, a_role(engagement=name), a_member("one-more"), *grants]
    written(crowd.ports, name, items)
    return name


def test_a_revocation_makes_a_query_for_each_current_grant_only(crowd, dynamodb, crowded):
    lead = a_lead(crowd, "crowded-lead")
    with recorded_calls(dynamodb) as calls:
        answer = revoke_engagement(crowd.ports, lead, crowded, why="incident")
    assert answer.alive == 0
    # One of each current grant's member; and DynamoDB reads the grants 1 MB at a time.
    assert CURRENT < Counter(operation for operation, _ in calls)["Query"] < CURRENT + 10
