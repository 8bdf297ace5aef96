"""The DynamoDB queries for each kind of trail query, and entries whose key exists already."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.adapters.dynamodb.trail import DynamoTrail
from chalicelib.domain.errors import FactsChanged, Unavailable
from chalicelib.domain.trail import Action, Entry, Outcome, TrailQuery
from chalicelib.domain.vending.intents import build_outcome_entry
from tests.adapters.dynamodb.recorded import TRAIL, Recorded, answer, as_stored, refused
from tests.builders import NOON
from tests.rows import every

SINCE, UNTIL = NOON - timedelta(hours=2), NOON
LOW, HIGH = "2026-11-24T10:00:00.000000Z", "2026-11-24T12:00:00.000000Z"
AT = "2026-11-24T12:00:00.000000Z#e1"
EMPTY = answer([])
FREE_KEY = {
    "ConditionExpression": "attribute_not_exists(pk)",
    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
}

DONE = Entry(
    id="e1",
    at=NOON,
    actor="lena",
    token="0" * 12,
    address="203.0.113.7",
    action=Action.GRANT_CREATE,
    outcome=Outcome.DONE,
    engagement="acme-prod",
    subject="alice",
    details={"roles": "readonly"},
)
AS_PUT = {
    "pk": {"S": "ENGAGEMENT#acme-prod"},
    "sk": {"S": AT},
    "day": {"S": "2026-11-24"},
    "actor": {"S": "lena"},
    "subject": {"S": "alice"},
    "body": {
        "M": {
            "id": {"S": "e1"},
            "at": {"S": "2026-11-24T12:00:00Z"},
            "actor": {"S": "lena"},
            "token": {"S": "0" * 12},
            "address": {"S": "203.0.113.7"},
            "action": {"S": "grant.create"},
            "outcome": {"S": "done"},
            "engagement": {"S": "acme-prod"},
            "subject": {"S": "alice"},
            "details": {"M": {"roles": {"S": "readonly"}}},
        }
    },
}
INTENT = Entry(
    id="e1",
    at=NOON,
    actor="alice",
    action=Action.VEND,
    outcome=Outcome.INTENDED,
    engagement="acme-prod",
    role="readonly",
    vend="e1",
    details={"session_name": "alice.e1"},
)
ISSUED = build_outcome_entry(INTENT, Outcome.ISSUED, at=NOON + timedelta(days=1))
WITHHELD = build_outcome_entry(INTENT, Outcome.WITHHELD, at=NOON, reason="grant-not-current")


def existing_item(item: dict[str, Any]) -> Any:
    return refused("ConditionalCheckFailedException", Item=item)


@pytest.mark.parametrize(
    ("changes", "lacking", "key"),
    [
        ({}, set(), "ENGAGEMENT#acme-prod"),
        ({"engagement": ""}, {"engagement"}, "FIRM"),
        ({"subject": ""}, {"subject"}, "ENGAGEMENT#acme-prod"),
    ],
)
def test_an_entry_is_put_without_empty_fields_at_a_free_key(
    changes: dict[str, Any], lacking: set[str], key: str
) -> None:
    client = Recorded({})
    DynamoTrail(client.tables).record(replace(DONE, **changes))
    body = {name: value for name, value in AS_PUT["body"]["M"].items() if name not in lacking}  # type: ignore[attr-defined]
    kept = {name: value for name, value in AS_PUT.items() if name not in lacking}
    item = kept | {"pk": {"S": key}, "body": {"M": body}}
    assert client.requests == [{"TableName": TRAIL, "Item": item, **FREE_KEY}]


def test_an_outcome_is_put_at_its_key_under_the_same_condition() -> None:
    client = Recorded({})
    DynamoTrail(client.tables).put_outcome(INTENT, ISSUED)
    item = as_stored(ISSUED, intent=INTENT)
    assert client.requests == [{"TableName": TRAIL, "Item": item, **FREE_KEY}]
    assert {name: item[name] for name in item if name != "body"} == {
        "pk": {"S": "VENDS#alice"},
        "sk": {"S": f"{AT}#outcome"},
        "day": {"S": "2026-11-24"},
        "engagement": {"S": "acme-prod"},
    }


def test_a_retry_that_finds_its_own_entry_succeeds() -> None:
    """The SDK retries after a lost response."""
    own = as_stored(ISSUED, intent=INTENT)
    client = Recorded(existing_item(AS_PUT), existing_item(own))
    trail = DynamoTrail(client.tables)
    trail.record(DONE)
    assert trail.put_outcome(INTENT, ISSUED) == ISSUED


@pytest.mark.parametrize("name", AS_PUT)
def test_an_entry_that_differs_in_anything_is_another(name: str) -> None:
    other = AS_PUT | {name: {"S": "other"}}
    with pytest.raises(FactsChanged):
        DynamoTrail(Recorded(existing_item(other)).tables).record(DONE)


def test_an_earlier_outcome_of_the_vend_is_returned() -> None:
    client = Recorded(existing_item(as_stored(WITHHELD, intent=INTENT)))
    assert DynamoTrail(client.tables).put_outcome(INTENT, ISSUED) == WITHHELD


@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServerError"])
def test_a_failed_write_is_not_reported_as_recorded(code: str) -> None:
    trail = DynamoTrail(Recorded(refused(code), refused(code)).tables)
    with pytest.raises(Unavailable):
        trail.put_outcome(INTENT, ISSUED)
    with pytest.raises(Unavailable):
        trail.record(DONE)


def test_a_members_vends_are_read_to_the_end_and_each_page_after_the_one_before() -> None:
    client = Recorded(answer([INTENT], stopped_at=AT), answer([ISSUED], intents=[INTENT]))
    assert list(DynamoTrail(client.tables).vends("alice", SINCE)) == [INTENT, ISSUED]
    first, second = client.requests
    assert first == {
        "TableName": TRAIL,
        "KeyConditionExpression": "pk = :pk AND sk >= :since",
        "ExpressionAttributeValues": {":pk": {"S": "VENDS#alice"}, ":since": {"S": LOW}},
        "ConsistentRead": True,
    }
    last = {"pk": {"S": "of some entry"}, "sk": {"S": AT}}
    assert second == first | {"ExclusiveStartKey": last}


@pytest.mark.parametrize("code", ["AccessDeniedException", "ThrottlingException"])
def test_a_trail_that_cannot_be_read_is_unavailable_and_not_empty(code: str) -> None:
    trail = DynamoTrail(Recorded(*[refused(code)] * 3).tables)
    for criteria in (trail_query(), trail_query(engagement="acme-prod")):
        with pytest.raises(Unavailable):
            trail.page(criteria)
    with pytest.raises(Unavailable):
        list(trail.vends("alice", SINCE))


def trail_query(**changes: Any) -> TrailQuery:
    return TrailQuery(**({"since": SINCE, "until": UNTIL, "limit": 7} | changes))


def query(
    key: str, value: str, index: str = "", *, where: str = "", values: dict[str, str] | None = None
) -> dict[str, Any]:
    """The whole of a query for a page. With a filter, it looks at a thousand entries."""
    names = {name: name[1:] for name in where.replace("(", " ").replace(".", " ").replace(")", " ")
             .split() if name.startswith("#")}  # fmt: skip
    all_values = {":key": value, ":low": LOW, ":high": HIGH} | (values or {})
    request: dict[str, Any] = {
        "TableName": TRAIL,
        "KeyConditionExpression": "#key = :key AND sk BETWEEN :low AND :high",
        "ExpressionAttributeNames": {"#key": key} | names,
        "ExpressionAttributeValues": {name: {"S": text} for name, text in all_values.items()},
        "ScanIndexForward": False,
        "Limit": 1000 if where else 9,
    }
    if where:
        request["FilterExpression"] = where
    return request | ({"IndexName": index} if index else {"ConsistentRead": True})


OUTCOME = "#body.#outcome = :outcome"
ENGAGEMENT = "#body.#engagement = :engagement"
MEMBER = "(#body.#actor = :member OR #body.#subject = :member)"
VEND = "attribute_exists(#body.#vend)"
REFUSED: dict[str, Any] = {"where": OUTCOME, "values": {":outcome": "refused"}}
OF_BOTH: dict[str, Any] = {
    "where": f"{ENGAGEMENT} AND {MEMBER}",
    "values": {":engagement": "acme-prod", ":member": "alice"},
}
REFUSED_OF_BOTH: dict[str, Any] = {
    "where": f"{OUTCOME} AND {ENGAGEMENT} AND {MEMBER}",
    "values": {":outcome": "refused", ":engagement": "acme-prod", ":member": "alice"},
}
OF_A_VEND_OF_BOTH = OF_BOTH | {"where": f"{OF_BOTH['where']} AND {VEND}"}
REFUSED_OF_A_VEND_OF_BOTH = REFUSED_OF_BOTH | {"where": f"{REFUSED_OF_BOTH['where']} AND {VEND}"}
ACME, ALICE = {"engagement": "acme-prod"}, {"member": "alice"}
WAS_REFUSED = {"outcome": Outcome.REFUSED}
VENDS, NO_VENDS = {"vends_only": True}, {"no_vends": True}

OF_ALICE = ("pk", "VENDS#alice")
BY_ALICE = ("actor", "alice", "by-actor")
ABOUT_ALICE = ("subject", "alice", "by-subject")
AT_ACME = ("engagement", "acme-prod", "by-engagement")
OTHERS_AT_ACME = ("pk", "ENGAGEMENT#acme-prod")
THAT_DAY = ("day", "2026-11-24", "by-day")


@every("criteria, queries", [
        ({}, [query(*THAT_DAY)]),
        (WAS_REFUSED, [query(*THAT_DAY, **REFUSED)]),
        (VENDS, [query(*THAT_DAY, where=VEND)]),
        (ACME, [query(*AT_ACME), query(*OTHERS_AT_ACME)]),
        (ACME | WAS_REFUSED, [query(*AT_ACME, **REFUSED), query(*OTHERS_AT_ACME, **REFUSED)]),
        (ACME | VENDS, [query(*AT_ACME)]),
        (ALICE, [query(*OF_ALICE), query(*BY_ALICE), query(*ABOUT_ALICE)]),
        (ALICE | WAS_REFUSED,
         [query(*item, **REFUSED) for item in (OF_ALICE, BY_ALICE, ABOUT_ALICE)]),
        (ALICE | VENDS, [query(*OF_ALICE)]),
        (ACME | ALICE,
         [query(*OF_ALICE, **OF_BOTH),
          query(*BY_ALICE, **OF_A_VEND_OF_BOTH),
          query(*OTHERS_AT_ACME, **OF_BOTH)]),
        (ACME | ALICE | WAS_REFUSED,
         [query(*OF_ALICE, **REFUSED_OF_BOTH),
          query(*BY_ALICE, **REFUSED_OF_A_VEND_OF_BOTH),
          query(*OTHERS_AT_ACME, **REFUSED_OF_BOTH)]),
        (ACME | ALICE | VENDS, [query(*OF_ALICE, **OF_BOTH)]),
        (ACME | NO_VENDS, [query(*OTHERS_AT_ACME)]),
        (ALICE | NO_VENDS, [query(*BY_ALICE), query(*ABOUT_ALICE)]),
        (ALICE | NO_VENDS | WAS_REFUSED,
         [query(*item, **REFUSED) for item in (BY_ALICE, ABOUT_ALICE)]),
        (ACME | ALICE | NO_VENDS, [query(*OTHERS_AT_ACME, **OF_BOTH)]),
    ])  # fmt: skip
def test_a_trail_query_reads_the_keys_that_hold_its_entries(
    criteria: dict[str, Any], queries: list[dict[str, Any]]
) -> None:
    client = Recorded(*[EMPTY] * len(queries))
    page = DynamoTrail(client.tables).page(trail_query(**criteria))
    assert (page.items, page.cursor) == ((), "")
    assert client.requests == queries
    assert set(client.operations) == {"Query"}


@every(
    "cursor, high",
    [
        ("2026-11-24T11:00:00.000000Z#e7", "2026-11-24T11:00:00.000000Z#e7"),
        ("2026-11-24T11:00:00.000000Z#e7#outcome", "2026-11-24T11:00:00.000000Z#e7#outcome"),
        ("2026-11-24T13:00:00.000000Z#e7", HIGH),
    ],
)
@every("criteria", [{}, ACME, ALICE, ACME | ALICE, ALICE | VENDS])
def test_a_page_goes_on_from_its_cursor_and_never_beyond_the_span(
    criteria: dict[str, Any], cursor: str, high: str
) -> None:
    client = Recorded(*[EMPTY] * 3)
    DynamoTrail(client.tables).page(trail_query(**criteria, cursor=cursor))
    assert client.requests
    for sent in client.requests:
        assert sent["ExpressionAttributeValues"][":high"] == {"S": high}
        assert sent["ExpressionAttributeValues"][":low"] == {"S": LOW}


@pytest.mark.parametrize(
    "changes",
    [
        {"since": UNTIL},
        {"since": UNTIL + timedelta(microseconds=1)},
        {"cursor": LOW},
        {"cursor": "2026-11-23T11:00:00.000000Z#e7"},
    ],
)
def test_an_empty_span_makes_no_request(changes: dict[str, Any]) -> None:
    client = Recorded()
    page = DynamoTrail(client.tables).page(trail_query(**changes, **ACME))
    assert (page.items, page.cursor) == ((), "")
    assert client.requests == []
