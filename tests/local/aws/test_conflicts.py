"""DynamoDB's transaction conflicts: requests that a running transaction blocks, and their errors.

"Amazon DynamoDB Transactions: How it works" (Developer Guide), and the service model's texts.
"""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from botocore.config import Config

from tests.local.scene import CLIENT, refusal, table_with

TABLE = "contended"
CONFLICT = {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}
NONE = {"Code": "None"}
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def dynamodb(aws):
    config = Config(retries={"total_max_attempts": 1}, read_timeout=10)
    keys = {"access_key_id": CLIENT, "secret_access_key": "test"}
    client = aws.client("dynamodb", **keys, config=config)
    client.create_table(TableName=TABLE, **table_with("pk", "sk"))
    return client


@pytest.fixture
def pk():
    """Return the partition key of an item that no other test uses."""
    return f"item-{next(_numbers)}"


def key(pk):
    return {"pk": {"S": pk}, "sk": {"S": "1"}}


def item(pk, value):
    return {**key(pk), "v": {"S": value}}


def put(pk, value="new", **more):
    return {"Put": {"TableName": TABLE, "Item": item(pk, value), **more}}


def check(pk, condition="attribute_exists(pk)"):
    member = {"TableName": TABLE, "Key": key(pk), "ConditionExpression": condition}
    return {"ConditionCheck": member}


def update(pk):
    return {"Update": {"TableName": TABLE, "Key": key(pk), **SET_NEW}}


def delete(pk):
    return {"Delete": {"TableName": TABLE, "Key": key(pk)}}


SET_NEW = {"UpdateExpression": "SET v = :v", "ExpressionAttributeValues": {":v": {"S": "new"}}}
TOUCHES = {"a put": put, "an update": update, "a delete": delete, "a check": check}


def stored(dynamodb, pk):
    response = dynamodb.get_item(TableName=TABLE, Key=key(pk), ConsistentRead=True)
    return response["Item"]["v"]["S"] if "Item" in response else None


@pytest.fixture
def running(aws, dynamodb):
    """Return a context manager that runs a transaction until the end of its block."""

    @contextmanager
    def begin(*items, **more):
        with ThreadPoolExecutor(1) as thread:
            with aws.transactions_taking(milliseconds=60_000):
                more |= {"TransactItems": list(items)}
                begun = thread.submit(dynamodb.transact_write_items, **more)
                last = next(iter(items[-1].values()))
                wait_until_locked(dynamodb, last.get("Key") or key(last["Item"]["pk"]["S"]))
                yield
                assert not begun.done()
            begun.result(timeout=10)

    return begin


def wait_until_locked(dynamodb, item_key):
    get = {"Get": {"TableName": TABLE, "Key": item_key}}
    deadline = time.monotonic() + 10
    while refusal(dynamodb.transact_get_items, TransactItems=[get]) is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)


def reasons(dynamodb, operation, *items):
    with pytest.raises(dynamodb.exceptions.TransactionCanceledException) as raised:
        getattr(dynamodb, operation)(TransactItems=list(items))
    cancellation = raised.value.response["CancellationReasons"]
    codes = ", ".join(reason["Code"] for reason in cancellation)
    assert raised.value.response["Error"]["Message"].endswith(f"specific reasons [{codes}]")
    return cancellation


@pytest.mark.parametrize("first", TOUCHES)
@pytest.mark.parametrize("second", TOUCHES)
def test_two_transactions_conflict_in_an_item_even_if_both_only_check_it(
    dynamodb, running, pk, first, second
):
    dynamodb.put_item(TableName=TABLE, Item=item(pk, "old"))
    with running(TOUCHES[first](pk)):
        items = put(f"{pk}-before"), TOUCHES[second](pk), put(f"{pk}-after")
        assert reasons(dynamodb, "transact_write_items", *items) == [NONE, CONFLICT, NONE]
    assert stored(dynamodb, f"{pk}-before") is None
    expected = {"a check": "old", "a delete": None}.get(first, "new")
    assert stored(dynamodb, pk) == expected


def test_a_failed_condition_is_reported_beside_a_conflict(dynamodb, running, pk):
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
    dynamodb, running, pk, touch, operation, parameters
):
    dynamodb.put_item(TableName=TABLE, Item=item(pk, "old"))
    with running(TOUCHES[touch](pk)):
        error = refusal(getattr(dynamodb, operation), TableName=TABLE, **parameters(pk))
        assert (error.code, error.status) == ("TransactionConflictException", 400)
        beside = parameters(f"{pk}-beside")
        assert refusal(getattr(dynamodb, operation), TableName=TABLE, **beside) is None


def test_a_token_in_use_is_refused_and_a_used_one_writes_nothing_again(dynamodb, running, pk):
    token = {"ClientRequestToken": f"token-{pk}"}
    with running(put(pk, "first"), **token):
        error = refusal(dynamodb.transact_write_items, TransactItems=[put(pk, "first")], **token)
        assert (error.code, error.status) == ("TransactionInProgressException", 400)
    dynamodb.put_item(TableName=TABLE, Item=item(pk, "later"))
    with running(check(pk)):
        # A completed transaction neither waits nor conflicts, and writes nothing again.
        dynamodb.transact_write_items(TransactItems=[put(pk, "first")], **token)
        error = refusal(dynamodb.transact_write_items, TransactItems=[put(pk, "other")], **token)
    assert error.code == "IdempotentParameterMismatchException"
    assert stored(dynamodb, pk) == "later"
