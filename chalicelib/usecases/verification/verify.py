"""Verify a role: check that it accepts the right external ID and refuses wrong ones."""

from __future__ import annotations

from datetime import timedelta

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
from chalicelib.usecases.engagements.roles import find_current_role, find_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, record, write
from chalicelib.usecases.vending.withholding import withhold_vends
from chalicelib.usecases.verification.cut_off import try_check_cut_offs
from chalicelib.usecases.verification.probing import RoleProber, record_probe_intent
from chalicelib.usecases.verification.prove import make_daily_check, make_full_check
from chalicelib.usecases.verification.rotation import continue_rotation

TIME_TO_BEGIN = timedelta(seconds=15)
"""The time within which a request may begin to probe a role. A request has 25 s in all
(`.chalice/config.json`). A role takes 58 calls to AWS STS, or 138 with twenty retired external
IDs. Eight calls run in parallel, so 138 calls of 0.3 s take about 5 s."""


def check_role(ports: Ports, by: Actor, engagement: str, role: str) -> Role:
    """Verify the role, check its cut-off, continue the engagement's rotation if one is under way,
    and return the role.

    Raise the same errors as `verify_role`.
    """
    deadline = ports.now() + TIME_TO_BEGIN
    verify_role(ports, by, engagement, role)
    try_check_cut_offs(ports, by, engagement, [role], deadline)
    continue_rotation(ports, by, engagement, deadline=deadline)
    return find_role(ports, engagement, role)


def verify_role(
    ports: Ports, by: Actor, engagement: str, role: str, *, is_full: bool = True
) -> Role:
    """Probe the role, store the result with the role, and return the role.

    A probe is an AssumeRole call whose session Daypass discards. If the role fails the check,
    Daypass issues no sessions of the role to members, unless a lead has overridden the result.

    With `is_full`, make a full check, which sends all probes. Otherwise make a daily check, which
    sends few probes to a role that passed before. If a result differs from the last full check, the
    daily check becomes a full one.

    Raise Unavailable, without a change, if AWS did not answer every probe or if the role changed
    during the check. Raise Conflict if someone changed the role or the engagement in Daypass
    meanwhile.
    """
    current = find_engagement(ports, engagement)
    stored = find_current_role(ports, current, role)
    operation = Operation(action=Action.ROLE_VERIFY, engagement=engagement, role=role)
    identity = record_probe_intent(ports, by, replace(operation, details={"role_arn": stored.arn}))
    prober = RoleProber(ports, identity, stored.arn)
    verification = (make_full_check if is_full else make_daily_check)(prober, current, stored)
    if verification is None:
        failed = replace(operation, outcome=Outcome.FAILED, reason=Reason.AWS_UNREACHABLE)
        record(ports, by, failed)
        raise Unavailable(
            Reason.AWS_UNREACHABLE,
            "AWS did not answer every probe, or the role changed during the check, so the check has"
            " no result. Try again in a moment.",
        )
    checked = stored.with_verification(verification)
    drifted = has_drifted(current, stored, checked)
    override = checked.override if checked.is_overridden(ports.now()) else None
    details = build_result_details(verification) | {
        "drifted": "true" if drifted else "",
        "overridden_until": rfc3339(override.until) if override else "",
    }
    write(
        ports, by, Action.ROLE_VERIFY, (stored, checked), preconditions=[current], details=details
    )
    if not verification.passed:
        withhold_vends(ports, by, checked)
    return checked


def has_drifted(engagement: Engagement, before: Role, after: Role) -> bool:
    """Return whether the role had passed its check before, and has not passed it now."""
    return (
        before.passed_verification(engagement) is not None
        and after.passed_verification(engagement) is None
    )


def build_result_details(verification: Verification) -> dict[str, str]:
    """Return the trail details that describe the result of a role's check."""
    return {
        "role_arn": verification.role_arn,
        "passed": str(verification.passed).lower(),
        "failed": " ".join(
            check for check, result in verification.results.items() if result is Result.FAILED
        ),
        "required_attributes": " ".join(verification.required_attributes),
        "causes": " ".join(verification.causes),
    }
