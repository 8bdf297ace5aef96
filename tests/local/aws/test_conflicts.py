"""DynamoDB's transaction conflicts: requests that a running transaction blocks, and their errors.

"Amazon DynamoDB Transactions: How it works" (Developer Guide), and the service model's texts.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import pytest
from botocore.config import Config

from local.endpoint import Endpoint
from tests.local.scene import CLIENT, refusal

TABLE = "contended"
CONFLICT = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
NONE = {"Code": "None"}
Running = Callable[..., AbstractContextManager[None]]
_numbers = itertools.count(1)


def client_of(aws: Endpoint, *, read_timeout: float = 10) -> Any:
    config = Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout)
    return aws.client("dynamodb", access_key_id=CLIENT, secret_access_key="test", config=config)


@pytest.fixture(scope="module")
def dynamodb(aws: Endpoint) -> Any:
    client = client_of(aws)
    client.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        KeySchema=[
            {"AttributeName": "pk", "KeyType": "HASH"},
            {"AttributeName": "sk", "KeyType": "RANGE"},
        ],
    )
    return client


@pytest.fixture
def pk() -> str:
    """Return the partition key of an item that no other test uses."""
    return f"item-{next(_numbers)}"


def key(pk: str) -> dict[str, Any]:
    return {"pk": {"S": pk}, "sk": {"S": "1"}}


def item(pk: str, value: str) -> dict[str, Any]:
    return {**key(pk), "v": {"S": value}}


def put(pk: str, value: str = "new", **more: Any) -> dict[str, Any]:
    return {"Put": {"TableName": TABLE, "Item": item(pk, value), **more}}


def check(pk: str, condition: str = "attribute_exists(pk)") -> dict[str, Any]:
    member = {"TableName": TABLE, "Key": key(pk), "ConditionExpression": condition}
    return {"ConditionCheck": member}


def update(pk: str) -> dict[str, Any]:
    return {"Update": {"TableName": TABLE, "Key": key(pk), **SET_NEW}}


def delete(pk: str) -> dict[str, Any]:
    return {"Delete": {"TableName": TABLE, "Key": key(pk)}}


SET_NEW = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": "new"}}}
TOUCHES: dict[str, Callable[[str], dict[str, Any]]] = {
    "a put": put,
    "an update": update,
    "a delete": delete,
    "a check": check,
}


def stored(dynamodb: Any, pk: str) -> str | None:
    response = dynamodb.get_item(TableName=TABLE, Key=key(pk), ConsistentRead=True)
    return response["Item"]["v"]["S"] if "Item" in response else None


@pytest.fixture
def running(aws: Endpoint, dynamodb: Any) -> Running:
    """Return a context manager that runs a transaction until the end of its block."""

    @contextmanager
    def begin(*items: dict[str, Any], **more: Any) -> Iterator[None]:
        with ThreadPoolExecutor(1) as thread:
            with aws.transactions_taking(milliseconds=60_000):
                begun = thread.submit(
                    dynamodb.transact_write_items, TransactItems=list(items), **more
                )
                last = next(iter(items[-1].values()))
                wait_until_locked(dynamodb, last.get("Key") or key(last["Item"]["pk"]["S"]))
                yield
                assert not begun.done()
            begun.result(timeout=10)

    return begin


def wait_until_locked(dynamodb: Any, item_key: dict[str, Any]) -> None:
    get = {"Get": {"TableName": TABLE, "Key": item_key}}
    deadline = time.monotonic() + 10
    while refusal(dynamodb.transact_get_items, TransactItems=[get]) is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def reasons(dynamodb: Any, operation: str, *items: dict[str, Any]) -> list[dict[str, Any]]:
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as raised:
        getattr(dynamodb, operation)(TransactItems=list(items))
    cancellation: list[dict[str, Any]] = raised.value.response["CancellationReasons"]
    codes = ", ".join(reason["Code"] for reason in cancellation)
    assert raised.value.response["Error"]["Message"].endswith(f"specific reasons [{codes}]")
    return cancellation


@pytest.mark.parametrize("first", TOUCHES)
@pytest.mark.parametrize("second", TOUCHES)
def test_two_transactions_conflict_in_an_item_even_if_both_only_check_it(
    dynamodb: Any, running: Running, pk: str, first: str, second: str
) -> None:
    dynamodb.put_item(TableName=TABLE, Item=item(pk, "old"))
    with running(TOUCHES[first](pk)):
        items = put(f"{pk}-before"), TOUCHES[second](pk), put(f"{pk}-after")
        assert reasons(dynamodb, "transact_write_items", *items) == [NONE, CONFLICT, NONE]
    assert stored(dynamodb, f"{pk}-before") is None
    expected = {"a check": "old", "a delete": None}.get(first, "new")
    assert stored(dynamodb, pk) == expected


def test_a_failed_condition_is_reported_beside_a_conflict(
    dynamodb: Any, running: Running, pk: str
) -> None:
    existing = item(f"{pk}-existing", "old")
    dynamodb.put_item(TableName=TABLE, Item=existing)
    absent = {"ConditionExpression": "attribute_not_exists(pk)"}
    returning_item = {**absent, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
    with running(put(pk)):
        cancellation = reasons(
            dynamodb,
            "transact_write_items",
            put(f"{pk}-existing", **returning_item),
            put(pk, **absent),
            check(f"{pk}-missing"),
            put(f"{pk}-new", **absent),
        )
    failed = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
    assert cancellation == [{**failed, "Item": existing}, CONFLICT, failed, NONE]


@pytest.mark.parametrize("touch", TOUCHES)
@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("put_item", lambda pk: {"Item": item(pk, "mine")}),
        ("update_item", lambda pk: {"Key": key(pk), **SET_NEW}),
        ("delete_item", lambda pk: {"Key": key(pk)}),
    ],
)
def test_a_single_write_is_refused_while_a_transaction_locks_the_item(
    dynamodb: Any,
    running: Running,
    pk: str,
    touch: str,
    operation: str,
    parameters: Callable[[str], dict[str, Any]],
) -> None:
    dynamodb.put_item(TableName=TABLE, Item=item(pk, "old"))
    with running(TOUCHES[touch](pk)):
        error = refusal(getattr(dynamodb, operation), TableName=TABLE, **parameters(pk))
        assert error is not None
        assert (error.code, error.status) == ("TransactionConflictException", 400)
        beside = parameters(f"{pk}-beside")
        assert refusal(getattr(dynamodb, operation), TableName=TABLE, **beside) is None


READS: dict[str, Callable[[Any, str], Any]] = {
    "a get": lambda dynamodb, pk: [
        dynamodb.get_item(TableName=TABLE, Key=key(pk), ConsistentRead=True)["Item"]
    ],
    "a batch": lambda dynamodb, pk: dynamodb.batch_get_item(
        RequestItems={TABLE: {"Keys": [key(pk)], "ConsistentRead": True}}
    )["Responses"][TABLE],
    "a query": lambda dynamodb, pk: dynamodb.query(
        TableName=TABLE,
        KeyConditionExpression="pk = :k",
        ExpressionAttributeValues={":k": {"S": pk}},
        ConsistentRead=True,
    )["Items"],
}


@pytest.mark.parametrize("read", READS)
def test_a_plain_read_succeeds_and_returns_the_item_before_the_transaction(
    dynamodb: Any, running: Running, pk: str, read: str
) -> None:
    dynamodb.put_item(TableName=TABLE, Item=item(pk, "old"))
    with running(put(pk)):
        assert READS[read](dynamodb, pk) == [item(pk, "old")]
    assert READS[read](dynamodb, pk) == [item(pk, "new")]


def test_a_token_in_use_is_refused_and_a_used_one_writes_nothing_again(
    dynamodb: Any, running: Running, pk: str
) -> None:
    token = {"ClientRequestToken": f"token-{pk}"}
    with running(put(pk, "first"), **token):
        error = refusal(dynamodb.transact_write_items, TransactItems=[put(pk, "first")], **token)
        assert error is not None
        assert (error.code, error.status) == ("TransactionInProgressException", 400)
    dynamodb.put_item(TableName=TABLE, Item=item(pk, "later"))
    with running(check(pk)):
        # A completed transaction neither waits nor conflicts, and writes nothing again.
        dynamodb.transact_write_items(TransactItems=[put(pk, "first")], **token)
        error = refusal(dynamodb.transact_write_items, TransactItems=[put(pk, "other")], **token)
    assert error is not None
    assert error.code == "IdempotentParameterMismatchException"
    assert stored(dynamodb, pk) == "later"
