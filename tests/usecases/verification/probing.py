"""AWS STS that remembers what it was asked, and can be told what to answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Item
from chalicelib.domain.vending.access import SessionRequest
from chalicelib.domain.verification.probe_variants import Probe, ProbeVariant, SessionAttribute
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.usecases.vending.vend import vend
from chalicelib.usecases.verification.verify import verify
from tests.builders import ROLE_ARN, Scene, a_scene
from tests.fakes import FakeRole, FakeSts, World


@dataclass(frozen=True)
class Sent:
    """One probe; `number` is how many were sent before it."""

    number: int
    asked: Probe

    @property
    def role_arn(self) -> str:
        return self.asked.role_arn

    @property
    def external_id(self) -> str | None:
        return self.asked.external_id

    @property
    def duration(self) -> int:
        return self.asked.duration

    @property
    def variant(self) -> ProbeVariant:
        parts = {
            SessionAttribute.SOURCE_IDENTITY: self.asked.source_identity,
            SessionAttribute.TAGS: self.asked.tags,
        }
        return ProbeVariant(part for part, told in parts.items() if told)


Says = Callable[[Sent], ProbeOutcome | None]


def nothing(_sent: Sent) -> None:
    return None


class Probing(FakeSts):
    """Answers as it is told to, and as the fake does where it is told nothing."""

    def __init__(self, world: World, says: Says = nothing) -> None:
        super().__init__(world)
        self.sent: list[Sent] = []
        self.asked_about_us: list[str] = []
        self._says = says

    def probe(self, probe: Probe) -> ProbeOutcome:
        sent = Sent(len(self.sent), probe)
        self.sent.append(sent)
        said = self._says(sent)
        answer = super().probe(probe)
        return answer if said is None else said

    def may_ask(self, role_arn: str) -> bool | None:
        self.asked_about_us.append(role_arn)
        return super().may_ask(role_arn)


class Unanswered(FakeSts):
    """Leaves every probe of one role unanswered."""

    def __init__(self, world: World, role_arn: str) -> None:
        super().__init__(world)
        self._role_arn = role_arn

    def probe(self, probe: Probe) -> ProbeOutcome:
        answer = super().probe(probe)
        return ProbeOutcome.UNKNOWN if probe.role_arn == self._role_arn else answer


def is_vended_from(scene: Scene) -> bool:
    """Whether alice gets a session of `readonly`."""
    try:
        vend(scene.ports, scene.origin(), "acme-prod", SessionRequest(role="readonly"))
    except DaypassError as refusal:
        if refusal.reason is not Reason.ROLE_UNVERIFIED:
            raise
        return False
    return True


def probed(trust: FakeRole, *items: Item, times: int = 1) -> list[Sent]:
    """What the probes of this role sent."""
    scene = a_scene()
    scene.world.add(*items)
    scene.world.roles[ROLE_ARN] = trust
    sts = Probing(scene.world)
    for _ in range(times):
        verify(replace(scene.ports, sts=sts), scene.caller(), "acme-prod", "readonly")
    return sts.sent
