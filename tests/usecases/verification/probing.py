"""A fake AWS STS that records the probes, and can answer by a script."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import DaypassError
from chalicelib.domain.onboarding.setup.resources import build_trust_policy
from chalicelib.domain.values import Item
from chalicelib.domain.verification.probe_variants import (
    Probe,
    ProbeForm,
    ProbeVariant,
    SessionAttribute,
)
from chalicelib.domain.verification.proof import ProbeOutcome
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from chalicelib.usecases.verification.verify import verify_role
from tests.adapters.client_side import Change
from tests.builders import EXTERNAL_ID, ROLE_ARN, Scene, a_role, a_scene, an_engagement
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


Script = Callable[[Sent], str | None]


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
        return outcome if scripted is None else ProbeOutcome(scripted)

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
        if refusal.reason != "role-unverified":
            raise
        return False
    return True


def checking(trust: FakeRole | None, *items: Item) -> Scene:
    """Return a scene whose role has this trust policy, or was deleted."""
    scene = a_scene(*items)
    scene.world.roles.pop(ROLE_ARN)
    scene.world.roles |= {ROLE_ARN: trust} if trust else {}
    return scene


def answered_by(sts: FakeSts, scene: Scene) -> Scene:
    """Return the scene with this AWS STS."""
    return replace(scene, ports=replace(scene.ports, sts=sts))


def checked(
    scene: Scene, script: Script = no_script, *, is_full: bool = True
) -> tuple[Role, list[Sent]]:
    """Return the role after a check, and the probes that were sent."""
    sts = Probing(scene.world, script)
    role = answered_by(sts, scene).do(verify_role, "acme-prod", "readonly", is_full=is_full)
    return role, sts.sent


def trust_policy_with(change: Change) -> dict[str, Any]:
    """Return the requested trust policy with this change."""
    policy = build_trust_policy(build_spec_for_role(a_scene().ports, an_engagement(), a_role()))
    change(policy, EXTERNAL_ID)
    return policy
