"""Many items by their keys, a hundred a call: a page of what a member may enter."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from chalicelib.adapters.dynamodb import items, keys
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import Busy, plain, records
from chalicelib.adapters.dynamodb.patience import patiently
from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant, Granted
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.stops import Stop, Stoppable, with_stop
from chalicelib.domain.values import I, ItemKey

MOST_KEYS = 100
"""Of one BatchGetItem (DynamoDB API Reference)."""

Found = Mapping[keys.Key, Mapping[str, Any]]


def granted(tables: Tables, grants: Sequence[Grant]) -> list[Granted]:
    """Each grant as it is now, with its engagement and its roles in the order of their names."""
    found = read(tables, with_stops(key for grant in grants for key in _keys_of(grant)))
    all_of_them = []
    for listed in grants:
        grant, engagement, *roles = _keys_of(listed)
        now, place = made(Grant, found, grant), made(Engagement, found, engagement)
        if now is not None and place is not None:
            there = (made(Role, found, role) for role in roles)
            all_of_them.append(Granted(now, place, tuple(filter(None, there))))
    return all_of_them


def _keys_of(grant: Grant) -> Iterator[keys.Key]:
    yield keys.key_of(grant)
    yield keys.key(Engagement, grant.engagement)
    for role in sorted(grant.roles):
        yield keys.key(Role, grant.engagement, role)


def of_kind(tables: Tables, kind: type[I], names: Iterable[ItemKey]) -> dict[ItemKey, I]:
    """Return those of the kind's items with these names that there are."""
    by_name = {name: keys.key(kind, *name) for name in names}
    wanted = sorted(set(by_name.values()))
    if issubclass(kind, Stoppable):
        found = read(tables, with_stops(wanted))
    else:
        found = _read_one(tables, wanted[0]) if len(wanted) == 1 else read(tables, wanted)
    items = {name: made(kind, found, key) for name, key in by_name.items()}
    return {name: item for name, item in items.items() if item is not None}


def read(tables: Tables, wanted: Sequence[keys.Key]) -> Found:
    """Return the tagged items that there are, each as of its own moment; the read is consistent.
    Unavailable if DynamoDB keeps leaving some out: what was not read must not pass for missing."""
    found: dict[keys.Key, Mapping[str, Any]] = {}
    left: Any = None

    def read_on() -> None:
        nonlocal left
        with records():
            answer = tables.client.batch_get_item(RequestItems=left)
        for item in answer["Responses"].get(tables.state, ()):
            found[item["pk"]["S"], item["sk"]["S"]] = item
        left = answer.get("UnprocessedKeys")
        if left:
            raise Busy

    for start in range(0, len(wanted), MOST_KEYS):
        batch = [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in wanted[start : start + MOST_KEYS]]
        left = {tables.state: {"Keys": batch, "ConsistentRead": True}}
        patiently(read_on)
    return found


def _read_one(tables: Tables, key: keys.Key) -> Found:
    """As `read`: what reads no more than that is permitted no more (the count of sessions)."""
    pk, sk = key
    with records():
        answer = tables.client.get_item(
            TableName=tables.state, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
        )
    return {key: answer["Item"]} if "Item" in answer else {}


def with_stops(wanted: Iterable[keys.Key]) -> list[keys.Key]:
    """Return the keys, each once, and then the keys of their items' stops."""
    items = list(dict.fromkeys(wanted))
    return [*items, *map(keys.stop, items)]


def made(kind: type[I], found: Found, key: keys.Key) -> I | None:
    """Return the item with this key as it stands beside its stop, or None."""
    item = _made(kind, found.get(key))
    return None if item is None else _beside_its_stop(item, found, keys.stop(key))


def stopped(tables: Tables, listed: Sequence[I]) -> list[I]:
    """Return items that were read without their stops as they stand beside them."""
    stops = [keys.stop(keys.key_of(item)) for item in listed]
    found = read(tables, sorted(set(stops)))
    return [_beside_its_stop(item, found, stop) for item, stop in zip(listed, stops, strict=True)]


def _beside_its_stop(item: I, found: Found, stop: keys.Key) -> I:
    if isinstance(item, Stoppable):
        return with_stop(item, _made(Stop, found.get(stop)))
    return item


def _made(kind: type[I], item: Mapping[str, Any] | None) -> I | None:
    if item is None:
        return None
    body = plain(item["body"]["M"])
    body["version"] = int(item["version"]["N"])  # kept beside it, for conditions
    return items.thing_of(kind, body)
