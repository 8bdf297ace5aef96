"""Say what a check of a role found, for its members."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.verification.findings import CHECKS
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.verification import Verification


def find_first_failure_text(verification: Verification) -> str:
    """Return the sentence for the first failed part of a role's verification; empty if none
    failed."""
    failed_checks = (check for check in Check if verification.results.get(check) is Result.FAILED)
    return next((CHECKS[check].failed for check in failed_checks), "")


def describe_check(role: Role, engagement: Engagement) -> str:
    """Return the result of the role's check in its current state, in sentences."""
    last = role.current_verification(engagement)
    if last is None:
        return f"{role.name} has not been checked with its current ARN and external ID."
    result = "passed" if last.passed else "failed"
    text = f"{role.name} {result} its check on {utc_text(last.checked_at)}."
    return f"{text} {find_first_failure_text(last)}".strip()
