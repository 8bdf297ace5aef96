"""What notifying people needs from the world, beside what all use cases do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from chalicelib.domain.notifications.delivery import ChannelKind, Delivery
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.values import Value
from chalicelib.usecases.ports import Ports


class Channel(Protocol):
    """One way to reach people."""

    @property
    def via(self) -> ChannelKind: ...

    @property
    def alerts_only(self) -> bool:
        """Whether it takes only what every lead has to hear of."""

    @property
    def issuer(self) -> str:
        """The issuer of the tokens that bind members to users there, whom a message can mention.
        Empty if there are no users."""

    def send(
        self, notification: Notification, *, user: str, again: bool, leads: Sequence[str] = ()
    ) -> Delivery:
        """Send it, and return what became of it. It mentions `user`, whom it is about, and the
        `leads`. `again` says that it may have arrived before."""


class NotifyPorts(Value, frozen=True, kw_only=True):
    """All that notifying people is given."""

    ports: Ports
    channels: tuple[Callable[[], Channel | None], ...]
    """Each opens one channel: None if it is not set up, Unavailable if that is not known."""
