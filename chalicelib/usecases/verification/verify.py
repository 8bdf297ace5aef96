"""Verify a role: prove that it takes the right external ID, and refuses wrong ones."""

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
from chalicelib.usecases.verification.probing import Prober, recorded_identity
from chalicelib.usecases.verification.prove import prove, prove_again


def verify(ports: Ports, by: Actor, engagement: str, role: str, *, is_full: bool = True) -> Role:
    """Probe the role and keep the result with it. A role that fails is not vended from.

    A check that is not full asks little of a proven role, and everything if anything is not as it
    was. Unavailable if AWS left a probe unanswered, or the role changed between the first and the
    last: what was known stands. Conflict if the role or the engagement was changed in Daypass
    meanwhile.
    """
    place = find_engagement(ports, engagement)
    old = current_role(ports, place, role)
    check = Operation(action=Action.ROLE_VERIFY, engagement=engagement, role=role)
    who = recorded_identity(ports, by, replace(check, details={"role_arn": old.arn}))
    proof = (prove if is_full else prove_again)(Prober(ports, who, old.arn), place, old)
    if proof is None:
        failed = replace(check, outcome=Outcome.FAILED, reason=Reason.AWS_UNREACHABLE)
        record(ports, by, failed)
        raise Unavailable(
            Reason.AWS_UNREACHABLE,
            "AWS did not answer every probe, or the role was changed meanwhile, so nothing was"
            " proven. Try again in a moment.",
        )
    new = old.checked(proof)
    drifted = has_drifted(place, old, new)
    override = new.override if new.is_overridden(ports.now()) else None
    details = found_in(proof) | {
        "drifted": "true" if drifted else "",
        "overridden_until": rfc3339(override.until) if override else "",
    }
    write(ports, by, Action.ROLE_VERIFY, (old, new), preconditions=[place], details=details)
    if not proof.passed:
        withhold_vends(ports, by, new)
    return new


def has_drifted(place: Engagement, old: Role, new: Role) -> bool:
    """Return whether the role was verified as it was, and its new check did not pass."""
    return old.proof(place) is not None and new.proof(place) is None


def found_in(proof: Verification) -> dict[str, str]:
    """A proof as the trail tells it."""
    return {
        "role_arn": proof.role_arn,
        "passed": str(proof.passed).lower(),
        "failed": " ".join(c for c, result in proof.results.items() if result is Result.FAILED),
        "demands": " ".join(proof.required_attributes),
        "causes": " ".join(proof.causes),
    }
