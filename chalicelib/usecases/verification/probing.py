"""Ask AWS for a client's role as a vend would, and as a vend never would: dressed, and bare."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from chalicelib.domain.moments import SHORTEST_SESSION
from chalicelib.domain.trail import Operation, Outcome
from chalicelib.domain.values import Value
from chalicelib.domain.verification.probe_variants import (
    IDENTITY_BYTES,
    VARIANTS,
    ProbeIdentity,
    ProbeVariant,
    combined_outcome,
    made_up_identity,
)
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, record


def new_identity(ports: Ports, engagement: str) -> ProbeIdentity:
    """Whom the probes of one check act for: another stranger each time."""
    return made_up_identity(ports.random(IDENTITY_BYTES), engagement)


def recorded_identity(ports: Ports, by: Actor, operation: Operation) -> ProbeIdentity:
    """Return somebody to ask for this. No probe is sent that is not on record, whatever comes of
    it."""
    who = new_identity(ports, operation.engagement)
    details = {**operation.details, "session_name": who.session_name}
    record(ports, by, replace(operation, outcome=Outcome.INTENDED, details=details))
    return who


def has_time(ports: Ports, until: datetime | None) -> bool:
    """Whether another role may be begun with; without an end there always is."""
    return until is None or ports.now() < until


class Prober(Value, frozen=True):
    """Sends the probes of one role, all for the same asker."""

    ports: Ports
    who: ProbeIdentity
    role_arn: str

    def probe(
        self, external_id: str | None, dress: ProbeVariant, duration: int = SHORTEST_SESSION
    ) -> ProbeOutcome:
        return self.ports.sts.probe(self.who.probe(self.role_arn, external_id, dress, duration))

    def arrive(self, external_id: str, dress: ProbeVariant) -> ProbeResult:
        return self.ports.sts.arrive(self.who.probe(self.role_arn, external_id, dress))

    def probe_all(self, asked: Iterable[tuple[str | None, ProbeVariant]]) -> list[ProbeOutcome]:
        """The answers to all of these external IDs and dresses, in their order, side by side."""
        return list(self.ports.side_by_side([partial(self.probe, *one) for one in asked]))

    def in_every_dress(self, external_id: str | None) -> ProbeOutcome:
        """Whether the role lets this ID in, in any dress. Refused: in every one of them."""
        answers = self.probe_all([(external_id, dress) for dress in VARIANTS])
        if ProbeOutcome.LET_IN in answers:
            return ProbeOutcome.LET_IN
        return combined_outcome(dict(zip(VARIANTS, answers, strict=True)))
