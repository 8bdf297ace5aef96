"""What people are told by, in memory: it keeps what it has taken, and answers as it is told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chalicelib.domain.notifications.delivery import ChannelKind, Delivery, DeliveryStatus
from chalicelib.domain.notifications.notification import Notification
from chalicelib.domain.slack.bindings import issuer
from chalicelib.usecases.notifications.ports import Channel
from tests.fakes import World

TAKEN = Delivery(status=DeliveryStatus.DELIVERED)


@dataclass(slots=True)
class FakeChannel:
    """The Channel port."""

    world: World
    kind: ChannelKind = ChannelKind.SLACK
    team: str = "T0FIRM"
    taken: list[str] = field(default_factory=list)
    """The titles, each with who is mentioned, and whether it may have come before."""
    tried: list[str] = field(default_factory=list)
    says: Callable[[Notification], Delivery] = lambda _: TAKEN

    @property
    def issuer(self) -> str:
        return issuer(self.team) if self.team else ""

    @property
    def alerts_only(self) -> bool:
        return self.kind is ChannelKind.ALARM

    def send(
        self, notice: Notification, *, user: str, again: bool, leads: Sequence[str] = ()
    ) -> Delivery:
        self.world.step(f"send {notice.title}")
        self.tried.append(notice.title)
        answer = self.says(notice)
        if answer.status in (DeliveryStatus.DELIVERED, DeliveryStatus.UNKNOWN):
            self.taken.append(
                " ".join(filter(None, (notice.title, user, *leads, "(again)" * again)))
            )
            self.world.step("sent")
        return answer


if TYPE_CHECKING:
    _: type[Channel] = FakeChannel
