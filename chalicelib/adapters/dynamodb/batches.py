"""Read many items of the state table by key, with their stops. A stop is a stored revocation
(`domain.stops`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from chalicelib.adapters.dynamodb import keys
from chalicelib.adapters.dynamodb.connection import Tables
from chalicelib.adapters.dynamodb.failures import Busy, remove_type_tags, translate_errors
from chalicelib.adapters.dynamodb.retries import retry_while_busy
from chalicelib.domain.stops import Stop, Stoppable, with_stop
from chalicelib.domain.values import I, Item, ItemKey

MAX_KEYS_PER_CALL = 100
"""DynamoDB's limit for one BatchGetItem call (DynamoDB API Reference)."""

RawItems = Mapping[keys.TableKey, Mapping[str, Any]]
"""Items by key, as DynamoDB returns them."""


def read_items(tables: Tables, kind: type[I], item_keys: Iterable[ItemKey]) -> dict[ItemKey, I]:
    """Return the existing items of this kind that have one of these keys, by key, with their stops
    applied."""
    table_keys = {item_key: keys.table_key(kind, *item_key) for item_key in item_keys}
    keys_to_read = sorted(set(table_keys.values()))
    if issubclass(kind, Stoppable):
        raw_items = read_raw_items(tables, with_stop_keys(keys_to_read))
    elif len(keys_to_read) == 1:
        raw_items = _read_single_item(tables, keys_to_read[0])
    else:
        raw_items = read_raw_items(tables, keys_to_read)
    items = {item_key: find_item(kind, raw_items, key) for item_key, key in table_keys.items()}
    return {item_key: item for item_key, item in items.items() if item is not None}


def read_mixed_items(
    tables: Tables, mixed_keys: Iterable[tuple[type[Item], ItemKey]]
) -> dict[tuple[type[Item], ItemKey], Item]:
    """Return the existing items of several kinds by kind and key, with their stops applied."""
    table_keys = {mixed: keys.table_key(mixed[0], *mixed[1]) for mixed in mixed_keys}
    stoppable = [key for mixed, key in table_keys.items() if issubclass(mixed[0], Stoppable)]
    raw_items = read_raw_items(
        tables, list(dict.fromkeys([*table_keys.values(), *map(keys.stop_key, stoppable)]))
    )
    items = {mixed: find_item(mixed[0], raw_items, key) for mixed, key in table_keys.items()}
    return {mixed: item for mixed, item in items.items() if item is not None}


def read_raw_items(tables: Tables, keys_to_read: Sequence[keys.TableKey]) -> RawItems:
    """Return the existing items by key, with DynamoDB's type tags. Each item is read consistently,
    but not all at the same moment. Raise Unavailable if DynamoDB repeatedly leaves keys
    unprocessed, because an unread item must not count as missing."""
    items: dict[keys.TableKey, Mapping[str, Any]] = {}
    request_items: Any = None

    def read_once() -> None:
        """Read the requested items, and keep the keys that DynamoDB left unprocessed as the next
        request. Raise Busy if there are any."""
        nonlocal request_items
        with translate_errors():
            response = tables.client.batch_get_item(RequestItems=request_items)
        for item in response["Responses"].get(tables.state, ()):
            items[item["pk"]["S"], item["sk"]["S"]] = item
        request_items = response.get("UnprocessedKeys")
        if request_items:
            raise Busy

    for start in range(0, len(keys_to_read), MAX_KEYS_PER_CALL):
        batch = [
            {"pk": {"S": pk}, "sk": {"S": sk}}
            for pk, sk in keys_to_read[start : start + MAX_KEYS_PER_CALL]
        ]
        request_items = {tables.state: {"Keys": batch, "ConsistentRead": True}}
        retry_while_busy(read_once)
    return items


def _read_single_item(tables: Tables, key: keys.TableKey) -> RawItems:
    """Return the item like `read_raw_items`, but call GetItem, because some Lambda functions may
    not call BatchGetItem."""
    pk, sk = key
    with translate_errors():
        response = tables.client.get_item(
            TableName=tables.state, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
        )
    return {key: response["Item"]} if "Item" in response else {}


def with_stop_keys(item_keys: Iterable[keys.TableKey]) -> list[keys.TableKey]:
    """Return the keys without duplicates, followed by the keys of the items' stops."""
    unique_keys = list(dict.fromkeys(item_keys))
    return [*unique_keys, *map(keys.stop_key, unique_keys)]


def find_item(kind: type[I], items: RawItems, key: keys.TableKey) -> I | None:
    """Return the item with this key from the raw items, with its stop applied; None if the raw
    items lack the key."""
    item = _parse_item(kind, items.get(key))
    return None if item is None else _apply_stop(item, items, keys.stop_key(key))


def apply_stops(tables: Tables, items: Sequence[I]) -> list[I]:
    """Read the stops of these items, and return the items with their stops applied."""
    stop_keys = [keys.stop_key(keys.table_key_of(item)) for item in items]
    raw_stops = read_raw_items(tables, sorted(set(stop_keys)))
    return [
        _apply_stop(item, raw_stops, stop_key)
        for item, stop_key in zip(items, stop_keys, strict=True)
    ]


def _apply_stop(item: I, raw_items: RawItems, stop_key: keys.TableKey) -> I:
    """Return the item with its stop from the raw items applied, if there is one."""
    if isinstance(item, Stoppable):
        return with_stop(item, _parse_item(Stop, raw_items.get(stop_key)))
    return item


def _parse_item(kind: type[I], raw_item: Mapping[str, Any] | None) -> I | None:
    """Return the item of this kind from its raw form; None for None."""
    if raw_item is None:
        return None
    body = remove_type_tags(raw_item["body"]["M"])
    # The version is a separate attribute, so that conditions can use it.
    body["version"] = int(raw_item["version"]["N"])
    return keys.parse_body(kind, body)
