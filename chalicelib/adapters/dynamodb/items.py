"""Convert items and trail entries to and from the tables' attributes. The fields are stored as one
map, the body.

Reading raises `msgspec.ValidationError` if a required field is missing. A field with a default may
be missing, so that a later version, which adds a field, can read the items of this one.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from chalicelib.adapters.dynamodb import keys
from chalicelib.domain.trail import Entry
from chalicelib.domain.values import Item, Value

T = TypeVar("T", bound=Value)


def build_item_attributes(item: Item) -> dict[str, Any]:
    """Return all attributes to write for an item, including its keys."""
    pk, sk = keys.table_key_of(item)
    # None: the kind has no list. Empty: one list of all items. Else: one list for each value.
    list_field = item.LISTED_BY
    list_key = item.list_key if list_field is not None else ""
    list_value = getattr(item, list_field) if list_field and list_key else ""
    body = build_body(item)
    version = body.pop("version")
    return {
        "pk": pk,
        "sk": sk,
        "type": item.STORED_AS,
        "version": version,
        "list": keys.list_name(type(item), list_value) if list_key else None,
        "list_sk": list_key or None,
        "gone_after": int(item.gone_after.timestamp()) if item.gone_after else None,
        "body": body,
    }


def build_entry_attributes(entry: Entry, *, intent: Entry | None = None) -> dict[str, Any]:
    """Return all attributes to write for a trail entry, including its key. Leave out empty ones.

    `intent` is the entry written before AWS STS is asked for a session. If there is one, `entry` is
    written afterwards: the vend's outcome, or the end of its session. Its key is derived from the
    intent's key.
    """
    sort_key = intent.position + keys.VEND_SUFFIXES[entry.action] if intent else entry.position
    if entry.vend:
        attributes: dict[str, Any] = {
            "pk": keys.vends_partition(entry.subject or entry.actor),
            "engagement": entry.engagement,
            # Only a lead who revoked a member's session needs to be found by another list.
            "actor": entry.actor if entry.subject else "",
        }
    else:
        attributes = {"pk": keys.other_entries_partition(entry.engagement)}
        attributes |= {"actor": entry.actor, "subject": entry.subject}
    body = {name: value for name, value in msgspec.to_builtins(entry).items() if value}
    attributes |= {"sk": sort_key, "day": sort_key[:10], "body": body}
    return {name: value for name, value in attributes.items() if value}


def build_body(value: Value) -> dict[str, Any]:
    """Return the value's fields as JSON values, without None."""
    body: dict[str, Any] = msgspec.to_builtins(value, order="deterministic")
    return {name: _replace_tuples(value) for name, value in body.items() if value is not None}


def _replace_tuples(value: Any) -> Any:
    """Return the value with lists instead of tuples, which pynamodb does not support."""
    if isinstance(value, tuple):
        return [_replace_tuples(element) for element in value]
    if isinstance(value, dict):
        return {
            name: _replace_tuples(element) for name, element in value.items() if element is not None
        }
    return value


def parse_body(kind: type[T], body: dict[str, Any]) -> T:
    """Return the value of this kind whose fields are in the body."""
    return msgspec.convert(body, kind)
