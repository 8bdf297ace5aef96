"""Send probes: AssumeRole calls for a client's role whose sessions Daypass discards.

A probe sends a right or a wrong external ID, or none. Its form says which optional session
attributes it sends, and whether its session name is a person's or an agent's.
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
    FORMS,
    IDENTITY_BYTES,
    ProbeForm,
    ProbeIdentity,
    build_made_up_identity,
    combine_outcomes,
)
from chalicelib.domain.verification.proof import ProbeOutcome, ProbeResult
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, record


def make_probe_identity(ports: Ports, engagement: str) -> ProbeIdentity:
    """Return a made-up member for the probes of one check: CloudTrail shows no real person."""
    return build_made_up_identity(ports.random(IDENTITY_BYTES), engagement)


def record_probe_intent(ports: Ports, by: Actor, operation: Operation) -> ProbeIdentity:
    """Record the check's intent on the trail, and return the made-up identity for its probes.

    Call this before the first probe is sent.
    """
    identity = make_probe_identity(ports, operation.engagement)
    details = {**operation.details, "session_names": " ".join(identity.session_names)}
    record(ports, by, replace(operation, outcome=Outcome.INTENDED, details=details))
    return identity


def has_time(ports: Ports, deadline: datetime | None) -> bool:
    """Return whether the deadline is still ahead, so that another role may be probed.

    A deadline of None never passes.
    """
    return deadline is None or ports.now() < deadline


class RoleProber(Value, kw_only=False):
    """A sender of probes to one role. All its probes name the same identity."""

    ports: Ports
    identity: ProbeIdentity
    role_arn: str

    def probe(
        self, external_id: str | None, form: ProbeForm, duration: int = SHORTEST_SESSION
    ) -> ProbeOutcome:
        """Send one probe, and return its outcome. `duration` is the session's, in seconds."""
        return self.ports.sts.probe(
            self.identity.build_probe(self.role_arn, external_id, form, duration)
        )

    def probe_account(self, external_id: str, form: ProbeForm) -> ProbeResult:
        """Send one probe. If the role accepts it, ask AWS for the session's account.

        Return the outcome and the account.
        """
        return self.ports.sts.probe_account(
            self.identity.build_probe(self.role_arn, external_id, form)
        )

    def probe_all(self, probes: Iterable[tuple[str | None, ProbeForm]]) -> list[ProbeOutcome]:
        """Send these external IDs and forms in parallel. Return the outcomes in this order."""
        return list(self.ports.side_by_side([partial(self.probe, *probe) for probe in probes]))

    def probe_all_forms(self, external_id: str | None) -> ProbeOutcome:
        """Probe the role with this external ID in every form. Return one combined outcome.

        ACCEPTED if the role accepts at least one form. REFUSED if the role refuses all.
        """
        outcomes = self.probe_all([(external_id, form) for form in FORMS])
        if ProbeOutcome.ACCEPTED in outcomes:
            return ProbeOutcome.ACCEPTED
        return combine_outcomes(outcomes)
