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


def read_items(
    tables: Tables, kinds_and_keys: Iterable[tuple[type[Item], ItemKey]]
) -> dict[tuple[type[Item], ItemKey], Item]:
    """Return the existing items of several kinds, by kind and key. If an item has a stop (a
    separate item that stores its revocation), return the item as revoked."""
    table_keys = {
        (kind, item_key): keys.table_key(kind, *item_key) for kind, item_key in kinds_and_keys
    }
    stoppable = [key for (kind, _), key in table_keys.items() if issubclass(kind, Stoppable)]
    keys_to_read = list(dict.fromkeys([*table_keys.values(), *map(keys.stop_key, stoppable)]))
    read = _read_single_item if len(keys_to_read) == 1 else _read_raw_items
    raw_items = read(tables, keys_to_read)
    return {
        (kind, item_key): _apply_stop(item, raw_items, keys.stop_key(key))
        for (kind, item_key), key in table_keys.items()
        if (item := _parse_item(kind, raw_items.get(key))) is not None
    }


def _read_raw_items(tables: Tables, keys_to_read: Sequence[keys.TableKey]) -> RawItems:
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


def _read_single_item(tables: Tables, keys_to_read: Sequence[keys.TableKey]) -> RawItems:
    """Return the only item like `_read_raw_items`, but call GetItem, because some Lambda functions
    may not call BatchGetItem."""
    ((pk, sk),) = keys_to_read
    with translate_errors():
        response = tables.client.get_item(
            TableName=tables.state, Key={"pk": {"S": pk}, "sk": {"S": sk}}, ConsistentRead=True
        )
    return {(pk, sk): response["Item"]} if "Item" in response else {}


def apply_stops(tables: Tables, items: Sequence[I]) -> list[I]:
    """Read the stops of these items, and return the items with their stops applied."""
    stop_keys = [keys.stop_key(keys.table_key_of(item)) for item in items]
    raw_stops = _read_raw_items(tables, sorted(set(stop_keys)))
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
    """Return the item of this kind from its raw form, or None if there is no raw item."""
    if raw_item is None:
        return None
    body = remove_type_tags(raw_item["body"]["M"])
    # The version is a separate attribute, so that conditions can use it.
    body["version"] = int(raw_item["version"]["N"])
    return keys.parse_body(kind, body)
