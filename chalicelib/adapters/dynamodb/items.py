"""Convert values to and from the tables' attributes. A value's fields are stored as one map, its
body.

Reading refuses an item that lacks a required field (`msgspec.ValidationError`). A field with a
default may be missing, so that older items can be read.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Item, Value

T = TypeVar("T", bound=Value)


def attributes_of(item: Item) -> dict[str, Any]:
    """Return all attributes to write for an item, including its keys."""
    pk, sk = keys.key_of(item)
    listed_by = item.LISTED_BY
    list_key = item.list_key if listed_by is not None else ""
    group = getattr(item, listed_by) if listed_by and list_key else ""
    body = body_of(item)
    version = body.pop("version")
    return {
        "pk": pk,
        "sk": sk,
        "type": item.STORED_AS,
        "version": version,
        "list": keys.list_name(type(item), group) if list_key else None,
        "list_sk": list_key or None,
        "gone_after": int(item.gone_after.timestamp()) if item.gone_after else None,
        "body": body,
    }


def entry_attributes(entry: Entry, *, intent: Entry | None = None) -> dict[str, Any]:
    """Return all attributes to write for an entry, without empty text. With an `intent`, the entry
    is the outcome of that vend, and its key is derived from the intent's."""
    sort_key = intent.position + keys.OUTCOME if intent else entry.position
    if entry.vend:
        attributes: dict[str, Any] = {
            "pk": keys.vend_entries(entry.actor),
            "engagement": entry.engagement,
        }
    else:
        attributes = {"pk": keys.other_entries(entry.engagement)}
        attributes |= {"actor": entry.actor, "subject": entry.subject}
    body = {name: value for name, value in msgspec.to_builtins(entry).items() if value}
    attributes |= {"sk": sort_key, "day": sort_key[:10], "body": body}
    return {name: value for name, value in attributes.items() if value}


def body_of(value: Value) -> dict[str, Any]:
    """Return the value's fields as JSON values, without None."""
    body: dict[str, Any] = msgspec.to_builtins(value, order="deterministic")
    return {name: _plain(value) for name, value in body.items() if value is not None}


def _plain(value: Any) -> Any:
    """Return the value with lists instead of tuples, which pynamodb does not support."""
    if isinstance(value, tuple):
        return [_plain(element) for element in value]
    if isinstance(value, dict):
        return {name: _plain(element) for name, element in value.items() if element is not None}
    return value


def value_of(kind: type[T], body: dict[str, Any]) -> T:
    """Return the value of this kind whose fields are in the body."""
    return msgspec.convert(body, kind)
