"""What a check found out about a role, and what it was about."""

from __future__ import annotations

from msgspec import field

from chalicelib.domain.identifiers import Arn, ExternalId
from chalicelib.domain.moments import Moment
from chalicelib.domain.values import Internal, Renamed, Value, shown_property
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.probe_variants import CHECK_OF, ProbeVariant, SessionAttribute
from chalicelib.domain.verification.proof import Result, Results, is_safe


class Verification(Value, frozen=True, kw_only=True):
    """What was proven about a role, and for which ARN and external ID it was proven."""

    checked_at: Moment
    full_check_at: Moment | None = None
    """When everything was tried; a daily check has only confirmed it since."""
    role_arn: Internal[Arn]
    external_id: Internal[ExternalId]
    results: Results
    causes: Internal[tuple[Cause, ...]] = ()
    """Why AWS refuses us, the likeliest first, where it does."""
    required_attributes: Renamed[tuple[SessionAttribute, ...]] = field(name="demands", default=())
    """The session attributes without which the role refuses Daypass."""

    @property
    def dress(self) -> ProbeVariant:
        """What a vend tells of who asks."""
        results = self.results
        return ProbeVariant(part for part, c in CHECK_OF.items() if results.get(c) is Result.PASSED)

    @shown_property
    def passed(self) -> bool:
        return is_safe(self.results)

    @shown_property
    def accepts_source_identity(self) -> bool:
        return SessionAttribute.SOURCE_IDENTITY in self.dress

    @shown_property
    def accepts_tags(self) -> bool:
        return SessionAttribute.TAGS in self.dress
