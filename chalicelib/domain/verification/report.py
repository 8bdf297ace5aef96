"""The report of a role's last check, in sentences."""

from __future__ import annotations

from msgspec import field

from chalicelib.domain.moments import Moment
from chalicelib.domain.values import Value
from chalicelib.domain.verification.cut_off_report import CutOffReport
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Grade, Result
from chalicelib.domain.verification.trust_policy_end import TrustPolicyEnd


class CheckLine(Value, frozen=True, kw_only=True):
    """One check with its result and, if it failed, the fix."""

    check: Check
    result: Result
    message: str
    """The result in a sentence."""
    fix: str = ""
    """The fix in a sentence. Empty if the check passed."""
    commands: str = ""
    """AWS CLI commands that make the fix. Empty if there are none."""


class LikelyCause(Value, frozen=True, kw_only=True):
    """One cause for which AWS may refuse Daypass."""

    cause: Cause
    message: str
    """The cause in a sentence."""
    how_to_tell: str
    """How to recognise that this is the cause."""
    fix: str
    """How to fix the cause."""
    commands: str
    """AWS CLI commands that make the fix. Empty if there are none."""


class Report(Value, frozen=True, kw_only=True):
    """The report of a role's last check."""

    grade: Grade
    passed: bool
    """True if the grade is A or B."""
    checked_at: Moment
    is_current: bool
    """True if neither the role's ARN nor the engagement's external ID changed after the check."""
    lines: tuple[CheckLine, ...] = field(name="checks")
    """The checks that passed or failed. Checks that were not made are left out."""
    remarks: tuple[str, ...]
    """Further points for the lead, such as an imported external ID. Empty if there are none."""
    causes: tuple[LikelyCause, ...]
    """The possible causes for which AWS refuses Daypass, the most likely first. Empty if AWS does
    not refuse."""
    is_certain: bool = field(name="causes_are_certain")
    """True if probes have confirmed the causes. If false, the causes are only candidates."""
    cut_off: CutOffReport | None = None
    """The report of the last check of the role's cut-off, which can end live sessions. None if the
    engagement has no method for cut-offs. The role's grade does not depend on it."""
    trust_policy: TrustPolicyEnd | None = None
    """The end date of the client's trust policy, as Daypass requested it. None if the role has
    ended, or if Daypass requested no end date."""
