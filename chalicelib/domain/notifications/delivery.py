"""Define the delivery status of notifications, and the stored progress of each channel."""

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
"""The number of remembered notifications. One item holds all of a channel's."""


class ChannelKind(StrEnum):
    """The kind of a notification channel."""

    SLACK = "slack"
    MAIL = "mail"
    ALARM = "alarm"
    """E-mails to the alarm mailbox, for alerts only."""


class DeliveryStatus(StrEnum):
    """The result of sending a notification."""

    DELIVERED = "delivered"
    NOT_DELIVERED = "not-delivered"
    """Not delivered. A retry may succeed."""
    UNKNOWN = "unknown"
    """No answer. It may have been delivered."""
    REFUSED = "refused"
    """Not delivered. A retry cannot succeed."""


class Delivery(Value, frozen=True):
    """A channel's answer."""

    status: DeliveryStatus
    why: str = ""
    """Why the channel did not deliver it, in Daypass's words."""
    wait: int = 0
    """How many seconds the channel asks Daypass to wait."""


class Attempt(Value, frozen=True, kw_only=True):
    """The notification that is being sent or could not be sent."""

    notification: Notification = field(name="notice")
    began_at: Moment
    is_underway: bool = True
    """True until the result is stored. It stays true if the run was killed."""
    may_have_arrived: bool = True
    is_recorded: bool = False
    """True if the trail has an entry of the failure."""
    not_before: Moment | None = None
    """The channel asked Daypass to wait until then."""


class Reading(Value, frozen=True, kw_only=True):
    """A pass over the trail that takes several runs."""

    began_at: Moment
    at: Moment
    """This pass has read every entry before this moment."""


class Notified(JobState, frozen=True, kw_only=True):
    """The progress of a channel's notifications."""

    STORED_AS: ClassVar[str] = "notified"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("channel",)

    channel: ChannelKind = field(name="via")
    look_from: Moment
    """Every entry before this moment is done: sent, given up, or routine."""
    sent: Mapping[NotificationKey, Moment] = field(name="told")
    """The notifications that are done, and until when no other one with the same key is sent."""
    attempt: Attempt | None = None
    looked_ahead_at: Moment | None = None
    """When Daypass last checked for ends that are near."""
    reading: Reading | None = None
    """The point at which the last run stopped, if it ran out of time."""

    @property
    def position(self) -> datetime:
        """Return the moment from which the next run reads."""
        return max(self.look_from, self.reading.at) if self.reading else self.look_from

    def is_done(self, notification: Notification) -> bool:
        until = self.sent.get(notification.key)
        return until is not None and notification.at <= until

    def with_done(self, notification: Notification) -> Notified:
        """Return the progress with this notification done, not yet stored."""
        return replace(self, sent={**self.sent, notification.key: notification.until}, attempt=None)

    def looking_from(self, moment: datetime) -> Notified:
        """Return the progress with everything before that moment done. It never moves back."""
        return replace(self, look_from=max(moment, self.look_from))

    def bounded(self) -> Notified:
        """Return this record without the sent notifications that no later run can meet again.

        If more than MOST_REMEMBERED are left, drop the earliest, and let `look_from` begin after
        their trail entries, so that no run reads and sends them a second time.
        """
        kept = [(key, until) for key, until in self.sent.items() if until >= self.look_from]
        kept.sort(key=lambda done: done[1])
        forgotten, kept = kept[:-MOST_REMEMBERED], kept[-MOST_REMEMBERED:]
        moments = [until + timedelta(microseconds=1) for _, until in forgotten]
        return replace(self, sent=dict(kept), look_from=max([self.look_from, *moments]))
