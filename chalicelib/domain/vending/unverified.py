"""Say what a check of a role found, for its members."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.verification.findings import CHECKS
from chalicelib.domain.verification.proof import Check, Result


def describe_check(role: Role, engagement: Engagement) -> str:
    """Return the result of the role's check in its current state, in sentences. One is about the
    first part that failed, if any did."""
    last = role.current_verification(engagement)
    if last is None:
        return f"{role.name} has not been checked with its current ARN and external ID."
    result = "passed" if last.passed else "failed"
    text = f"{role.name} {result} its check on {utc_text(last.checked_at)}."
    failures = (CHECKS[each].failed for each in Check if last.results.get(each) is Result.FAILED)
    return f"{text} {next(failures, '')}".strip()
