"""A role as the web console shows it: its grade, the reason for the grade, and the fix."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Override, Role
from chalicelib.domain.moments import utc_text
from chalicelib.domain.values import Value
from chalicelib.domain.verification.findings import CAUSES, CHECKS, IMPORTED_EXTERNAL_ID
from chalicelib.domain.verification.proof import Check, Grade, Result, grade_results
from chalicelib.domain.verification.verification import Verification
from chalicelib.domain.web.engagement_states import Tone

NOT_CHECKED = "Not checked"
SAFE = (
    "The role accepts Daypass with the external ID, and refused the wrong ones that Daypass tried."
    " Its sessions name their member."
)
GRADE_TONES = {Grade.A: Tone.GOOD, Grade.B: Tone.GOOD, Grade.F: Tone.BAD}


class ShownRole(Value, frozen=True, kw_only=True):
    """A role with its grade, the reason for the grade and the fix."""

    role: Role
    label: str
    """The grade, such as `A`, or a word if the role has none."""
    tone: Tone
    reason: str
    """Why the role has this grade, or none."""
    fix: str
    """The next step that improves the grade. Empty if there is nothing to do."""
    checked_at: datetime | None
    """When the role was last checked. None if it never was, with its present ARN."""
    override: Override | None
    """The override in force, with which Daypass issues sessions whatever the check found."""

    @property
    def is_in_use(self) -> bool:
        return self.role.ended_at is None


def describe_role(engagement: Engagement, role: Role, now: datetime) -> ShownRole:
    """Return the role with its grade, the reason for the grade and the fix."""
    verification = role.verification
    override = role.override if role.is_overridden(now) else None

    def build(label: str, tone: Tone, reason: str, fix: str = "") -> ShownRole:
        if engagement.is_over(now):
            fix = ""  # the client removes the role
        checked_at = verification.checked_at if verification is not None else None
        facts: dict[str, Any] = {"checked_at": checked_at, "override": override}
        return ShownRole(role=role, label=label, tone=tone, reason=reason, fix=fix, **facts)

    if role.ended_at is not None:
        return build("Ended", Tone.PLAIN, f"A lead ended it on {utc_text(role.ended_at)}.")
    if verification is None:
        return build(
            NOT_CHECKED,
            Tone.WAIT,
            "No check was made with its present ARN.",
            "When the client has created the role, check it here, or let the client check it on"
            " their page.",
        )
    if role.current_verification(engagement) is None:
        return build(
            NOT_CHECKED,
            Tone.WAIT,
            "The external ID has changed since its last check.",
            "Check the role again.",
        )
    grade = find_grade(engagement, verification)
    reason, fix = _explain_grade(engagement, verification, grade)
    return build(grade.value, GRADE_TONES[grade], reason, fix)


def find_worst_grade(engagement: Engagement, roles: list[Role]) -> tuple[str, Tone]:
    """Return the worst grade of the roles in use, as a label with its tone. A role without a
    current check is worse than one with grade B, and better than one with grade F. Return an empty
    label without roles in use."""
    labels = set()
    for role in roles:
        if role.ended_at is None:
            verification = role.current_verification(engagement)
            labels.add(find_grade(engagement, verification).value if verification else NOT_CHECKED)
    for label in (Grade.F.value, NOT_CHECKED, Grade.B.value, Grade.A.value):
        if label in labels:
            return label, Tone.WAIT if label == NOT_CHECKED else GRADE_TONES[Grade(label)]
    return "", Tone.PLAIN


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
