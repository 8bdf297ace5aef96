"""What a check of a role said, in words."""

from __future__ import annotations

from msgspec import field

from chalicelib.domain.moments import Moment
from chalicelib.domain.values import Value
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Grade, Result
from chalicelib.domain.verification.trust_policy_end import TrustPolicyEnd


class CheckLine(Value, frozen=True, kw_only=True):
    """One check that was made: what came of it, in a sentence, and what to do where it failed."""

    check: Check
    result: Result
    message: str
    fix: str = ""
    commands: str = ""


class LikelyCause(Value, frozen=True, kw_only=True):
    """One cause of a refusal: what it is, how to tell, and what to do then."""

    cause: Cause
    message: str
    how_to_tell: str
    fix: str
    commands: str


class Report(Value, frozen=True, kw_only=True):
    """What the last check said. `is_current` if nothing that it was about has changed since."""

    grade: Grade
    passed: bool
    checked_at: Moment
    is_current: bool
    lines: tuple[CheckLine, ...] = field(name="checks")
    remarks: tuple[str, ...]
    causes: tuple[LikelyCause, ...]
    is_certain: bool = field(name="causes_are_certain")
    """The causes are what it is, and not what it may be, the likeliest first."""
    trust_policy: TrustPolicyEnd | None = None
    """When the client's trust policy ends, as Daypass asked."""
