"""The exact DynamoDB requests of the trail. They are checked because the local AWS is always
consistent."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from chalicelib.adapters.dynamodb.failures import add_type_tags
from chalicelib.adapters.dynamodb.items import build_entry_attributes
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.domain.vending.intents import build_outcome_entry
from tests.adapters.dynamodb.listing import recorded_calls
from tests.adapters.scene import Aws, entry
from tests.builders import NOON

SINCE, UNTIL = NOON - timedelta(days=3), NOON + timedelta(days=1)
LOW, HIGH = "2026-11-21T12:00:00.000000Z", "2026-11-25T12:00:00.000000Z"
AT = "2026-11-24T12:00:00.000000Z"


def an_intent(name: str, **changes: Any) -> Entry:
    details = {"session_name": name, "duration": "900"}
    facts = {"actor": "alice", "action": Action.VEND, "engagement": "acme-prod", "vend": name}
    return entry(name, **({"outcome": Outcome.INTENDED, "details": details} | facts | changes))


def test_an_entry_is_put_only_at_a_free_key(aws: Aws, dynamodb: Any, name: str) -> None:
    item = entry(name, engagement="acme-prod", subject="alice")
    with recorded_calls(dynamodb) as calls:
        aws.ports.trail.record(item)
    body = {"id": name, "at": "2026-11-24T12:00:00Z", "actor": "lena", "action": "member.create"}
    body |= {"outcome": "done", "engagement": "acme-prod", "subject": "alice"}
    assert calls == [
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


def test_an_outcome_is_put_at_its_key_under_the_same_condition(
    aws: Aws, dynamodb: Any, name: str
) -> None:
    intent = an_intent(name)
    outcome = build_outcome_entry(intent, Outcome.ISSUED, at=NOON + timedelta(days=2))
    with recorded_calls(dynamodb) as calls:
        aws.ports.trail.record(intent)
        aws.ports.trail.put_outcome(intent, outcome)
    (_, first), (operation, sent) = calls
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
    assert item == add_type_tags(build_entry_attributes(outcome, intent=intent))


def test_a_members_vends_are_read_consistently(aws: Aws, dynamodb: Any) -> None:
    with recorded_calls(dynamodb) as calls:
        list(aws.ports.trail.vends("nobody-here", SINCE))
    assert calls == [
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
