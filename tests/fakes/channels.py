"""A notification channel in memory, with scripted results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.domain.notifications.notification import (
    ChannelKind,
    Delivery,
    DeliveryStatus,
    Notification,
)
from chalicelib.domain.slack.bindings import workspace_issuer
from chalicelib.usecases.notifications.channel_run import Channel
from tests.fakes import World

DELIVERED = Delivery(status=DeliveryStatus.DELIVERED)


@dataclass(slots=True)
class FakeChannel:
    """The Channel port."""

    world: World
    kind: ChannelKind = ChannelKind.SLACK
    team: str = "T0FIRM"
    delivered: list[str] = field(default_factory=list)
    """The titles, each followed by the users that it mentions, and by "(again)" if the message may
    have been delivered before."""
    tried: list[str] = field(default_factory=list)
    result_for: Callable[[Notification], Delivery] = lambda _: DELIVERED

    @property
    def issuer(self) -> str:
        return workspace_issuer(self.team) if self.team else ""

    @property
    def for_client(self) -> bool:
        return self.kind is ChannelKind.CLIENT_MAIL

    @property
    def alerts_only(self) -> bool:
        return self.kind is ChannelKind.ALARM

    def send(
        self,
        notification: Notification,
        *,
        user: str,
        may_have_arrived: bool,
        mentions: Sequence[str] = (),
    ) -> Delivery:
        title = notification.title
        self.world.step(f"send {title}")
        self.tried.append(title)
        result = self.result_for(notification)
        if result.status in (DeliveryStatus.DELIVERED, DeliveryStatus.UNKNOWN):
            self.delivered.append(
                " ".join(filter(None, (title, user, *mentions, "(again)" * may_have_arrived)))
            )
            self.world.step("sent")
        return result


if TYPE_CHECKING:
    _: type[Channel] = FakeChannel
