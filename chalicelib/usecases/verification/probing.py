"""Send probes: AssumeRole calls for a client's role, with any external ID and in any probe variant.

A probe variant is the set of optional session attributes that the call sends.
"""

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
    build_made_up_identity,
    combine_outcomes,
)
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, record


def make_probe_identity(ports: Ports, engagement: str) -> ProbeIdentity:
    """Return a new made-up identity for the probes of one check."""
    return build_made_up_identity(ports.random(IDENTITY_BYTES), engagement)


def record_probe_intent(ports: Ports, by: Actor, operation: Operation) -> ProbeIdentity:
    """Record on the trail that probes follow, and return the made-up identity that they use.

    Callers call this before they send the first probe.
    """
    identity = make_probe_identity(ports, operation.engagement)
    details = {**operation.details, "session_name": identity.session_name}
    record(ports, by, replace(operation, outcome=Outcome.INTENDED, details=details))
    return identity


def has_time(ports: Ports, deadline: datetime | None) -> bool:
    """Return whether the deadline has not passed, so that the run may begin another role.

    None means no deadline.
    """
    return deadline is None or ports.now() < deadline


class RoleProber(Value, frozen=True):
    """Sends the probes of one role, all with the same identity."""

    ports: Ports
    identity: ProbeIdentity
    role_arn: str

    def probe(
        self, external_id: str | None, variant: ProbeVariant, duration: int = SHORTEST_SESSION
    ) -> ProbeOutcome:
        """Send one AssumeRole call. `duration` is the session's, in seconds."""
        return self.ports.sts.probe(
            self.identity.build_probe(self.role_arn, external_id, variant, duration)
        )

    def probe_account(self, external_id: str, variant: ProbeVariant) -> ProbeResult:
        """Send one AssumeRole call. If the role accepts it, ask AWS for the session's account."""
        return self.ports.sts.probe_account(
            self.identity.build_probe(self.role_arn, external_id, variant)
        )

    def probe_all(self, probes: Iterable[tuple[str | None, ProbeVariant]]) -> list[ProbeOutcome]:
        """Send these external IDs and variants in parallel. Return the outcomes in order."""
        return list(self.ports.side_by_side([partial(self.probe, *probe) for probe in probes]))

    def probe_all_variants(self, external_id: str | None) -> ProbeOutcome:
        """Probe the role with this ID in every variant, and return the combined outcome.

        ACCEPTED if the role accepts at least one variant. REFUSED if it refuses all.
        """
        outcomes = self.probe_all([(external_id, variant) for variant in VARIANTS])
        if ProbeOutcome.ACCEPTED in outcomes:
            return ProbeOutcome.ACCEPTED
        return combine_outcomes(dict(zip(VARIANTS, outcomes, strict=True)))
