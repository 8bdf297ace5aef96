"""Sent notifications: what became of each, and what Daypass remembers of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.moments import Moment
from chalicelib.domain.notifications.notification import Notification, NotificationKey
from chalicelib.domain.values import JobState, Value

MOST_REMEMBERED = 1000
"""Notifications. All of a channel are one item."""


class ChannelKind(StrEnum):
    """How a notification reaches people."""

    SLACK = "slack"
    MAIL = "mail"
    ALARM = "alarm"
    """Mails to the alarm mailbox, of alerts only."""


class DeliveryStatus(StrEnum):
    """What became of a notification that was sent."""

    TAKEN = "taken"
    NOT_TAKEN = "not-taken"
    """It did not arrive. Sending it again may help."""
    UNKNOWN = "unknown"
    """Nobody answered: it may have arrived."""
    REFUSED = "refused"
    """It did not arrive, and never will."""


class Delivery(Value, frozen=True):
    """What a channel answered."""

    status: DeliveryStatus
    why: str = ""
    """Why the channel did not take it, in a few words of Daypass's own."""
    wait: int = 0
    """How many seconds the channel asks Daypass to wait."""


class Attempt(Value, frozen=True, kw_only=True):
    """The notification that is being sent, or that could not be sent."""

    notification: Notification = field(name="notice")
    began_at: Moment
    is_underway: bool = True
    """Until its end is remembered. It stays so if the run was ended in the middle."""
    may_have_arrived: bool = True
    is_recorded: bool = False
    """Whether its failure is on the trail."""
    not_before: Moment | None = None
    """The channel has asked Daypass to wait until then."""


class Reading(Value, frozen=True, kw_only=True):
    """A pass over the trail that took more than one run."""

    began_at: Moment
    at: Moment
    """This pass has read every entry before this moment."""


class Notified(JobState, frozen=True, kw_only=True):
    """How far a channel's notifications have come."""

    STORED_AS: ClassVar[str] = "notified"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("via",)

    via: ChannelKind
    look_from: Moment
    """Every entry before this moment is done: sent, given up, or routine."""
    told: Mapping[NotificationKey, Moment]
    """What is done, and until when no other notification with that key is sent."""
    attempt: Attempt | None = None
    looked_ahead_at: Moment | None = None
    """When Daypass last looked for ends that are near."""
    reading: Reading | None = None
    """Where the last run stopped, if it ran out of time."""

    @property
    def position(self) -> datetime:
        """The moment from which the next run reads on."""
        return max(self.look_from, self.reading.at) if self.reading else self.look_from

    def is_done(self, notification: Notification) -> bool:
        until = self.told.get(notification.key)
        return until is not None and notification.at <= until

    def with_done(self, notification: Notification) -> Notified:
        """Return the memory with this notification done. It is not written yet."""
        return replace(self, told={**self.told, notification.key: notification.until}, attempt=None)

    def looking_from(self, moment: datetime) -> Notified:
        """Return the memory with everything before that moment done. It never goes back."""
        return replace(self, look_from=max(moment, self.look_from))

    def bounded(self) -> Notified:
        """Return the memory without what no run asks for any more. If there is too much, it forgets
        the earliest, and no run looks at these again."""
        kept = [(key, until) for key, until in self.told.items() if until >= self.look_from]
        kept.sort(key=lambda one: one[1])
        forgotten, kept = kept[:-MOST_REMEMBERED], kept[-MOST_REMEMBERED:]
        moments = [until + timedelta(microseconds=1) for _, until in forgotten]
        return replace(self, told=dict(kept), look_from=max([self.look_from, *moments]))
