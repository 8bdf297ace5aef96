"""What the trail asks of DynamoDB, to the letter: the local AWS is always consistent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamodb.failures import tagged
from chalicelib.adapters.dynamodb.items import entry_attributes
from chalicelib.domain.trail import Entry, Outcome, Question
from chalicelib.domain.vending.intents import outcome_of
from tests.adapters.dynamodb.listing import asked
from tests.adapters.scene import Aws, entry
from tests.builders import NOON

SINCE, UNTIL = NOON - timedelta(days=3), NOON + timedelta(days=1)
LOW, HIGH = "2026-11-21T12:00:00.000000Z", "2026-11-25T12:00:00.000000Z"
AT = "2026-11-24T12:00:00.000000Z"


def an_intent(name: str, **changes: Any) -> Entry:
    details = {"session_name": name, "duration": "900"}
    facts = {"actor": "alice", "engagement": "acme-prod", "vend": name, "details": details}
    return entry(name, **({"outcome": Outcome.INTENDED} | facts | changes))


def test_an_entry_is_put_where_there_is_none(aws: Aws, dynamodb: Any, name: str) -> None:
    one = entry(name, engagement="acme-prod", subject="alice")
    with asked(dynamodb) as made:
        aws.ports.trail.record(one)
    body = {"id": name, "at": "2026-11-24T12:00:00Z", "actor": "lena", "action": "member.create"}
    body |= {"outcome": "done", "engagement": "acme-prod", "subject": "alice"}
    assert made == [
        (
            "PutItem",
            {
                "TableName": aws.foundation.trail_table,
                "Item": {
                    "pk": {"S": "ENGAGEMENT#acme-prod"},
                    "sk": {"S": f"{AT}#{name}"},
                    "day": {"S": "2026-11-24"},
                    "actor": {"S": "lena"},
                    "subject": {"S": "alice"},
                    "body": {"M": {field: {"S": value} for field, value in body.items()}},
                },
                "ConditionExpression": "attribute_not_exists(pk)",
                "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
            },
        )
    ]


def test_what_came_of_a_vend_goes_into_its_place_under_the_same_condition(
    aws: Aws, dynamodb: Any, name: str
) -> None:
    intent = an_intent(name)
    outcome = outcome_of(intent, Outcome.ISSUED, at=NOON + timedelta(days=2))
    with asked(dynamodb) as made:
        aws.ports.trail.record(intent)
        aws.ports.trail.settle(intent, outcome)
    (_, first), (operation, sent) = made
    item = sent.pop("Item")
    assert (operation, sent) == (
        "PutItem",
        {
            "TableName": aws.foundation.trail_table,
            "ConditionExpression": "attribute_not_exists(pk)",
            "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
        },
    )
    assert {name: item[name] for name in item if name != "body"} == {
        "pk": {"S": "VENDS#alice"},
        "sk": {"S": f"{AT}#{name}#outcome"},
        "day": {"S": "2026-11-24"},
        "engagement": {"S": "acme-prod"},
    }
    assert first["Item"]["sk"] == {"S": f"{AT}#{name}"}
    assert item == tagged(entry_attributes(outcome, intent=intent))


def test_a_members_vends_are_read_consistently(aws: Aws, dynamodb: Any) -> None:
    with asked(dynamodb) as made:
        list(aws.ports.trail.vends("nobody-here", SINCE))
    assert made == [
        (
            "Query",
            {
                "TableName": aws.foundation.trail_table,
                "KeyConditionExpression": "pk = :pk AND sk >= :since",
                "ExpressionAttributeValues": {
                    ":pk": {"S": "VENDS#nobody-here"},
                    ":since": {"S": LOW},
                },
                "ConsistentRead": True,
            },
        )
    ]


def test_and_to_the_end_however_many_pages_dynamodb_makes_of_them(
    aws: Aws, dynamodb: Any, name: str
) -> None:
    long = {"session_name": "x" * 30_000, "duration": "900"}
    made = [an_intent(f"{name}{n:02}", actor=name, details=long) for n in range(40)]
    for one in made:
        aws.ports.trail.record(one)
    with asked(dynamodb) as queries:
        assert list(aws.ports.trail.vends(name, NOON)) == made
    first, second = (sent for _, sent in queries)
    assert second.pop("ExclusiveStartKey")["pk"] == {"S": f"VENDS#{name}"}
    assert first == second


def query(aws: Aws, name: str, value: str, *, index: str = "", **more: Any) -> dict[str, Any]:
    where: dict[str, Any] = {"IndexName": index} if index else {"ConsistentRead": True}
    names = {"#key": name} | more.pop("names", {})
    values = {":key": {"S": value}, ":low": {"S": LOW}, ":high": {"S": HIGH}}
    return {
        "TableName": aws.foundation.trail_table,
        "KeyConditionExpression": "#key = :key AND sk BETWEEN :low AND :high",
        "ScanIndexForward": False,
        "Limit": 9,
        "ExpressionAttributeNames": names,
        "ExpressionAttributeValues": values | more.pop("values", {}),
        **where,
        **more,
    }


VENDS = {
    "names": {"#body": "body", "#vend": "vend"},
    "FilterExpression": "attribute_exists(#body.#vend)",
    "Limit": 1000,
}


@pytest.mark.parametrize(("more", "filtered"), [({}, {}), ({"vends_only": True}, VENDS)])
def test_all_entries_are_read_day_by_day_back_to_the_oldest(
    aws: Aws, dynamodb: Any, more: dict[str, Any], filtered: dict[str, Any]
) -> None:
    """Days long ago, of which there are no entries."""
    since, until = SINCE.replace(year=2001), UNTIL.replace(year=2001)
    with asked(dynamodb) as made:
        page = aws.ports.trail.page(Question(since=since, until=until, limit=7, **more))
    days = [f"2001-11-{day}" for day in (25, 24, 23, 22, 21)]
    expected = [query(aws, "day", day, index="by-day", **filtered) for day in days]
    for one in expected:
        for bound in (":low", ":high"):
            value = one["ExpressionAttributeValues"][bound]["S"]
            one["ExpressionAttributeValues"][bound] = {"S": value.replace("2026", "2001")}
    assert made == [("Query", one) for one in expected]
    assert (page.items, page.cursor) == ((), "")


def test_no_page_reads_more_than_ten_days_and_each_goes_on_where_the_last_one_stopped(
    aws: Aws, dynamodb: Any, name: str
) -> None:
    oldest = NOON.replace(year=2003, month=1, day=1)
    aws.ports.trail.record(entry(name, at=oldest))
    question = Question(since=oldest, until=oldest + timedelta(days=24), limit=7)
    found, pages = [], []
    while True:
        with asked(dynamodb) as made:
            page = aws.ports.trail.page(question)
        pages.append(len(made))
        found += page.items
        if not page.cursor:
            break
        question = question.after(page.cursor)
    assert [one.id for one in found] == [name]
    assert pages == [10, 10, 7]  # the day of a cursor is looked at again
