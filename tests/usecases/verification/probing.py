"""AWS STS that remembers what it was asked, and can be told what to answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.reasons import Reason
from chalicelib.domain.vending.access import Wish
from chalicelib.domain.verification.proof import Answer
from chalicelib.usecases.vending.vend import vend
from tests.builders import Scene
from tests.fakes import FakeSts, World


class Probing(FakeSts):
    """Answers as it is told to, one probe after the other, and as the fake does from then on."""

    def __init__(self, world: World, answers: Sequence[Answer] = ()) -> None:
        super().__init__(world)
        self.sent: list[dict[str, Any]] = []
        self.asked_about_us: list[str] = []
        self._answers = iter(answers)

    def probe(self, role_arn: str, **sent: Any) -> Answer:
        self.sent.append({"role_arn": role_arn, **sent})
        return next(self._answers, super().probe(role_arn, **sent))

    def may_ask(self, role_arn: str) -> bool | None:
        self.asked_about_us.append(role_arn)
        return super().may_ask(role_arn)


class Unanswered(FakeSts):
    """Leaves every probe of one role unanswered."""

    def __init__(self, world: World, role_arn: str) -> None:
        super().__init__(world)
        self._role_arn = role_arn

    def probe(self, role_arn: str, **sent: Any) -> Answer:
        answer = super().probe(role_arn, **sent)
        return Answer.UNKNOWN if role_arn == self._role_arn else answer


def is_vended_from(scene: Scene) -> bool:
    """Whether alice gets a session of `readonly`."""
    try:
        vend(scene.ports, scene.asking(), "acme-prod", Wish(role="readonly"))
    except DaypassError as refusal:
        if refusal.reason is not Reason.ROLE_UNVERIFIED:
            raise
        return False
    return True
