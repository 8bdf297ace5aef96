"""Probes of DynamoDB's tables."""

from __future__ import annotations

import time
from typing import Any

from local.endpoint import Endpoint
from tests.local.aws.probes import Probes
from tests.local.scene import CLIENT

probe = Probes()
ITEMS = 1000


@probe
def handles_a_query_of_many_items(aws: Endpoint) -> bool:
    """The key condition costs little for each item, compared with a filter on each."""
    dynamodb = aws.as_root(CLIENT, "dynamodb")
    dynamodb.create_table(
        TableName="crowded",
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in "ab"],
        KeySchema=[
            {"AttributeName": "a", "KeyType": "HASH"},
            {"AttributeName": "b", "KeyType": "RANGE"},
        ],
    )
    puts = [
        {"PutRequest": {"Item": {"a": {"S": "a"}, "b": {"S": str(n)}, "c": {"S": str(n)}}}}
        for n in range(ITEMS)
    ]
    for start in range(0, ITEMS, 25):
        dynamodb.batch_write_item(RequestItems={"crowded": puts[start : start + 25]})

    def measure(**filters: Any) -> float:
        """Return the seconds of the fastest of twelve queries, because the machine may be busy."""
        times = []
        for _ in range(12):
            began = time.perf_counter()
            response = dynamodb.query(
                TableName="crowded",
                KeyConditionExpression="(a = :a AND b BETWEEN :low AND :high)",
                ExpressionAttributeValues={
                    ":a": {"S": "a"},
                    ":low": {"S": "!"},
                    ":high": {"S": "~"},
                },
                Select="COUNT",
                **filters,
            )
            times.append(time.perf_counter() - began)
            assert response["Count"] == ITEMS
        return min(times)

    return measure() < measure(FilterExpression="c BETWEEN :low AND :high") / 2.5
