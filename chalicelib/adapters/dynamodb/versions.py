"""What a change has to find as it was read."""

from __future__ import annotations

from collections.abc import Sequence

from chalicelib.adapters.dynamodb.keys import Key, key_of
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.things import Item


def versions_to_check(changed: Sequence[Item], standing: Sequence[Item]) -> dict[Key, int]:
    """The versions that a change has to find besides those that it writes over.

    A transaction takes one step on each item, and an item can be among both, or twice among
    `standing`, read at different moments. FactsChanged if these do not agree.
    """
    expected = {key_of(item): item.version - 1 for item in changed}
    checks: dict[Key, int] = {}
    for item in standing:
        key = key_of(item)
        if expected.setdefault(key, item.version) != item.version:
            raise FactsChanged
        checks[key] = item.version
    for item in changed:
        checks.pop(key_of(item), None)
    return checks
