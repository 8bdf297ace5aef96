"""Sent notifications: what became of each, and what Daypass remembers of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.moments import Moment
from chalicelib.domain.notifications.notification import Notification, NotificationKey
from chalicelib.domain.things import Memory, Thing

MOST_REMEMBERED = 1000
"""Notices: they are one item."""


class ChannelKind(StrEnum):
    """By what a notice goes out."""

    SLACK = "slack"
    MAIL = "mail"
    ALARM = "alarm"
    """Mails to the alarm mailbox, of what is grave alone."""


class DeliveryStatus(StrEnum):
    """What became of a notice that was sent."""

    TAKEN = "taken"
    NOT_TAKEN = "not-taken"
    """It did not arrive. Another time it may."""
    UNKNOWN = "unknown"
    """There was no answer: it may have arrived."""
    REFUSED = "refused"
    """It did not arrive, and never will."""


class Delivery(Thing, frozen=True, kw_only=True):
    status: DeliveryStatus
    why: str = ""
    """In a few words of ours, where it was not taken."""
    wait: int = 0
    """For how many seconds we are asked to leave it."""


class Attempt(Thing, frozen=True, kw_only=True):
    """The notice that is being sent, or that could not be."""

    notice: Notification
    began_at: Moment
    is_underway: bool = True
    """Until its end is remembered: of a run that was ended in the middle it stays so."""
    may_have_arrived: bool = True
    is_recorded: bool = False
    """That it failed is on the trail."""
    not_before: Moment | None = None
    """Whoever takes it has asked for so much patience."""

    def failed(self, *, may_have_arrived: bool, not_before: datetime | None) -> Attempt:
        """The same, once it has come to nothing and that is on the trail."""
        return replace(
            self,
            is_underway=False,
            may_have_arrived=may_have_arrived,
            is_recorded=True,
            not_before=not_before,
        )

    def begun(self, now: datetime) -> Attempt:
        return replace(self, began_at=now, is_underway=True, not_before=None)


class Reading(Thing, frozen=True, kw_only=True):
    """A pass over the trail that took more than one run."""

    began_at: Moment
    at: Moment
    """Every entry before this moment has been read in this pass."""


class Notified(Memory, frozen=True, kw_only=True):
    """How far the notices that go out by one way have come."""

    via: ChannelKind
    look_from: Moment
    """Every entry before this one is done with: told, given up, or nothing to tell of."""
    told: Mapping[NotificationKey, Moment]
    """What is done with, and until when nothing else of that key is told."""
    attempt: Attempt | None = None
    looked_ahead_at: Moment | None = None
    """When it was last looked for engagements that end soon."""
    reading: Reading | None = None
    """Where the last run stopped, if it ran out of time."""

    @property
    def position(self) -> datetime:
        """The moment from which the next run reads on."""
        return max(self.look_from, self.reading.at) if self.reading else self.look_from

    def is_done(self, notice: Notification) -> bool:
        until = self.told.get(notice.key)
        return until is not None and notice.at <= until

    def with_done(self, notice: Notification) -> Notified:
        """The same (it is not remembered yet), with this notice done."""
        return replace(self, told={**self.told, notice.key: notice.until}, attempt=None)

    def looking_from(self, moment: datetime) -> Notified:
        """The same, where everything before that moment is done with; it never goes back."""
        return replace(self, look_from=max(moment, self.look_from))

    def bounded(self) -> Notified:
        """The same without what nobody asks for any more.

        If there is more than there is room for, the earliest is forgotten, and not looked at again.
        """
        kept = [(key, until) for key, until in self.told.items() if until >= self.look_from]
        kept.sort(key=lambda one: one[1])
        forgotten, kept = kept[:-MOST_REMEMBERED], kept[-MOST_REMEMBERED:]
        moments = [until + timedelta(microseconds=1) for _, until in forgotten]
        return replace(self, told=dict(kept), look_from=max([self.look_from, *moments]))
