"""Send probes: AssumeRole calls for a client's role, in any variant and with any external ID."""

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
    """Return a new made-up identity for the probes of one check."""
    return made_up_identity(ports.random(IDENTITY_BYTES), engagement)


def recorded_identity(ports: Ports, by: Actor, operation: Operation) -> ProbeIdentity:
    """Record the intent to probe, and return the made-up identity that it names. No probe is sent
    before."""
    identity = new_identity(ports, operation.engagement)
    details = {**operation.details, "session_name": identity.session_name}
    record(ports, by, replace(operation, outcome=Outcome.INTENDED, details=details))
    return identity


def has_time(ports: Ports, until: datetime | None) -> bool:
    """Return whether it is before `until`, so that another role may be begun. None: no limit."""
    return until is None or ports.now() < until


class RoleProber(Value, frozen=True):
    """Sends the probes of one role, all with the same identity."""

    ports: Ports
    identity: ProbeIdentity
    role_arn: str

    def probe(
        self, external_id: str | None, variant: ProbeVariant, duration: int = SHORTEST_SESSION
    ) -> ProbeOutcome:
        return self.ports.sts.probe(
            self.identity.probe(self.role_arn, external_id, variant, duration)
        )

    def probe_account(self, external_id: str, variant: ProbeVariant) -> ProbeResult:
        return self.ports.sts.probe_account(
            self.identity.probe(self.role_arn, external_id, variant)
        )

    def probe_all(self, probes: Iterable[tuple[str | None, ProbeVariant]]) -> list[ProbeOutcome]:
        """Send these external IDs and variants in parallel. Return the outcomes in order."""
        return list(self.ports.side_by_side([partial(self.probe, *probe) for probe in probes]))

    def probe_all_variants(self, external_id: str | None) -> ProbeOutcome:
        """Return ACCEPTED if the role accepts this ID in any variant, REFUSED if in none."""
        outcomes = self.probe_all([(external_id, variant) for variant in VARIANTS])
        if ProbeOutcome.ACCEPTED in outcomes:
            return ProbeOutcome.ACCEPTED
        return combined_outcome(dict(zip(VARIANTS, outcomes, strict=True)))
