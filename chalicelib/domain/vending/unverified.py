"""Texts for a role's members: why Daypass gives no sessions from the role."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.verification.findings import CHECKS
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.verification import Verification

NOT_CHECKED = (
    "Daypass has not checked this role with its current ARN and external ID, so Daypass gives no"
    " sessions from the role. Ask a lead to verify the role."
)


def find_first_failure_text(verification: Verification) -> str:
    """Return the sentence for the first failed part of a role's verification; empty if none
    failed."""
    failed_checks = (check for check in Check if verification.results.get(check) is Result.FAILED)
    return next((CHECKS[check].failed for check in failed_checks), "")


def explain_unverified_role(role: Role, engagement: Engagement) -> str:
    """Return why Daypass gives no sessions from a role that has not passed a check in its present
    state, and who must act."""
    verification = role.current_verification(engagement)
    if verification is None:
        return NOT_CHECKED
    sentences = (
        f"This role failed its check on {utc_text(verification.checked_at)}.",
        find_first_failure_text(verification),
        "Ask a lead to follow the fix in the report on this role.",
    )
    return " ".join(filter(None, sentences))


def explain_role_problem(role: Role, engagement: Engagement, now: datetime) -> str:
    """Return why Daypass gives no sessions from the role now; empty if it does."""
    if role.passed_verification(engagement) is not None or role.is_overridden(now):
        return ""
    return explain_unverified_role(role, engagement)
