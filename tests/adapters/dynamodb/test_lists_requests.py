"""The DynamoDB requests for a page of a list. They are checked because the local AWS is always
consistent."""

from __future__ import annotations

import json
import re
from functools import partial
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.authentication import Caller
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import MixedKey, Ports
from chalicelib.usecases.requests.access import AccessFilters, read_access
from tests.adapters.dynamodb.listing import LISTS, List, recorded_calls, written
from tests.adapters.faults import Raw, failing
from tests.adapters.scene import Aws
from tests.builders import NOON, a_grant, a_member, a_role, a_token, an_engagement
from tests.golden import hold_against_file
from tests.rows import every

MANY = 110  # more than any page has, and than one read of stops


@pytest.fixture(scope="module", params=[1, MANY], ids=lambda count: f"{count} rows")
def rows(request: pytest.FixtureRequest, crowd: Aws) -> tuple[str, int]:
    """Return the name that the lists are by, and the number of items in each."""
    count: int = request.param
    of = f"many-{count}"
    for listed in LISTS:
        items = [listed.make(of, f"{listed.name[:3]}-{of}-{n:04}") for n in range(count)]
        written(crowd.ports, f"{listed.name}-{of}", items)
    return of, count


@every("limit", [1, 101])
@every("listed", LISTS)
def test_a_page_is_one_query_however_long_the_list_is(
    crowd: Aws, dynamodb: Any, rows: tuple[str, int], listed: List, limit: int
) -> None:
    of, count = rows
    with recorded_calls(dynamodb) as calls:
        page = listed.page(crowd.ports.state, of, limit=limit)
    if listed.of_one:
        assert len(page.items) == min(limit, count)
        assert bool(page.cursor) == (count > limit)
    (operation, sent), *stops = calls
    assert (operation, sent["Limit"]) == ("Query", limit + 1)
    # What is listed may have been stopped, a hundred keys a call. Links to a client's page may not.
    batches = 0 if listed.name == "links" else -(-len(page.items) // 100)
    assert [operation for operation, _ in stops] == ["BatchGetItem"] * batches


@pytest.mark.golden
def test_a_partition_is_read_consistently_and_a_list_from_the_index(
    crowd: Aws, dynamodb: Any
) -> None:
    """A key has a token's whole hash, and a cursor only the beginning."""
    lines = []
    for listed in LISTS:
        for cursor in ("", "c0ffee"):
            with recorded_calls(dynamodb) as calls:
                listed.page(crowd.ports.state, "of-this", limit=7, cursor=cursor)
            operation, sent = calls[0]
            lines.append(f"=== {listed} {cursor}: {operation}\n{json.dumps(sent, indent=1)}")
    text = "\n".join(lines).replace(crowd.foundation.state_table, "daypass-state")
    hold_against_file("dynamodb-lists.txt", re.sub(r'\{\s+"S": (".*?")\s+\}', r"\1", text))


def test_a_use_case_that_needs_all_reads_a_thousand_at_a_time(
    crowd: Aws, dynamodb: Any, rows: tuple[str, int]
) -> None:
    of, count = rows
    with recorded_calls(dynamodb) as calls:
        assert len(list_all(crowd.ports.state, Grant, engagement=of)) == count
    assert [sent["Limit"] for operation, sent in calls if operation == "Query"] == [1001]


@pytest.fixture(scope="module")
def consultant(crowd: Aws) -> Caller:
    """Return a member with many grants. The first hundred engagements exist and have roles."""
    member, token = a_member("busy-one"), a_token("busy-one")
    engagements = [f"busy-{number:04}" for number in range(MANY)]
    roles = ("deploy", "readonly")
    items = [
        *(a_grant(member.id, engagement=item, roles=frozenset(roles)) for item in engagements),
        *(an_engagement(item, external_id=f"daypass-{item}") for item in engagements[:100]),
        *(a_role(role, engagement=item) for item in engagements[:100] for role in roles),
    ]
    written(crowd.ports, "busy", [member, *items])
    return Caller(member, token)


@every("limit", [2, 10, 25])
def test_a_page_of_access_is_read_again_in_batches_of_a_hundred_keys(
    crowd: Aws, dynamodb: Any, consultant: Caller, limit: int
) -> None:
    with recorded_calls(dynamodb) as calls:
        page = read_access(_at_noon(crowd), consultant, AccessFilters(limit=limit))
    names = list(dict.fromkeys(row.engagement for row in page.rows))
    assert names == [f"busy-{n:04}" for n in range(limit // 2)]  # each has two roles
    # A list of grants and their stops, a list of requests, and then all that decides.
    assert calls[0][0] == "Query"
    read = [sent["RequestItems"][crowd.foundation.state_table] for _, sent in calls[-1:]]
    assert all(each["ConsistentRead"] for each in read)
    assert len(calls) <= 8


def _left(crowd: Aws, *keys: tuple[str, str]) -> AWSResponse:
    """Return a response that leaves these keys unread and has no items."""
    table = crowd.foundation.state_table
    unread = {"Keys": [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys]}
    body = {
        "Responses": {table: []},
        "UnprocessedKeys": {table: unread | {"ConsistentRead": True}},
    }
    return AWSResponse("", 200, {}, Raw(json.dumps(body).encode()))


def test_keys_that_dynamodb_leaves_unread_are_requested_again(
    crowd: Aws, dynamodb: Any, name: str
) -> None:
    grant = a_grant(name, engagement=name)
    engagement = an_engagement(name, external_id=f"daypass-{name}")
    role = a_role(engagement=name)
    written(crowd.ports, name, [grant, engagement, role])
    keys: list[MixedKey] = [
        (Grant, grant.key),
        (Engagement, engagement.key),
        (Role, role.key),
    ]
    unread = [
        (f"ENGAGEMENT#{name}", f"GRANT#{name}"),
        (f"ENGAGEMENT#{name}", "ENGAGEMENT"),
    ]
    leaving = partial(_left, crowd, *unread)
    with recorded_calls(dynamodb) as calls, failing(dynamodb, "BatchGetItem", leaving, times=1):
        items = crowd.ports.state.get_together(keys)
    assert items == dict(zip(keys, (grant, engagement), strict=False))
    _, again = calls[1]
    assert again["RequestItems"] == {
        crowd.foundation.state_table: {
            "Keys": [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in unread],
            "ConsistentRead": True,
        }
    }
    assert len(calls) == 2


def test_keys_that_stay_unread_do_not_count_as_missing(
    crowd: Aws, dynamodb: Any, name: str
) -> None:
    leaving = partial(_left, crowd, (f"ENGAGEMENT#{name}", "ENGAGEMENT"))
    with (
        recorded_calls(dynamodb) as calls,
        failing(dynamodb, "BatchGetItem", leaving, times=1_000_000),
        pytest.raises(Unavailable, match="records-unavailable"),
    ):
        crowd.ports.state.get_together([(Engagement, (name,)), (Grant, (name, name))])
    assert len(calls) > 3


def _at_noon(crowd: Aws) -> Ports:
    return replace(crowd.ports, now=lambda: NOON)
