"""Things to and from what the tables hold: whatever a thing consists of is stored as its body.

An item that lacks what its declaration demands is refused (`msgspec.ValidationError`); what has a
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
    """All that is written for an item, keys included."""
    pk, sk = keys.key_of(item)
    listed_by = item.LISTED_BY
    list_key = item.list_key if listed_by is not None else ""
    of = getattr(item, listed_by) if listed_by and list_key else ""
    body = body_of(item)
    version = body.pop("version")
    return {
        "pk": pk,
        "sk": sk,
        "type": item.STORED_AS,
        "version": version,
        "list": keys.listed(type(item), of) if list_key else None,
        "list_sk": list_key or None,
        "gone_after": int(item.gone_after.timestamp()) if item.gone_after else None,
        "body": body,
    }


def entry_attributes(entry: Entry, *, intent: Entry | None = None) -> dict[str, Any]:
    """Return all that is written for an entry, without empty text. The outcome of an `intent` goes
    into the place that the intent has for it."""
    place = intent.position + keys.OUTCOME if intent else entry.position
    if entry.vend:
        attributes: dict[str, Any] = {
            "pk": keys.vends(entry.actor),
            "engagement": entry.engagement,
        }
    else:
        attributes = {"pk": keys.others(entry.engagement)}
        attributes |= {"actor": entry.actor, "subject": entry.subject}
    body = {name: value for name, value in msgspec.to_builtins(entry).items() if value}
    attributes |= {"sk": place, "day": place[:10], "body": body}
    return {name: value for name, value in attributes.items() if value}


def body_of(thing: Value) -> dict[str, Any]:
    """What the thing consists of, in the values that JSON has. None is left out."""
    body: dict[str, Any] = msgspec.to_builtins(thing, order="deterministic")
    return {name: _plain(value) for name, value in body.items() if value is not None}


def _plain(value: Any) -> Any:
    """The value with lists in place of tuples, which pynamodb does not know."""
    if isinstance(value, tuple):
        return [_plain(one) for one in value]
    if isinstance(value, dict):
        return {name: _plain(one) for name, one in value.items() if one is not None}
    return value


def thing_of(kind: type[T], body: dict[str, Any]) -> T:
    """The thing that has this body."""
    return msgspec.convert(body, kind)
