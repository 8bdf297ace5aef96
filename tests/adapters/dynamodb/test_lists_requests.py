"""What a page of a list asks of DynamoDB, as it is sent: the local AWS is always consistent."""

from __future__ import annotations

import json
from functools import partial
from typing import Any

import pytest
from botocore.awsrequest import AWSResponse
from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant, GrantContext
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.tokens import Token
from chalicelib.usecases.engagements.my_engagements import my_engagements
from chalicelib.usecases.lists import list_all, token_with_id
from chalicelib.usecases.ports import Ports
from tests.adapters.dynamodb.listing import LISTS, List, asked, written
from tests.adapters.faults import FAULTS, Raw, failing
from tests.adapters.scene import Aws
from tests.builders import NOON, a_grant, a_member, a_role, a_token, an_engagement

BY_NAME = {listed.name: listed for listed in LISTS}
MANY = 210  # more than any page has


@pytest.fixture(scope="module", params=[1, MANY], ids=lambda count: f"{count} rows")
def rows(request: pytest.FixtureRequest, aws: Aws) -> tuple[str, int]:
    """Whose lists have so many items."""
    count: int = request.param
    of = f"many-{count}"
    for listed in LISTS:
        items = [listed.make(of, f"{listed.name[:3]}-{of}-{n:04}") for n in range(count)]
        written(aws.ports, f"{listed.name}-{of}", items)
    return of, count


