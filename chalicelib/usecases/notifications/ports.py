"""Define what notifying people needs besides the ports of all use cases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.domain.notifications.delivery import ChannelKind, Delivery
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.values import Value
from chalicelib.usecases.notifications.trail_run import RunContext, RunEnd
from chalicelib.usecases.ports import Ports


class Channel(Protocol):
    """A channel that reaches people."""

    @property
    def kind(self) -> ChannelKind: ...

    @property
    def alerts_only(self) -> bool:
        """Return whether the channel takes only alerts."""

    @property
    def issuer(self) -> str:
        """Return the issuer of the tokens that bind members to this channel's users, so that
        messages can mention them. Empty if it has no users."""

    def send(
        self,
        notification: Notification,
        *,
        user: str,
        may_have_arrived: bool,
        mentions: Sequence[str] = (),
    ) -> Delivery:
        """Send the notification, and return the result. It mentions `user`, the member concerned,
        and `mentions`: every lead of an alert, or the approvers of a request. `may_have_arrived`
        says that an earlier attempt may have delivered the notification."""


class RequestNotices(Protocol):
    """Finds the notifications of access requests that have no trail entry."""

    def find_due(
        self, ports: Ports, since: datetime, now: datetime, require_time: Callable[[], None]
    ) -> Iterator[Notification]:
        """Yield the notifications of requests that still wait, after some minutes, and of those
        that expired after `since`. `require_time` raises an error if a run has no time left."""

    def find_approvers(self, ports: Ports, notification: Notification) -> Sequence[str]:
        """Return the IDs of the members that the notification about a request mentions."""


class NotifyPorts(Value):
    """All ports of notifying."""

    ports: Ports
    channels: tuple[Callable[[], Channel | None], ...]
    """Functions that open one channel each: None if it is not set up, Unavailable if that is
    unknown."""
    client_mail: Callable[[RunContext], RunEnd] | None = None
    """Runs the mails to people at clients once. None if this deployment sends none."""
    requests: RequestNotices | None = None
    """None: notify no one of requests that wait or have expired."""
