"""What a check found out about a role, and what it was about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Result, Results, is_safe


@dataclass(frozen=True, slots=True, kw_only=True)
class Verification:
    """What was proven about a role, and for which ARN and external ID it was proven."""

    checked_at: datetime
    role_arn: str
    external_id: str
    results: Results
    causes: tuple[Cause, ...] = ()
    """Why AWS refuses us, the likeliest first, where it does."""

    @property
    def passed(self) -> bool:
        return is_safe(self.results)

    @property
    def accepts_source_identity(self) -> bool:
        return self.results.get(Check.SOURCE_IDENTITY) is Result.PASSED

    @property
    def accepts_tags(self) -> bool:
        return self.results.get(Check.TAGS) is Result.PASSED
