"""What a vend writes to DynamoDB, in write units."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap
from local.processes import Running
from tests.bench.reporting import say
from tests.bench.vend import clients, request

# Of the trail's indexes, by the attribute that an item needs to be in one.
INDEXED_BY = ("day", "engagement", "actor", "subject")
UNIT = 1024  # bytes
BEFORE = 17  # a put and a transaction over the five items that the vend was decided on


def units_of_a_vend(running: Running, token: str) -> list[int]:
    """The write units of each put of one warm vend.

    "DynamoDB item sizes and formats", "Managing throughput capacity": 1 for each KB begun, in the
    table and again in every index that the item is in.
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
    places = 1 + sum(name in item for name in INDEXED_BY)
    return places * -(-size({"M": item}) // UNIT)


def size(tagged: dict[str, Any]) -> int:
    """Bytes of a value: text, or a map with 3 bytes of its own and 1 for each element."""
    ((tag, value),) = tagged.items()
    if tag == "S":
        return len(value.encode())
    return 3 + sum(1 + len(name.encode()) + size(item) for name, item in value.items())


def print_units(units: list[int]) -> None:
    say(f"write units of DynamoDB in one vend: {sum(units)} ({' + '.join(map(str, units))})")
    say(f"  {BEFORE} when its last step was a transaction over all that it was decided on\n")
