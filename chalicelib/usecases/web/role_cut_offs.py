"""Read the cut-offs of the roles whose sessions a page shows, together with its other items."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from chalicelib.domain.values import Item
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.sessions import Session
from chalicelib.usecases.ports import MixedKey


def list_cut_off_keys(sessions: Iterable[Session], most: int) -> list[MixedKey]:
    """Return the keys of the cut-offs of the sessions' roles, `most` at most, in the order of the
    sessions. Each is one key of the table."""
    roles = dict.fromkeys((each.engagement, each.role) for each in sessions)
    return [(RoleCutOffs, role) for role in list(roles)[:most]]


def pick_cut_offs(items: Mapping[MixedKey, Item]) -> tuple[RoleCutOffs, ...]:
    """Return the cut-offs among the items that were read."""
    return tuple(item for item in items.values() if isinstance(item, RoleCutOffs))
