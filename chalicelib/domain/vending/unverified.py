"""Texts for a role's members: why Daypass gives no sessions from the role."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.verification.findings import CHECKS
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.verification import Verification

NOT_CHECKED = "This role has not been verified in its present state. Ask a lead to verify the role."


def find_first_failure_text(proof: Verification) -> str:
    """Return the text for the first part of the role's check that failed; empty if none failed."""
    failed = (check for check in Check if proof.results.get(check) is Result.FAILED)
    return next((CHECKS[check].failed for check in failed), "")


def explain_unverified_role(role: Role, engagement: Engagement) -> str:
    """Return why Daypass gives no sessions from a role without a valid check, and who must act."""
    proof = role.current_verification(engagement)
    if proof is None:
        return NOT_CHECKED
    sentences = (
        f"This role failed its check of {utc_text(proof.checked_at)}.",
        find_first_failure_text(proof),
        "Ask a lead, who has the report with the fix.",
    )
    return " ".join(filter(None, sentences))


def explain_role_problem(role: Role, engagement: Engagement, now: datetime) -> str:
    """Return why Daypass gives no sessions from the role now; empty if it does."""
    if role.passed_verification(engagement) is not None or role.is_overridden(now):
        return ""
    return explain_unverified_role(role, engagement)
