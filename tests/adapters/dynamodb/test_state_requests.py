"""The DynamoDB requests of the state besides lists. They are checked because the local AWS is
always consistent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.members import Leads, Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.sessions import ManySessions
from chalicelib.domain.verification.schedule import SweepProgress
from chalicelib.usecases.lists import find_token_by_id
from chalicelib.usecases.ports import State
from local import sample_accounts
from tests.adapters.dynamodb.listing import recorded_calls
from tests.adapters.scene import Aws, entry
from tests.builders import NOON, a_block, a_member, presented_by

HASH = presented_by("alice").hash
TOKEN = ("MEMBER#alice", f"TOKEN#{HASH}")
MEMBER = ("MEMBER#alice", "MEMBER")
ENGAGEMENT = ("ENGAGEMENT#acme-prod", "ENGAGEMENT")
ROLE = ("ENGAGEMENT#acme-prod", "ROLE#readonly")
GRANT = ("ENGAGEMENT#acme-prod", "GRANT#alice")
APPROVED = [
    ("APPROVEDGRANT#acme-prod", f"APPROVEDGRANT#alice#readonly#{number}") for number in (1, 2, 3)
]


def key(pk: str, sk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


@pytest.mark.parametrize(
    ("read", "keys"),
    [
        (lambda s: s.token_and_member(presented_by("alice")), [TOKEN, MEMBER]),
        (lambda s: s.get(Member, "alice"), [MEMBER]),
        (lambda s: s.get(Engagement, "acme-prod"), [ENGAGEMENT]),
        (lambda s: s.get(Role, "acme-prod", "readonly"), [ROLE]),
        (lambda s: s.get(Grant, "acme-prod", "alice"), [GRANT]),
        (lambda s: s.get(AccessLink, "c0ffee"), [("ACCESSLINK#c0ffee", "ACCESSLINK")]),
        (lambda s: s.get_many(Grant, [("b", "alice"), ("a", "alice"), ("b", "alice")]),
         [("ENGAGEMENT#a", "GRANT#alice"), ("ENGAGEMENT#b", "GRANT#alice")]),
    ],
)  # fmt: skip
def test_items_read_together_are_one_consistent_batch(
    aws: Aws, dynamodb: Any, read: Callable[[State], Any], keys: list[tuple[str, str]]
) -> None:
    read_in_one_batch(aws, dynamodb, read, keys)


@pytest.mark.parametrize(
    ("link", "link_keys"), [("", []), ("c0ffee", [("ACCESSLINK#c0ffee", "ACCESSLINK")])]
)
def test_access_facts_are_one_consistent_batch_with_both_blocks(
    aws: Aws, dynamodb: Any, link: str, link_keys: list[tuple[str, str]]
) -> None:
    presented = replace(presented_by("alice"), link=link)
    read_in_one_batch(
        aws,
        dynamodb,
        lambda s: s.access_facts(presented, "acme-prod", "readonly"),
        [TOKEN, MEMBER, ENGAGEMENT, ROLE, GRANT, *APPROVED, *link_keys],
        [("BLOCK#", "BLOCK"), ("BLOCK#acme-prod", "BLOCK")],
    )


def test_access_facts_have_the_freeze(aws: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other tests share the table and expect no freeze, so this one has another scope."""
    monkeypatch.setattr("chalicelib.adapters.dynamodb.state.EVERYTHING", "everything")
    aws.ports.state.save(a_block("everything"))
    facts = aws.ports.state.access_facts(presented_by("alice"), "no-such", "readonly")
    assert (facts.freeze, facts.pause) == (a_block("everything"), None)


def read_in_one_batch(
    aws: Aws,
    dynamodb: Any,
    read: Callable[[State], Any],
    keys: list[tuple[str, str]],
    blocks: Sequence[tuple[str, str]] = (),
) -> None:
    """Read, and expect one call for the items with these keys, for their stops and blocks."""
    with recorded_calls(dynamodb) as calls:
        read(aws.ports.state)
    stops = [(f"STOPS#{pk}", sk) for pk, sk in keys]
    fields = {"Keys": [key(*item) for item in [*keys, *stops, *blocks]], "ConsistentRead": True}
    assert calls == [("BatchGetItem", {"RequestItems": {aws.foundation.state_table: fields}})]


@pytest.mark.parametrize(
    ("read", "at"),
    [
        (lambda s: s.get(Leads), ("LEADS", "LEADS")),
        (lambda s: s.get(Enrolment, "alice"), ("MEMBER#alice", "ENROLMENT")),
        (
            lambda s: s.get(RoleSetup, "acme-prod", "readonly"),
            ("ENGAGEMENT#acme-prod", "SETUP#readonly"),
        ),
        (lambda s: s.get(SetupLink, "c0ffee"), ("LINK#c0ffee", "LINK")),
        (lambda s: s.get(SweepProgress), ("SWEEP", "SWEEP")),
        (lambda s: s.get(ManySessions), ("MANYSESSIONS", "MANYSESSIONS")),
    ],
)
def test_one_item_is_read_consistently(
    aws: Aws, dynamodb: Any, read: Callable[[State], Any], at: tuple[str, str]
) -> None:
    with recorded_calls(dynamodb) as calls:
        read(aws.ports.state)
    assert calls == [
        (
            "GetItem",
            {
                "TableName": aws.foundation.state_table,
                "Key": key(*at),
                "ConsistentRead": True,
            },
        )
    ]


