"""What a check found out about a role, and what it was about."""

from __future__ import annotations

from chalicelib.domain.identifiers import Arn, ExternalId
from chalicelib.domain.moments import Moment
from chalicelib.domain.things import Hidden, Thing, shown
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.proof import Check, Result, Results, is_safe


class Verification(Thing, frozen=True, kw_only=True):
    """What was proven about a role, and for which ARN and external ID it was proven."""

    checked_at: Moment
    role_arn: Hidden[Arn]
    external_id: Hidden[ExternalId]
    results: Results
    causes: Hidden[tuple[Cause, ...]] = ()
    """Why AWS refuses us, the likeliest first, where it does."""

    @shown
    def passed(self) -> bool:
        return is_safe(self.results)

    @shown
    def accepts_source_identity(self) -> bool:
        return self.results.get(Check.SOURCE_IDENTITY) is Result.PASSED

    @shown
    def accepts_tags(self) -> bool:
        return self.results.get(Check.TAGS) is Result.PASSED