@pytest.mark.parametrize("limit", [1, 50, 200])
@pytest.mark.parametrize("listed", LISTS, ids=str)
def test_a_page_is_one_query_however_long_the_list_is(
    aws: Aws, dynamodb: Any, rows: tuple[str, int], listed: List, limit: int
) -> None:
    of, count = rows
    with asked(dynamodb) as made:
        page = listed.page(aws.ports.state, of, limit=limit)
    if listed.of_one:
        assert len(page.items) == min(limit, count)
        assert bool(page.cursor) == (count > limit)
    (operation, sent), *stops = made
    assert (operation, sent["Limit"]) == ("Query", limit + 1)
    # What is listed may have been stopped, a hundred keys a call. Links to a client's page may not.
    batches = 0 if listed.name == "links" else -(-len(page.items) // 100)
    assert [operation for operation, _ in stops] == ["BatchGetItem"] * batches


# The partition or the list, and the part of it after a cursor.
CONSISTENT = {
    "tokens": ("MEMBER#of-this", "TOKEN#{}!", "TOKEN#~"),
    "roles": ("ENGAGEMENT#of-this", "ROLE#{}!", "ROLE#~"),
    "grants_for": ("ENGAGEMENT#of-this", "GRANT#{}!", "GRANT#~"),
}
LISTED = {
    "grants_to": ("GRANTS#of-this", "{}!"),
    "links": ("LINKS#of-this", "{}!"),
    "members": ("MEMBERS", "{}!"),
    "engagements": ("ENGAGEMENTS", "{}!"),
    "all_roles": ("ROLES", "{}!"),
}


def sent_for(aws: Aws, dynamodb: Any, name: str, cursor: str) -> dict[str, Any]:
    with asked(dynamodb) as made:
        BY_NAME[name].page(aws.ports.state, "of-this", limit=7, cursor=cursor)
    operation, sent = made[0]
    assert operation == "Query"
    return sent


def values_of(query: tuple[str, ...], cursor: str) -> dict[str, Any]:
    return {f":{n}": {"S": value.format(cursor)} for n, value in enumerate(query)}


@pytest.mark.parametrize("cursor", ["", "c0ffee"])
@pytest.mark.parametrize("name", CONSISTENT)
def test_a_page_of_a_partition_is_read_consistently(
    aws: Aws, dynamodb: Any, name: str, cursor: str
) -> None:
    # A token goes by its hash, of which a cursor has the beginning only.
    after = f"{cursor}~" if name == "tokens" and cursor else cursor
    assert sent_for(aws, dynamodb, name, cursor) == {
        "TableName": aws.foundation.state_table,
        "KeyConditionExpression": "(#0 = :0 AND #1 BETWEEN :1 AND :2)",
        "ExpressionAttributeNames": {"#0": "pk", "#1": "sk"},
        "ExpressionAttributeValues": values_of(CONSISTENT[name], after),
        "ConsistentRead": True,
        "Limit": 8,
        "ReturnConsumedCapacity": "TOTAL",
    }


@pytest.mark.parametrize("cursor", ["", "c0ffee"])
@pytest.mark.parametrize("name", LISTED)
def test_a_page_of_a_list_is_read_from_the_index(
    aws: Aws, dynamodb: Any, name: str, cursor: str
) -> None:
    assert sent_for(aws, dynamodb, name, cursor) == {
        "TableName": aws.foundation.state_table,
        "IndexName": "by-list",
        "KeyConditionExpression": "(#0 = :0 AND #1 > :1)",
        "ExpressionAttributeNames": {"#0": "list", "#1": "list_sk"},
        "ExpressionAttributeValues": values_of(LISTED[name], cursor),
        "Limit": 8,
        "ReturnConsumedCapacity": "TOTAL",
    }


def test_every_list_is_here() -> None:
    assert {*CONSISTENT, *LISTED} == set(BY_NAME)


def test_one_token_is_one_consistent_query_of_its_own(
    aws: Aws, dynamodb: Any, rows: tuple[str, int]
) -> None:
    of, _ = rows
    (item,) = aws.ports.state.list(Token, member=of, limit=1).items
    with asked(dynamodb) as made:
        assert token_with_id(aws.ports.state, of, item.id) == item
    (operation, sent), (of_its_stop, _) = made
    assert of_its_stop == "BatchGetItem"
    assert (operation, sent["ConsistentRead"], sent["Limit"]) == ("Query", True, 2)
    assert sent["ExpressionAttributeValues"][":1"] == {"S": f"TOKEN#{item.id}!"}


def test_a_use_case_that_needs_all_reads_a_thousand_at_a_time(
    aws: Aws, dynamodb: Any, rows: tuple[str, int]
) -> None:
    of, count = rows
    with asked(dynamodb) as made:
        assert len(list_all(aws.ports.state, Grant, engagement=of)) == count
    assert [sent["Limit"] for operation, sent in made if operation == "Query"] == [1001]


@pytest.fixture(scope="module")
def consultant(aws: Aws) -> Caller:
    """Somebody with many grants; the first hundred engagements have their roles."""
    member, token = a_member("busy-one"), a_token("busy-one")
    places = [f"busy-{number:04}" for number in range(MANY)]
    roles = ("deploy", "readonly")
    items = [
        *(a_grant(member.id, engagement=item, roles=frozenset(roles)) for item in places),
        *(an_engagement(item, external_id=f"daypass-{item}") for item in places[:100]),
        *(a_role(role, engagement=item) for item in places[:100] for role in roles),
    ]
    written(aws.ports, "busy", items)
    return Caller(member, token)


@pytest.mark.parametrize(("limit", "reads"), [(1, 1), (12, 1), (13, 2), (50, 4), (100, 8)])
def test_where_i_may_go_is_one_query_and_a_batch_for_each_hundred_keys(
    aws: Aws, dynamodb: Any, consultant: Caller, limit: int, reads: int
) -> None:
    ports = _at_noon(aws)
    with asked(dynamodb) as made:
        page = my_engagements(ports, consultant, limit=limit)
    assert [item.engagement.id for item in page.items] == [f"busy-{n:04}" for n in range(limit)]
    assert {len(item.roles) for item in page.items} == {2}
    # The list lags, so what it gives is read again: each grant, engagement and role, and its stop.
    query, *of_the_list = made[:-reads]
    made = [query, *made[-reads:]]
    assert {operation for operation, _ in of_the_list} == {"BatchGetItem"}
    assert [operation for operation, _ in made] == ["Query"] + ["BatchGetItem"] * reads
    for _, sent in made[1:]:
        (read,) = sent["RequestItems"].values()
        assert read["ConsistentRead"] is True
        assert len(read["Keys"]) <= 100
    keys = [
        (key["pk"]["S"], key["sk"]["S"])
        for _, sent in made[1:]
        for key in sent["RequestItems"][aws.foundation.state_table]["Keys"]
    ]
    assert len(keys) == len(set(keys)) == 2 * 4 * limit


def _left(aws: Aws, *keys: tuple[str, str]) -> AWSResponse:
    """An answer that leaves these keys unread, and gives nothing of the others."""
    table = aws.foundation.state_table
    unread = {"Keys": [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys]}
    body = {
        "Responses": {table: []},
        "UnprocessedKeys": {table: unread | {"ConsistentRead": True}},
    }
    return AWSResponse("", 200, {}, Raw(json.dumps(body).encode()))


def test_what_dynamodb_leaves_unread_is_asked_for_again(aws: Aws, dynamodb: Any, name: str) -> None:
    grant = a_grant(name, engagement=name)
    engagement = an_engagement(name, external_id=f"daypass-{name}")
    role = a_role(engagement=name)
    written(aws.ports, name, [grant, engagement, role])
    unread = [
        (f"ENGAGEMENT#{name}", f"GRANT#{name}"),
        (f"ENGAGEMENT#{name}", "ENGAGEMENT"),
    ]
    leaving = partial(_left, aws, *unread)
    with asked(dynamodb) as made, failing(dynamodb, "BatchGetItem", leaving, times=1):
        assert aws.ports.state.granted([grant]) == [GrantContext(grant, engagement, ())]
    _, again = made[1]
    assert again["RequestItems"] == {
        aws.foundation.state_table: {
            "Keys": [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in unread],
            "ConsistentRead": True,
        }
    }
    assert len(made) == 2


def test_what_dynamodb_keeps_leaving_unread_does_not_pass_for_missing(
    aws: Aws, dynamodb: Any, name: str
) -> None:
    leaving = partial(_left, aws, (f"ENGAGEMENT#{name}", "ENGAGEMENT"))
    with (
        asked(dynamodb) as made,
        failing(dynamodb, "BatchGetItem", leaving, times=1_000_000),
        pytest.raises(Unavailable, match="records-unavailable"),
    ):
        aws.ports.state.granted([a_grant(name, engagement=name)])
    assert len(made) > 3


@pytest.mark.parametrize("fault", FAULTS)
def test_a_batch_that_fails_is_unavailable(aws: Aws, dynamodb: Any, name: str, fault: str) -> None:
    with failing(dynamodb, "BatchGetItem", FAULTS[fault]), pytest.raises(Unavailable):
        aws.ports.state.granted([a_grant(name, engagement=name)])


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("listed", LISTS, ids=str)
def test_so_is_a_page_that_fails(aws: Aws, dynamodb: Any, listed: List, fault: str) -> None:
    with failing(dynamodb, "Query", FAULTS[fault]), pytest.raises(Unavailable):
        listed.page(aws.ports.state, "of-this", limit=1)


def _at_noon(aws: Aws) -> Ports:
    return replace(aws.ports, now=lambda: NOON)
