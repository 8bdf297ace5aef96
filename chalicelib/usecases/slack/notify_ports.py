"""What telling people needs from the world, beside what all use cases do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from chalicelib.domain.slack.telling.notified import Answer, Notice, Via
from chalicelib.domain.things import Thing
from chalicelib.usecases.ports import Ports


class Outlet(Protocol):
    """One way to tell people."""

    @property
    def via(self) -> Via: ...

    @property
    def team(self) -> str:
        """The Slack workspace that is told; empty where it is none."""

    @property
    def grave_only(self) -> bool:
        """Whether it takes only notices that every lead has to hear of."""

    def send(self, notice: Notice, *, user: str, again: bool, leads: Sequence[str] = ()) -> Answer:
        """Send it, and say what became of it. `user` is the Slack user whom it is about, if they
        are known; `leads` are those of the leads, who have to hear of it too; `again` says that it
        may have arrived before."""


class NotifyPorts(Thing, frozen=True, kw_only=True):
    """All that telling people is given."""

    ports: Ports
    outlets: tuple[Callable[[], Outlet | None], ...]
    """Each opens one way; None if there is nobody to tell by it. Unavailable if that cannot be
    found out."""
