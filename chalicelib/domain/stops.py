"""Define stops. A stop is a stored revocation that no other write can delay (docs/decisions/0043).

DynamoDB refuses a write to an item while a transaction on the item is in progress. So Daypass
stores the revocation of an item as a separate item, the stop, which no transaction writes. Every
read of the revoked item reads its stop too.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from msgspec.structs import replace

from chalicelib.domain.trail import Action, Entry
from chalicelib.domain.values import Internal, Item, ItemKey, JobState, Secret


class Stop(JobState):
    """The stored revocation of one item. All unfinished stops are in one list."""

    STORED_AS = "stop"
    KEY_FIELDS = ("kind", "names")
    LISTED_BY = ""

    kind: str
    """The class of the revoked item, such as `Grant`."""
    names: Secret[ItemKey]
    """The revoked item's key, such as (engagement, member). A token's key has its hash."""
    entry: Entry
    """The revocation's trail entry."""
    earlier: Entry | None = None
    """The trail entry of the previous stop, if this stop replaced that one before the item itself
    was updated. For example, the engagement was closed and then revoked."""
    is_finished: bool = False
    """True if the entry is on the trail and all vends in progress are withheld: their sessions are
    not handed over. Only then does the caller learn that the revocation succeeded."""
    is_applied: bool = False
    """True if the item itself has been updated too. The hourly job finishes stops but does not
    apply them."""

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def key(self) -> ItemKey:
        return self.kind, *self.names

    @property
    def list_key(self) -> str:
        return "" if self.is_finished else self.entry.position


LastStop = Internal[str]
"""The ID of the last stop that has been applied to the item's own fields."""


class Stoppable(Item):
    """An item that a stop can revoke."""

    ENDS: ClassVar[Mapping[Action, str]]
    """The actions that end the item, each with the name of the field that holds the end's time."""

    if TYPE_CHECKING:  # msgspec: only one base class may have fields, so each kind declares its own

        @property
        def stop(self) -> str: ...

    @property
    def stop_key(self) -> ItemKey:
        """Return the key of the item's stop, which may not exist."""
        return type(self).__name__, *self.key

    def stopped_at(self, action: Action) -> datetime | None:
        """Return when this action ended the item, or None."""
        ended_at: datetime | None = getattr(self, self.ENDS[action])
        return ended_at

    def ended_by(self, stop: Stop) -> Self:
        """Return the item with the fields that the stop's revocation sets."""
        entries = [entry for entry in (stop.earlier, stop.entry) if entry is not None]
        ends = {
            self.ENDS[entry.action]: self.stopped_at(entry.action) or entry.at for entry in entries
        }
        return replace(self, **ends)


def in_place_of(earlier: Stoppable | None) -> dict[str, Any]:
    """Return the fields `version` and `stop` of a new item that replaces `earlier`, or no fields if
    there is no earlier item. With the earlier item's stop, the new item counts that stop as applied
    already, so that it does not end the new item."""
    return {} if earlier is None else {"version": earlier.version + 1, "stop": earlier.stop}


S = TypeVar("S", bound=Stoppable)


def with_stop(item: S, stop: Stop | None) -> S:
    """Return the item with its stop applied. If the stop was applied to the stored item already,
    return the item unchanged: someone may have restored it since."""
    if stop is None or stop.id == item.stop:
        return item
    return replace(item.ended_by(stop), stop=stop.id)
