"""Count the DynamoDB write units of a vend."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap
from local.processes import RunningStack
from tests.bench.reporting import say
from tests.bench.vend import clients, request

# One attribute for each index of the trail: an item with the attribute is in the index.
INDEXED_BY = ("day", "engagement", "actor", "subject")
UNIT = 1024  # bytes
BEFORE = 17  # an earlier version: a put, and a transaction over the five items of the decision


def units_of_a_vend(running: RunningStack, token: str) -> list[int]:
    """Return the write units of each put of one warm vend.

    A put costs 1 unit for each KB begun, in the table and again in every index that has the item.
    Sources: "DynamoDB item sizes and formats", "Managing throughput capacity".
    """
    puts: list[dict[str, Any]] = []

    def record(params: Any, model: Any, **_: Any) -> None:
        assert model.name in ("BatchGetItem", "PutItem"), "a transaction costs twice as much"
        if model.name == "PutItem":
            puts.append(params["Item"])

    dynamodb, _ = clients(bootstrap.ports())
    dynamodb.meta.events.register("provide-client-params.dynamodb.*", record)
    request(running, token)
    dynamodb.meta.events.unregister("provide-client-params.dynamodb.*", record)
    return [units_of(item) for item in puts]


def units_of(item: dict[str, Any]) -> int:
    copies = 1 + sum(name in item for name in INDEXED_BY)
    return copies * -(-size({"M": item}) // UNIT)


def size(tagged: dict[str, Any]) -> int:
    """Return the bytes of a value: text, or a map, which adds 3 bytes and 1 for each element."""
    ((tag, value),) = tagged.items()
    if tag == "S":
        return len(value.encode())
    return 3 + sum(1 + len(name.encode()) + size(item) for name, item in value.items())


def print_units(units: list[int]) -> None:
    say(f"write units of DynamoDB in one vend: {sum(units)} ({' + '.join(map(str, units))})")
    say(
        f"  {BEFORE} before, when the last step was a transaction over every item of the decision\n"
    )
