"""The report of a role's last check, in sentences."""

from __future__ import annotations

from msgspec import field

from chalicelib.domain.moments import Moment
from chalicelib.domain.values import Value
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Grade, Result
from chalicelib.domain.verification.trust_policy_end import TrustPolicyEnd


class CheckLine(Value, frozen=True, kw_only=True):
    """One check with its result and, if it failed, the fix."""

    check: Check
    result: Result
    message: str
    fix: str = ""
    commands: str = ""
    """AWS CLI commands that make the fix. Empty if there are none."""


class LikelyCause(Value, frozen=True, kw_only=True):
    """One cause for which AWS may refuse Daypass, with how to recognise and fix this cause."""

    cause: Cause
    message: str
    how_to_tell: str
    fix: str
    commands: str
    """AWS CLI commands that make the fix. Empty if there are none."""


class Report(Value, frozen=True, kw_only=True):
    """The report of a role's last check."""

    grade: Grade
    passed: bool
    checked_at: Moment
    is_current: bool
    """True if neither the role's ARN nor the external ID changed after the check."""
    lines: tuple[CheckLine, ...] = field(name="checks")
    remarks: tuple[str, ...]
    causes: tuple[LikelyCause, ...]
    """Why AWS refuses Daypass, most likely cause first."""
    is_certain: bool = field(name="causes_are_certain")
    """True if probes have confirmed these causes. If false, they are only candidates."""
    trust_policy: TrustPolicyEnd | None = None
    """The end date of the client's trust policy, as Daypass requested it."""
