"""Define the delivery status of notifications, and the stored progress of each channel."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.moments import Moment
from chalicelib.domain.notifications.notification import Notification, NotificationKey
from chalicelib.domain.values import JobState, Value

MAX_REMEMBERED = 1000
"""How many notifications a channel's stored progress lists as done. One DynamoDB item holds them,
so the list is limited."""


class ChannelKind(StrEnum):
    """The kind of a notification channel."""

    SLACK = "slack"
    MAIL = "mail"
    ALARM = "alarm"
    """E-mails to the alarms' mailboxes, for alerts only."""
    CLIENT_MAIL = "client-mail"
    """E-mails to the approvers and contacts at a client."""


class DeliveryStatus(StrEnum):
    """The result of sending a notification."""

    DELIVERED = "delivered"
    NOT_DELIVERED = "not-delivered"
    """Not delivered. A retry may succeed."""
    UNKNOWN = "unknown"
    """No answer. It may have been delivered."""
    REFUSED = "refused"
    """Not delivered. A retry cannot succeed."""


class Delivery(Value, kw_only=False):
    """A channel's answer."""

    status: DeliveryStatus
    why: str = ""
    """Why the channel did not deliver it, in Daypass's words."""
    wait: int = 0
    """For how many seconds the channel asks Daypass to wait."""


class Attempt(Value):
    """The notification that is being sent or could not be sent."""

    notification: Notification = field(name="notice")
    began_at: Moment
    is_underway: bool = True
    """True until the result is stored. It stays true if the run was killed."""
    may_have_arrived: bool = True
    """False if the channel answered each attempt so far with a failure."""
    is_recorded: bool = False
    """True if the trail has an entry of the failure."""
    not_before: Moment | None = None
    """The channel asked Daypass to wait until then."""


class Reading(Value):
    """A pass over the trail that one run did not finish, so that the next run continues it."""

    began_at: Moment
    at: Moment
    """This pass has read every entry before this moment."""


class ChannelProgress(JobState):
    """The progress of a channel: the notifications that are done, and the one that is being
    sent."""

    STORED_AS = "notified"
    KEY_FIELDS = ("channel",)

    channel: ChannelKind = field(name="via")
    look_from: Moment
    """Every trail entry before this moment is done: sent, given up, or routine."""
    sent: Mapping[NotificationKey, Moment] = field(name="told")
    """The key of each notification that is done, and until when a later one with this key is not
    sent."""
    attempt: Attempt | None = None
    looked_ahead_at: Moment | None = None
    """When Daypass last checked for ends that are near."""
    requests_read_until: Moment | None = None
    """Every request that expired before this moment, undecided, is done."""
    reading: Reading | None = None
    """The point at which the last run stopped, if it ran out of time."""

    @property
    def position(self) -> datetime:
        """Return the moment from which the next run reads the trail."""
        return max(self.look_from, self.reading.at) if self.reading else self.look_from

    def is_done(self, notification: Notification) -> bool:
        """Return whether this notification, or one with its key that covers its time, is done."""
        until = self.sent.get(notification.key)
        return until is not None and notification.at <= until

    def with_done(self, notification: Notification) -> ChannelProgress:
        """Return a copy in which this notification is done and no attempt is left."""
        return replace(self, sent={**self.sent, notification.key: notification.until}, attempt=None)

    def with_look_from(self, moment: datetime) -> ChannelProgress:
        """Return a copy in which every entry before this moment is done. An earlier moment than
        the present `look_from` changes nothing."""
        return replace(self, look_from=max(moment, self.look_from))

    def without_old_notifications(self) -> ChannelProgress:
        """Return a copy that lists at most MAX_REMEMBERED notifications as done.

        Drop each notification whose time (`until`) is before `look_from`, because no later run
        finds it again. If too many are left, drop the earliest and move `look_from` after them, so
        that no run reads and sends them a second time.
        """
        remembered = [(key, until) for key, until in self.sent.items() if until >= self.look_from]
        remembered.sort(key=lambda key_and_until: key_and_until[1])
        dropped, kept = remembered[:-MAX_REMEMBERED], remembered[-MAX_REMEMBERED:]
        after_dropped = [until + timedelta(microseconds=1) for _, until in dropped]
        return replace(self, sent=dict(kept), look_from=max([self.look_from, *after_dropped]))
