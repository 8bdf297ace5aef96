"""What an entry on the trail says of items that are written: their own keys, and what differs.

Both follow from the items' declarations. An entry holds no more of an item than answers show: no
field that is `Hidden` or `Secret`, and none that is `Unrecorded`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from msgspec.structs import fields, replace

from chalicelib.domain.moments import rfc3339
from chalicelib.domain.things import Item, Thing, marked
from chalicelib.domain.trail import Action, Operation

Edit = tuple[Item | None, Item]
"""An item as it was, or None where it is new, and as it is written."""

_COLUMNS = ("engagement", "role", "subject")


def operation(action: Action, *edits: Edit, details: Mapping[str, str]) -> Operation:
    """Return what an entry says of these edits. Its target is the first item.

    What differs in another item stands under that item's key: `role.readonly.arn`, and
    `link.expires_at` beside `link`. `details` is what no item says; it goes before what one does.
    """
    (old, new), *others = edits
    target = target_of(new)
    columns = {name: value for name, value in target.items() if name in _COLUMNS}
    found = _changes({} if old is None else _details(target_of(old)), _details(target))
    found |= differences(old, new)
    for before, after in others:
        found |= _of_another(before, after, columns)
    return replace(Operation(action=action, details={**found, **details}), **columns)


def target_of(item: Item) -> dict[str, str]:
    """Return the keys by which an entry names the item."""
    return {name: getattr(item, attribute) for name, attribute in item.TARGET.items()}


def differences(old: Thing | None, new: Thing | None) -> dict[str, str]:
    """Return the recorded fields that differ, as text: `name`, and `former_name` for what it was.

    A thing within the thing is compared field by field, under the fields' own names.
    """
    found: dict[str, str] = {}
    thing = old if new is None else new
    for attribute, name in () if thing is None else recorded_fields(type(thing)):
        before, after = getattr(old, attribute, None), getattr(new, attribute, None)
        if isinstance(before, Thing) or isinstance(after, Thing):
            found |= differences(before, after)
        elif before != after:
            found |= _changes({name: _text(before)}, {name: _text(after)})
    return found


@cache
def recorded_fields(kind: type[Thing]) -> tuple[tuple[str, str], ...]:
    """Return the fields that entries repeat: attributes, and their names in JSON."""
    left_out = marked(kind, "hidden") | marked(kind, "secret") | marked(kind, "unrecorded")
    if issubclass(kind, Item):
        left_out |= set(kind.TARGET.values())
    return tuple((one.name, one.encode_name) for one in fields(kind) if one.name not in left_out)


def _of_another(old: Item | None, new: Item, columns: Mapping[str, str]) -> dict[str, str]:
    found = differences(old, new)
    if not new.TARGET or not found:
        return {}
    own = {name: key for name, key in target_of(new).items() if columns.get(name) != key}
    prefix = "".join(
        f"{name}.{key}." if name in _COLUMNS else f"{name}." for name, key in own.items()
    )
    return _details(own) | {prefix + name: text for name, text in found.items()}


def _details(target: Mapping[str, str]) -> dict[str, str]:
    return {name: key for name, key in target.items() if name not in _COLUMNS}


def _changes(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    former = {f"former_{name}": text for name, text in old.items() if text != new.get(name)}
    return {name: text for name, text in ({**new, **former}).items() if text}


def _text(value: Any) -> str:
    """Return the text by which an entry gives a field's value; empty for none."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case datetime():
            return rfc3339(value)
        case frozenset():
            return " ".join(sorted(map(_text, value)))
        case tuple():
            return " ".join(map(_text, value))
        case str() | int():
            return str(value)
    raise TypeError(f"no entry can hold a {type(value).__name__}")