def test_one_token_is_one_consistent_query(aws: Aws, dynamodb: Any) -> None:
    with recorded_calls(dynamodb) as calls:
        assert find_token_by_id(aws.ports.state, "of-this", "c0ffee") is None
    assert calls == [
        (
            "Query",
            {
                "TableName": aws.foundation.state_table,
                "KeyConditionExpression": "(#0 = :0 AND #1 BETWEEN :1 AND :2)",
                "ExpressionAttributeNames": {"#0": "pk", "#1": "sk"},
                "ExpressionAttributeValues": {
                    ":0": {"S": "MEMBER#of-this"},
                    ":1": {"S": "TOKEN#c0ffee!"},
                    ":2": {"S": "TOKEN#c0ffee~"},
                },
                "ConsistentRead": True,
                "Limit": 2,
                "ReturnConsumedCapacity": "TOTAL",
            },
        )
    ]


def test_a_token_is_looked_for_by_its_code_in_the_index(aws: Aws, dynamodb: Any) -> None:
    with recorded_calls(dynamodb) as calls:
        assert list(aws.ports.state.list(Token, enrolment="c0ffee", limit=1000).items) == []
    assert calls == [
        (
            "Query",
            {
                "TableName": aws.foundation.state_table,
                "IndexName": "by-list",
                "KeyConditionExpression": "(#0 = :0 AND #1 > :1)",
                "ExpressionAttributeNames": {"#0": "list", "#1": "list_sk"},
                "ExpressionAttributeValues": {":0": {"S": "GOTWITH#c0ffee"}, ":1": {"S": "!"}},
                "Limit": 1001,
                "ReturnConsumedCapacity": "TOTAL",
            },
        )
    ]


NEW = {
    "ConditionExpression": "attribute_not_exists (#0)",
    "ExpressionAttributeNames": {"#0": "pk"},
}


def over(version: int) -> dict[str, Any]:
    """Return the condition that the item has this version."""
    return {
        "ConditionExpression": "#0 = :0",
        "ExpressionAttributeNames": {"#0": "version"},
        "ExpressionAttributeValues": {":0": {"N": str(version)}},
    }


def stored(name: str, version: int) -> dict[str, Any]:
    return {
        **key(f"MEMBER#{name}", "MEMBER"),
        "type": {"S": "member"},
        "version": {"N": str(version)},
        "list": {"S": "MEMBERS"},
        "list_sk": {"S": name},
        "body": {
            "M": {
                "id": {"S": name},
                "name": {"S": "Alice"},
                "kind": {"S": "member"},
                "created_at": {"S": "2026-11-24T12:00:00Z"},
                "tokens_from": {"S": "2026-10-25T12:00:00Z"},
                "stop": {"S": ""},
            }
        },
    }


def member(name: str, version: int = 1) -> Any:
    return a_member(name, name="Alice", created_at=NOON, version=version)


def test_a_change_its_entry_and_its_preconditions_are_one_transaction(
    aws: Aws, dynamodb: Any, name: str
) -> None:
    old, new, bystander = f"{name}-old", f"{name}-new", f"{name}-bystander"
    state = aws.ports.state
    for version in (1, 2):
        items = [member(old, version), member(bystander, version)]
        state.change(items, entry(f"{name}{version}"))
    change = entry(f"{name}3", engagement=name, subject="alice")
    with recorded_calls(dynamodb) as calls:
        state.change(
            [member(old, 3), member(new)],
            change,
            preconditions=[member(bystander, 2), member(old, 2)],
        )
    ((operation, sent),) = calls
    assert operation == "TransactWriteItems"
    token = sent.pop("ClientRequestToken", None)
    table = {"TableName": aws.foundation.state_table}
    assert sent == {
        "ReturnConsumedCapacity": "TOTAL",
        "TransactItems": [
            {"ConditionCheck": {**table, "Key": key(f"MEMBER#{bystander}", "MEMBER"), **over(2)}},
            {"Put": {**table, "Item": stored(old, 3), **over(2)}},
            {"Put": {**table, "Item": stored(new, 1), **NEW}},
            {
                "Put": {
                    "TableName": aws.foundation.trail_table,
                    "Item": {
                        **key(f"ENGAGEMENT#{name}", f"2026-11-24T12:00:00.000000Z#{change.id}"),
                        "day": {"S": "2026-11-24"},
                        "actor": {"S": "lena"},
                        "subject": {"S": "alice"},
                        "body": {
                            "M": {
                                "id": {"S": change.id},
                                "at": {"S": "2026-11-24T12:00:00Z"},
                                "actor": {"S": "lena"},
                                "action": {"S": "member.create"},
                                "outcome": {"S": "done"},
                                "engagement": {"S": name},
                                "subject": {"S": "alice"},
                            }
                        },
                    },
                    **NEW,
                }
            },
        ],
    }
    # A transaction that is sent again must not be executed twice.
    assert isinstance(token, str)
    assert len(token) >= 16


def test_a_job_state_is_put_only_over_the_version_that_was_read(aws: Aws, dynamodb: Any) -> None:
    root = aws.endpoint.as_root(sample_accounts.FIRM, "dynamodb")
    root.delete_item(TableName=aws.foundation.state_table, Key=key("SWEEP", "SWEEP"))
    with recorded_calls(dynamodb) as calls:
        for version in (1, 2):
            aws.ports.state.save(SweepProgress(done_until=NOON, version=version))
    for (operation, sent), expected in zip(calls, (NEW, over(1)), strict=True):
        version = sent["Item"]["version"]["N"]
        assert (operation, sent) == (
            "PutItem",
            {
                "TableName": aws.foundation.state_table,
                "Item": {
                    **key("SWEEP", "SWEEP"),
                    "type": {"S": "sweep"},
                    "version": {"N": version},
                    "body": {"M": {"done_until": {"S": "2026-11-24T12:00:00Z"}}},
                },
                "ReturnConsumedCapacity": "TOTAL",
                **expected,
            },
        )
