"""Build the view of one role for the client's page: what that page shows about the role. In the
page's sentences, "we" is the firm."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.role_setup import ClientSetup, SetupPart, TemplateFormat
from chalicelib.domain.onboarding.setup.removal import build_fix_commands, build_review_commands
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.policies.documents import pretty
from chalicelib.domain.values import Value
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.findings import Fix
from chalicelib.domain.verification.proof import Check, Grade, Result
from chalicelib.domain.verification.report import CheckLine, CutOffReport, Report
from chalicelib.usecases.onboarding.client_setup import render_setup
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.report import build_report, read_cut_off_report

GRADES = {
    Grade.A: "We can assume the role with the external ID, but not without it or with the wrong IDs"
    " that we tried. Your CloudTrail shows which consultant used each session.",
    Grade.B: "We can assume the role with the external ID, but not without it or with the wrong IDs"
    " that we tried. Some of its settings can be improved: see the findings.",
    Grade.F: "Not verified. Until this role passes a check, our consultants cannot use it, unless"
    " one of our leads allows that for a limited time. See the findings.",
}
"""A sentence for each grade."""
ACCEPTS_PREVIOUS_ID = (
    "We can assume the role with the external ID, but also still with the previous ID: see the"
    " findings. We could not assume the role without an external ID, or with the other wrong IDs"
    " that we tried."
)
"""The sentence for a role that passed but still accepts its previous external ID."""


class RoleView(Value):
    """One role: its specification, its files, and the report on its last check."""

    role: Role
    spec: RoleSpec
    report: Report | None
    """The report on the last check. None if the role was never checked."""
    cut_off: CutOffReport | None
    """The report on the last check of the role's cut-off, which can end live sessions. None if the
    client has not agreed to a method for cut-offs."""
    overridden_until: datetime | None
    """The end of a lead's override: until then members get sessions from the role whatever its
    check found. None without an override."""
    trust_policy_may_have_ended: bool
    """True if an end date that the role's trust policy may have is past."""

    @property
    def name(self) -> str:
        return self.role.name

    def setup(self, format: str, part: str = SetupPart.ROLE) -> ClientSetup:
        """Return the files in this format that create the role, or a part of it."""
        return render_setup(self.spec, self.role, TemplateFormat(format), SetupPart(part))

    @property
    def trust_commands(self) -> str:
        """Return commands that replace the role's trust policy."""
        return build_fix_commands(Fix.TRUST_POLICY, self.spec)

    @property
    def review_commands(self) -> str:
        """Return commands with which the client sees the role's permissions and its whole trust
        policy. Checks cannot show these."""
        return build_review_commands(self.spec)

    @property
    def permissions_json(self) -> str:
        """Return the inline policy. Empty if the role has an AWS managed policy or keeps its
        permissions."""
        document = self.spec.permissions.document
        return pretty(document) if document is not None else ""

    @property
    def session_lengths(self) -> tuple[int, int]:
        """Return the longest session that Daypass requests and the role's maximum, in seconds."""
        return self.role.max_session, self.spec.max_session_duration

    @property
    def is_verified(self) -> bool:
        """Return whether the role passed its last check and has not changed since."""
        return self.report is not None and self.report.is_current and self.report.passed

    @property
    def failed_checks(self) -> tuple[CheckLine, ...]:
        """Return the report's lines on the checks that failed."""
        return self._filter_checks(Result.FAILED)

    @property
    def passed_checks(self) -> tuple[CheckLine, ...]:
        """Return the report's lines on the checks that passed."""
        return self._filter_checks(Result.PASSED)

    @property
    def accepts_previous_id(self) -> bool:
        """Return whether the role still accepted its previous external ID in the last check."""
        return any(line.check is Check.PREVIOUS_ID for line in self.failed_checks)

    @property
    def grade_text(self) -> str:
        """Return the sentence that explains the grade. Empty if the role was never checked."""
        if self.report is None:
            return ""
        if self.report.passed and self.accepts_previous_id:
            return ACCEPTS_PREVIOUS_ID
        return GRADES[self.report.grade]

    @property
    def full_check_at(self) -> datetime | None:
        """Return the time of the last full check, or None if the last check was a full one."""
        proof = self.role.verification
        was_short = proof is not None and proof.full_check_at != proof.checked_at
        return proof.full_check_at if proof is not None and was_short else None

    @property
    def may_be_missing(self) -> bool:
        """Return whether the role is new and the last check suggests that it does not exist."""
        causes = self.report.causes if self.report else ()
        is_likely = any(cause.cause is Cause.ROLE_MISSING for cause in causes)
        return is_likely and not self.spec.exists_already

    @property
    def has_commands(self) -> bool:
        """Return whether the report has commands that fix a failed check or its cause."""
        causes = self.report.causes if self.report else ()
        return any(line.commands for line in self.failed_checks) or any(
            cause.commands for cause in causes
        )

    def _filter_checks(self, result: Result) -> tuple[CheckLine, ...]:
        lines = self.report.lines if self.report else ()
        return tuple(line for line in lines if line.result is result)


def build_role_view(ports: Ports, engagement: Engagement, role: Role) -> RoleView:
    """Return the view of the role for the client's page."""
    spec, now = build_spec_for_role(ports, engagement, role), ports.now()
    cut_off = read_cut_off_report(ports, engagement, role)
    return RoleView(
        role=role,
        spec=spec,
        report=build_report(engagement, role, spec, cut_off),
        cut_off=cut_off,
        overridden_until=role.override.until if role.override and role.is_overridden(now) else None,
        trust_policy_may_have_ended=role.policy_may_have_ended(now),
    )
