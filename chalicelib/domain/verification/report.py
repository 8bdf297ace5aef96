"""The report of a role's last check, in sentences."""

from __future__ import annotations

from msgspec import field

from chalicelib.domain.moments import Moment
from chalicelib.domain.values import Value
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Grade, Result
from chalicelib.domain.verification.trust_policy_end import TrustPolicyEnd


class CheckLine(Value):
    """One check of a role or of its cut-off, with its result and, if it failed, the fix."""

    check: str
    """The name of the check, such as `no-external-id`."""
    result: Result | None
    """None if the check was not made, or cannot be made."""
    message: str
    """The result in a sentence."""
    fix: str = ""
    """The fix in a sentence. Empty unless the check failed."""
    commands: str = ""
    """AWS CLI commands that make the fix. Empty if there are none."""


class CutOffReport(Value):
    """The report of the last check of a role's cut-off: the way to end its live sessions."""

    checked_at: Moment | None = None
    """None if the cut-off was never checked."""
    is_current: bool = False
    """True if the check tested the role, the method and the external ID as they are now."""
    proven: bool = False
    """True if every check passed that Daypass can make. With the method `deny-all`, Daypass cannot
    try the cut-off itself."""
    brake_seen_at: Moment | None = None
    """When AWS last denied a session of Daypass's own because of the brake. None if it never did,
    or if the method is not `brake`."""
    checks: tuple[CheckLine, ...] = ()
    limits: tuple[str, ...]
    """The limits of the check, in sentences."""

    @property
    def failed_checks(self) -> tuple[CheckLine, ...]:
        return tuple(line for line in self.checks if line.result is Result.FAILED)


class LikelyCause(Value):
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


class Report(Value):
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
