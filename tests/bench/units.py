"""Measure the DynamoDB write units of a vend."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap
from local.processes import Running
from tests.bench.reporting import say
from tests.bench.vend import clients, request

# For each of the trail's indexes, the attribute that puts an item into it.
INDEXED_BY = ("day", "engagement", "actor", "subject")
UNIT = 1024  # bytes
BEFORE = 17  # with a transaction over the five items of the access decision


def units_of_a_vend(running: Running, token: str) -> list[int]:
    """Return the write units of each put of one warm vend.

    "DynamoDB item sizes and formats", "Managing throughput capacity": 1 unit per KB, rounded up, in
    the table and again in every index that holds the item.
    """
    puts: list[dict[str, Any]] = []

    def note(params: Any, model: Any, **_: Any) -> None:
        assert model.name in ("BatchGetItem", "PutItem"), "a transaction costs twice as much"
        if model.name == "PutItem":
            puts.append(params["Item"])

    dynamodb, _ = clients(bootstrap.ports())
    dynamodb.meta.events.register("provide-client-params.dynamodb.*", note)
    request(running, token)
    dynamodb.meta.events.unregister("provide-client-params.dynamodb.*", note)
    return [units_of(item) for item in puts]


def units_of(item: dict[str, Any]) -> int:
    copies = 1 + sum(name in item for name in INDEXED_BY)
    return copies * -(-size({"M": item}) // UNIT)


def size(tagged: dict[str, Any]) -> int:
    """Return the bytes of a value: its text, or for a map 3 bytes, 1 for each element, and
    those."""
    ((tag, value),) = tagged.items()
    if tag == "S":
        return len(value.encode())
    return 3 + sum(1 + len(name.encode()) + size(item) for name, item in value.items())


def print_units(units: list[int]) -> None:
    say(f"DynamoDB write units of one vend: {sum(units)} ({' + '.join(map(str, units))})")
    say(f"  {BEFORE} when the last step was a transaction over all items of the access decision\n")
