"""A fake AWS STS that records the probes, and can answer by a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.reasons import Reason
from chalicelib.domain.values import Item
from chalicelib.domain.verification.probe_variants import (
    Probe,
    ProbeForm,
    ProbeVariant,
    SessionAttribute,
)
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.usecases.verification.verify import verify_role
from tests.builders import ROLE_ARN, Scene, a_scene
from tests.fakes import FakeRole, FakeSts, World


@dataclass(frozen=True)
class Sent:
    """One probe that was sent. `number` is the count of earlier probes."""

    number: int
    request: Probe

    @property
    def role_arn(self) -> str:
        return self.request.role_arn

    @property
    def external_id(self) -> str | None:
        return self.request.external_id

    @property
    def duration(self) -> int:
        return self.request.duration

    @property
    def variant(self) -> ProbeVariant:
        parts = {
            SessionAttribute.SOURCE_IDENTITY: self.request.source_identity,
            SessionAttribute.TAGS: self.request.tags,
        }
        return ProbeVariant(part for part, value in parts.items() if value)

    @property
    def form(self) -> ProbeForm:
        return ProbeForm(self.variant, is_agent=self.request.session_name.endswith(".agent"))


Script = Callable[[Sent], ProbeOutcome | None]


def no_script(_sent: Sent) -> None:
    return None


class Probing(FakeSts):
    """Answers by the script, or as the fake does where the script returns None."""

    def __init__(self, world: World, script: Script = no_script) -> None:
        super().__init__(world)
        self.sent: list[Sent] = []
        self.simulated: list[str] = []
        self._script = script

    def probe(self, probe: Probe) -> ProbeOutcome:
        sent = Sent(len(self.sent), probe)
        self.sent.append(sent)
        scripted = self._script(sent)
        outcome = super().probe(probe)
        return outcome if scripted is None else scripted

    def may_assume(self, role_arn: str) -> bool | None:
        self.simulated.append(role_arn)
        return super().may_assume(role_arn)


class Unanswered(FakeSts):
    """Leaves every probe of one role unanswered."""

    def __init__(self, world: World, role_arn: str) -> None:
        super().__init__(world)
        self._role_arn = role_arn

    def probe(self, probe: Probe) -> ProbeOutcome:
        outcome = super().probe(probe)
        return ProbeOutcome.UNKNOWN if probe.role_arn == self._role_arn else outcome


def is_vended_from(scene: Scene) -> bool:
    """Return whether alice gets a session for `readonly`."""
    try:
        scene.vend()
    except DaypassError as refusal:
        if refusal.reason is not Reason.ROLE_UNVERIFIED:
            raise
        return False
    return True


def probes_sent(trust: FakeRole, *items: Item, times: int = 1) -> list[Sent]:
    """Return the probes that checks of this role send."""
    scene = a_scene(*items)
    scene.world.roles[ROLE_ARN] = trust
    sts = Probing(scene.world)
    for _ in range(times):
        verify_role(replace(scene.ports, sts=sts), scene.caller(), "acme-prod", "readonly")
    return sts.sent
