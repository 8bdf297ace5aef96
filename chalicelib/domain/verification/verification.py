"""The stored result of a role's check: whether the role accepts only the correct external ID."""

from __future__ import annotations

from chalicelib.domain.identifiers import Arn, ExternalId
from chalicelib.domain.moments import Moment
from chalicelib.domain.values import Internal, Value, shown_property
from chalicelib.domain.verification.diagnosis import Cause
from chalicelib.domain.verification.probe_variants import (
    ATTRIBUTE_CHECKS,
    ProbeVariant,
    SessionAttribute,
)
from chalicelib.domain.verification.proof import Result, Results, is_role_safe


class Verification(Value):
    """The result of a role's check. It holds only for the role ARN and the external ID that the
    check tested."""

    checked_at: Moment
    """The time of the last check, full or daily."""
    full_check_at: Moment | None = None
    """The time of the last full check. Daily checks after it only confirmed the results. None if
    the time was not recorded."""
    role_arn: Internal[Arn]
    external_id: Internal[ExternalId]
    results: Results
    """The result of each check that was made, by the name of the check."""
    causes: Internal[tuple[Cause, ...]] = ()
    """Why AWS refuses Daypass, most likely cause first. Empty if AWS does not refuse."""
    required_attributes: tuple[SessionAttribute, ...] = ()
    """The session attributes without which the role refuses Daypass. Empty if there are none."""

    @property
    def vend_variant(self) -> ProbeVariant:
        """Return the optional session attributes that Daypass sends when it issues a session of
        this role: those that the role accepts."""
        return ProbeVariant(
            attribute
            for attribute, check in ATTRIBUTE_CHECKS.items()
            if self.results.get(check) is Result.PASSED
        )

    @shown_property
    def passed(self) -> bool:
        """True if the results prove the role safe. Its grade is then A or B."""
        return is_role_safe(self.results)

    @shown_property
    def accepts_source_identity(self) -> bool:
        """True if the role accepts a source identity. Daypass then sends the member's ID as the
        source identity of each session."""
        return SessionAttribute.SOURCE_IDENTITY in self.vend_variant

    @shown_property
    def accepts_tags(self) -> bool:
        """True if the role accepts session tags. Daypass then tags each session with the member and
        the engagement."""
        return SessionAttribute.TAGS in self.vend_variant
