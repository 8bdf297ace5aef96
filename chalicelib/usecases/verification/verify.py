"""Verify a role: test that it accepts the right external ID and refuses wrong ones."""

from __future__ import annotations

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.moments import rfc3339
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Operation, Outcome
from chalicelib.domain.verification.proof import Result
from chalicelib.domain.verification.verification import Verification
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import current_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, record, write
from chalicelib.usecases.vending.withholding import withhold_vends
from chalicelib.usecases.verification.probing import RoleProber, recorded_identity
from chalicelib.usecases.verification.prove import confirm, prove


def verify(ports: Ports, by: Actor, engagement: str, role: str, *, is_full: bool = True) -> Role:
    """Probe the role, store the result with it, and return it. Daypass does not vend from a role
    that fails.

    A check that is not full sends a proven role few probes, and becomes a full one if any answer
    differs from the last full check. Unavailable, without a change, if AWS did not answer every
    probe or the role changed during the check. Conflict if the role or the engagement was changed
    in Daypass meanwhile.
    """
    current = find_engagement(ports, engagement)
    old = current_role(ports, current, role)
    check = Operation(action=Action.ROLE_VERIFY, engagement=engagement, role=role)
    identity = recorded_identity(ports, by, replace(check, details={"role_arn": old.arn}))
    proof = (prove if is_full else confirm)(RoleProber(ports, identity, old.arn), current, old)
    if proof is None:
        failed = replace(check, outcome=Outcome.FAILED, reason=Reason.AWS_UNREACHABLE)
        record(ports, by, failed)
        raise Unavailable(
            Reason.AWS_UNREACHABLE,
            "AWS did not answer every probe, or the role changed during the check, so the check has"
            " no result. Try again in a moment.",
        )
    new = old.with_verification(proof)
    drifted = has_drifted(current, old, new)
    override = new.override if new.is_overridden(ports.now()) else None
    details = result_details(proof) | {
        "drifted": "true" if drifted else "",
        "overridden_until": rfc3339(override.until) if override else "",
    }
    write(ports, by, Action.ROLE_VERIFY, (old, new), preconditions=[current], details=details)
    if not proof.passed:
        withhold_vends(ports, by, new)
    return new


def has_drifted(engagement: Engagement, old: Role, new: Role) -> bool:
    """Return whether the role was verified before, and the new check did not pass."""
    return old.proof(engagement) is not None and new.proof(engagement) is None


def result_details(proof: Verification) -> dict[str, str]:
    """Return the trail details of a check's result."""
    return {
        "role_arn": proof.role_arn,
        "passed": str(proof.passed).lower(),
        "failed": " ".join(
            check for check, result in proof.results.items() if result is Result.FAILED
        ),
        "demands": " ".join(proof.required_attributes),
        "causes": " ".join(proof.causes),
    }
