"""What people are told by, in memory: it keeps what it has taken, and answers as it is told to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from chalicelib.domain.slack.telling.notified import Answer, Fate, Notice, Via
from tests.fakes import World

TAKEN = Answer(fate=Fate.TAKEN)


@dataclass(slots=True)
class FakeOutlet:
    """The Outlet port."""

    world: World
    via: Via = Via.SLACK
    team: str = "T0FIRM"
    taken: list[str] = field(default_factory=list)
    """The titles, each with who is mentioned, and whether it may have come before."""
    tried: list[str] = field(default_factory=list)
    says: Callable[[Notice], Answer] = lambda _: TAKEN

    @property
    def grave_only(self) -> bool:
        return self.via is Via.ALARM

    def send(self, notice: Notice, *, user: str, again: bool, leads: Sequence[str] = ()) -> Answer:
        self.world.step(f"send {notice.title}")
        self.tried.append(notice.title)
        answer = self.says(notice)
        if answer.fate in (Fate.TAKEN, Fate.UNKNOWN):
            self.taken.append(
                " ".join(filter(None, (notice.title, user, *leads, "(again)" * again)))
            )
            self.world.step("sent")
        return answer
