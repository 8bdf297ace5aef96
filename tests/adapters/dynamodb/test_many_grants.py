"""The cost of an engagement's revocation does not grow with the number of its past grants."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.rows import build_row
from chalicelib.domain.engagements.grants import CreateGrant, Grant
from chalicelib.domain.errors import Conflict
from chalicelib.usecases.engagements.engagements import revoke_engagement
from chalicelib.usecases.engagements.grants import MAX_GRANTS, create_grant
from local import sample_accounts
from tests.adapters.dynamodb.listing import recorded_calls
from tests.adapters.races.test_races import a_lead
from tests.adapters.scene import Aws, entry
from tests.builders import a_grant, a_member, a_role, an_engagement

GRANTS = 10_000
A_BATCH = 25
"""The most items of one BatchWriteItem (DynamoDB API Reference)."""


@pytest.fixture(autouse=True)
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Allow a local DynamoDB more time to read ten thousand items."""
    monkeypatch.setattr("urllib3.util.timeout.Timeout.read_timeout", 60.0)


@pytest.fixture(scope="module")
def crowded(aws: Aws) -> str:
    """Create an engagement with ten thousand grants. Five hundred are current."""
    name, now = "crowded", aws.ports.now()
    ended = {"ends_at": now - timedelta(days=1)}
    grants = [
        a_grant(
            f"m{number:05}",
            engagement=name,
            **({"ends_at": now + timedelta(days=9)} if number < MAX_GRANTS else ended),
        )
        for number in range(GRANTS)
    ]
    _put(aws, grants)
    engagement = an_engagement(name, external_id="daypass-crowded", ends_at=now + timedelta(days=9))
    aws.ports.state.change(
        [engagement, a_role(engagement=name), a_member("one-more")], entry("crowded")
    )
    return name


def _put(aws: Aws, grants: list[Grant]) -> None:
    client = aws.endpoint.as_root(sample_accounts.FIRM, "dynamodb")
    items = [build_row(grant).get_save_kwargs_from_instance()["Item"] for grant in grants]
    for start in range(0, len(items), A_BATCH):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + A_BATCH]]
        client.batch_write_item(RequestItems={aws.foundation.state_table: puts})


def test_a_revocation_makes_a_query_for_each_current_grant_only(
    aws: Aws, dynamodb: Any, crowded: str
) -> None:
    lead = a_lead(aws, "crowded-lead")
    with recorded_calls(dynamodb) as calls:
        answer = revoke_engagement(aws.ports, lead, crowded, why="incident")
    assert answer.alive == 0
    calls = Counter(operation for operation, _ in calls)
    # One of each current grant's member; and DynamoDB reads the grants 1 MB at a time.
    assert MAX_GRANTS < calls["Query"] < MAX_GRANTS + 10
    assert len(calls) < MAX_GRANTS + 30


def test_a_further_grant_is_refused_with_an_explanation(aws: Aws, crowded: str) -> None:
    lead = a_lead(aws, "crowded-lead-2")
    request = CreateGrant(member="one-more", roles=frozenset({"readonly"}))
    with pytest.raises(Conflict, match="too-many-grants: This engagement has 500 current grants"):
        create_grant(aws.ports, lead, crowded, request)
