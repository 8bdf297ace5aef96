"""What telling people needs from the world, beside what all use cases do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

from chalicelib.domain.notifications.delivery import ChannelKind, Delivery
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.things import Thing
from chalicelib.usecases.ports import Ports


class Channel(Protocol):
    """One way to tell people."""

    @property
    def via(self) -> ChannelKind: ...

    @property
    def has_users(self) -> bool:
        """Whether people have users there, whom a message can mention."""

    def user_of(self, member: Member, tokens: Sequence[Token], now: datetime) -> str:
        """Return the member's user there, as far as their tokens say; empty if there is none."""

    @property
    def grave_only(self) -> bool:
        """Whether it takes only notices that every lead has to hear of."""

    def send(
        self, notice: Notification, *, user: str, again: bool, leads: Sequence[str] = ()
    ) -> Delivery:
        """Send it, and say what became of it. `user` is the Slack user whom it is about, if they
        are known; `leads` are those of the leads, who have to hear of it too; `again` says that it
        may have arrived before."""


class NotifyPorts(Thing, frozen=True, kw_only=True):
    """All that telling people is given."""

    ports: Ports
    channels: tuple[Callable[[], Channel | None], ...]
    """Each opens one way; None if there is nobody to tell by it. Unavailable if that cannot be
    found out."""
