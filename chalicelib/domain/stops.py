"""Stops: revocations that nobody can delay (docs/decisions/0043). DynamoDB refuses a write to an
item while a transaction on it is under way, so a revocation is written as an item of its own, which
no transaction touches and each read of the item reads too."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self, TypeVar

from msgspec.structs import replace

from chalicelib.domain.trail import Action, Entry
from chalicelib.domain.values import Hidden, Item, JobState, Name, Secret


class Stop(JobState, frozen=True, kw_only=True):
    """The revocation of one item, stored beside it. All that are not finished are in one list."""

    STORED_AS: ClassVar[str] = "stop"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("kind", "names")
    LISTED_BY: ClassVar[str | None] = ""

    kind: str
    """The class of the item that it ends, such as `Grant`."""
    names: Secret[Name]
    """What that item is found by, such as (engagement, member). A token's has its hash."""
    entry: Entry
    """The revocation's entry on the trail."""
    earlier: Entry | None = None
    """That of the stop that this one was put over, if the item did not say so itself: of an
    engagement that was closed, and then revoked."""
    is_finished: bool = False
    """Whether the entry is on the trail and the sessions under way are withheld: the revocation has
    been answered, or could be."""
    is_applied: bool = False
    """Whether the item says so itself as well. The hourly job finishes stops and applies none."""

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def key(self) -> Name:
        return self.kind, *self.names

    @property
    def list_key(self) -> str:
        return "" if self.is_finished else self.entry.position


LastStop = Hidden[str]
"""The ID of the last stop that the item's own fields take into account."""


class Stoppable(Item, frozen=True, kw_only=True):
    """An item that a stop can end."""

    ENDS: ClassVar[Mapping[Action, str]]
    """The actions that end it, each with the field that says when."""

    if TYPE_CHECKING:  # a struct has the fields of one line of bases only, so each kind has its own

        @property
        def stop(self) -> str: ...

    @property
    def stop_key(self) -> Name:
        """The key of its stop, whether there is one or not."""
        return type(self).__name__, *self.key

    def stopped_at(self, action: Action) -> datetime | None:
        """Return when a revocation by this action ended the item, or None."""
        at: datetime | None = getattr(self, self.ENDS[action])
        return at

    def ended_by(self, stop: Stop) -> Self:
        """Return the item with its own fields as the stop's revocation sets them."""
        entries = [entry for entry in (stop.earlier, stop.entry) if entry is not None]
        ends = {
            self.ENDS[entry.action]: self.stopped_at(entry.action) or entry.at for entry in entries
        }
        return replace(self, **ends)


S = TypeVar("S", bound=Stoppable)


def with_stop(item: S, stop: Stop | None) -> S:
    """Return the item as it stands beside its stop, unless it has taken the stop into account: it
    may have been reinstated since."""
    if stop is None or stop.id == item.stop:
        return item
    return replace(item.ended_by(stop), stop=stop.id)
