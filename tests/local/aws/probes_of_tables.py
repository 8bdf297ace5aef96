"""Probes of DynamoDB's tables."""

from __future__ import annotations

import time
from typing import Any

from local.endpoint import Endpoint
from tests.local.aws.probes import Probes
from tests.local.scene import CLIENT, table_with

probe = Probes()
ITEMS = 1000


@probe
def handles_a_query_of_many_items(aws: Endpoint) -> bool:
    """The key condition costs little for each item, compared with a filter on each."""
    dynamodb = aws.as_root(CLIENT, "dynamodb")
    dynamodb.create_table(TableName="crowded", **table_with("a", "b"))
    puts = [
        {"PutRequest": {"Item": {"a": {"S": "a"}, "b": {"S": str(n)}, "c": {"S": str(n)}}}}
        for n in range(ITEMS)
    ]
    for start in range(0, ITEMS, 25):
        dynamodb.batch_write_item(RequestItems={"crowded": puts[start : start + 25]})

    values = {":a": {"S": "a"}, ":low": {"S": "!"}, ":high": {"S": "~"}}

    def measure(**filters: Any) -> float:
        """Return the seconds of the fastest of twelve queries, because the machine may be busy."""
        times = []
        for _ in range(12):
            began = time.perf_counter()
            response = dynamodb.query(
                TableName="crowded",
                KeyConditionExpression="(a = :a AND b BETWEEN :low AND :high)",
                ExpressionAttributeValues=values,
                Select="COUNT",
                **filters,
            )
            times.append(time.perf_counter() - began)
            assert response["Count"] == ITEMS
        return min(times)

    return measure() < measure(FilterExpression="c BETWEEN :low AND :high") / 2.5
