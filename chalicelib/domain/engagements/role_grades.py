"""Grade a role: the grade of its last check, the reason for the grade, and the fix."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.text import Tone
from chalicelib.domain.values import Inline, Value
from chalicelib.domain.verification.findings import CAUSES, CHECKS, IMPORTED_EXTERNAL_ID
from chalicelib.domain.verification.proof import Check, Grade, Result, grade_results
from chalicelib.domain.verification.verification import Verification

NOT_CHECKED = "Not checked"
SAFE = (
    "Daypass can assume the role with the external ID, but not without it or with the wrong IDs"
    " that it tried. Sessions carry the member's name."
)
ENDED = "Ended"
TONES = {Grade.A: Tone.GOOD, Grade.B: Tone.GOOD, Grade.F: Tone.BAD, NOT_CHECKED: Tone.WAIT}


class GradedRole(Value):
    """A role with its grade, the reason for the grade and the fix."""

    role: Inline[Role]
    grade: str
    """The grade of the role's last check, `Not checked` or `Ended`."""
    reason: str
    """Why the role has this grade, or none."""
    fix: str
    """The next step that improves the grade. Empty if there is nothing to do."""

    @property
    def tone(self) -> Tone:
        return TONES.get(self.grade, Tone.PLAIN)

    @property
    def is_in_use(self) -> bool:
        return self.role.ended_at is None


def grade_role(engagement: Engagement, role: Role, now: datetime) -> GradedRole:
    """Return the role with its grade, the reason for the grade and the fix."""
    grade, reason, fix = _grade(engagement, role)
    if engagement.is_over(now):
        fix = ""  # the client removes the role
    return GradedRole(role=role, grade=grade, reason=reason, fix=fix)


def _grade(engagement: Engagement, role: Role) -> tuple[str, str, str]:
    if role.ended_at is not None:
        return ENDED, f"A lead ended it on {utc_text(role.ended_at)}.", ""
    if role.verification is None:
        how = "When the client has created the role, check it here, or let the client check it on"
        return (
            NOT_CHECKED,
            "The role has not been checked with its current ARN.",
            f"{how} their page.",
        )
    if role.current_verification(engagement) is None:
        why = "The external ID has changed since the role's last check."
        return NOT_CHECKED, why, "Check the role again."
    grade = find_grade(engagement, role.verification)
    return grade.value, *_explain_grade(engagement, role.verification, grade)


def find_worst_grade(engagement: Engagement, roles: Iterable[Role]) -> str:
    """Return the worst grade of the roles in use. A role without a current check is worse than one
    with grade B, and better than one with grade F. Return an empty text without roles in use."""
    grades = {_grade(engagement, role)[0] for role in roles}
    return next(
        (grade for grade in (Grade.F, NOT_CHECKED, Grade.B, Grade.A) if grade in grades), ""
    )


def find_grade(engagement: Engagement, verification: Verification) -> Grade:
    """Return the grade of these results for the engagement's role."""
    return grade_results(verification.results, external_id_imported=engagement.external_id_imported)


def _explain_grade(
    engagement: Engagement, verification: Verification, grade: Grade
) -> tuple[str, str]:
    """Return the reason for the grade, and the fix: those of the first check that failed."""
    failed = next((c for c in Check if verification.results.get(c) is Result.FAILED), None)
    if failed is Check.RIGHT_ID and verification.causes:
        cause = CAUSES[verification.causes[0]]
        likely = "" if len(verification.causes) == 1 else "Most likely cause: "
        return f"{CHECKS[failed].failed} {likely}{cause.message}", cause.fix
    if failed is not None:
        return CHECKS[failed].failed, CHECKS[failed].fix
    if engagement.external_id_imported:
        return IMPORTED_EXTERNAL_ID, "Rotate the external ID."
    if grade is Grade.F:
        return "AWS gave no clear answer to some probes.", "Check the role again."
    if grade is Grade.B:
        return "Sessions cannot carry the member's name or tags yet.", "Check the role again."
    return SAFE, ""
