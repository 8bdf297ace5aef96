"""Texts that tell a role's members why Daypass vends nothing from it."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.verification.findings import CHECKS
from chalicelib.domain.verification.proof import Check, Result
from chalicelib.domain.verification.verification import Verification

NOT_CHECKED = "This role has not been verified as it is now. Ask a lead to verify it."


def first_failure(proof: Verification) -> str:
    """Return the first finding of a failed check; empty if there is none."""
    failed = (check for check in Check if proof.results.get(check) is Result.FAILED)
    return next((CHECKS[check].failed for check in failed), "")


def why_unverified(role: Role, engagement: Engagement) -> str:
    """Return why Daypass does not vend from a role without a valid check, and who must act."""
    proof = role.current_verification(engagement)
    if proof is None:
        return NOT_CHECKED
    sentences = (
        f"This role failed its check of {utc_text(proof.checked_at)}.",
        first_failure(proof),
        "Ask a lead: they have the report with the fix.",
    )
    return " ".join(filter(None, sentences))


def role_problem(role: Role, engagement: Engagement, now: datetime) -> str:
    """Return why Daypass vends nothing from the role now; empty if it may vend."""
    if role.passed_verification(engagement) is not None or role.is_overridden(now):
        return ""
    return why_unverified(role, engagement)
