"""Read the parts of a page, so that one that cannot be read does not take the others with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, TypeVar

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.values import Item
from chalicelib.domain.vending.blocks import Block
from chalicelib.usecases.lists import pick
from chalicelib.usecases.ports import MixedKey, Ports

T = TypeVar("T")

KEYS_PER_CALL = 100
"""DynamoDB's limit for one BatchGetItem call. Each item that can be revoked costs two keys."""


def count_keys(key: MixedKey) -> int:
    """Return how many keys of the table this item costs: one more for its stop."""
    return 2 if hasattr(key[0], "ENDS") else 1


def read_part(read: Callable[[], T]) -> T | None:
    """Return the part of a page, or None if a service did not answer."""
    try:
        return read()
    except Unavailable:
        return None


def read_parts(ports: Ports, parts: Mapping[str, Callable[[], Any]]) -> dict[str, Any]:
    """Return the parts of a page by name, read side by side. A part is None if a service did not
    answer."""
    calls = [partial(read_part, read) for read in parts.values()]
    return dict(zip(parts, ports.side_by_side(calls), strict=True))


def list_unread(parts: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of the parts that could not be read."""
    return tuple(name for name, part in parts.items() if part is None)


class PartReader:
    """Reads the parts of a page, and collects the names of those that could not be read."""

    def __init__(self, suffix: str = "") -> None:
        self._suffix = suffix
        self.unread: list[str] = []

    def read(self, part: str, call: Callable[[], T], otherwise: T) -> T:
        """Return the part. If DynamoDB does not answer, note that, and return `otherwise`."""
        try:
            return call()
        except Unavailable:
            self.unread.append(f"{part} could not be read now.{self._suffix}")
            return otherwise


def pick_block(items: Mapping[MixedKey, Item], scope: str) -> Block | None:
    """Return the block of everything or of an engagement from items that were read, if it is in
    force."""
    block = pick(items, Block, scope)
    return block if block is not None and block.is_in_force else None
