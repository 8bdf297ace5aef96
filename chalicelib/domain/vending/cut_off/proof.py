"""The stored result of the probes of a role's cut-off role. `RoleCutOffs` has what the job has seen
of the brake."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.identifiers import Arn, EngagementId, ExternalId, RoleName
from chalicelib.domain.moments import Moment
from chalicelib.domain.values import Internal, Item, NotOnTrail
from chalicelib.domain.verification.cut_off_checks import CutOffCheck, CutOffResults
from chalicelib.domain.verification.proof import Result

FULL_CHECK_AFTER = timedelta(days=6, hours=12)
"""How long daily checks, which are at the same time each day, follow a full one: six days."""


class CutOffProof(Item):
    """The result of the last check of a role's cut-off.

    It holds only for the ARN, the method and the external ID that the check tested. It never
    decides whether Daypass issues a session.
    """

    STORED_AS = "cut-off-proof"
    KEY_FIELDS = ("engagement", "role")
    TARGET = {"engagement": "engagement", "role": "role"}

    engagement: EngagementId
    role: RoleName
    checked_at: NotOnTrail[Moment]
    role_arn: NotOnTrail[Arn]
    method: NotOnTrail[CutOffMethod]
    external_id: Internal[ExternalId]
    """The cut-off role's external ID."""
    results: NotOnTrail[CutOffResults]
    """The result of each check that was made. That of the brake is not among them."""
    full_check_at: Internal[Moment | None] = None
    """When Daypass last sent every probe. Daily checks after it sent a few."""

    @property
    def failed_checks(self) -> tuple[CutOffCheck, ...]:
        return tuple(check for check in CutOffCheck if self.results.get(check) is Result.FAILED)

    @property
    def is_proven(self) -> bool:
        """Return whether every check of the cut-off role has passed."""
        return all(
            self.results.get(check) is Result.PASSED
            for check in CutOffCheck
            if check is not CutOffCheck.BRAKE
        )

    def needs_full_check(self, now: datetime) -> bool:
        """Return whether the next check must send every probe: a week after the last full check,
        and while something is not proven."""
        last = self.full_check_at
        return not self.is_proven or last is None or now - last >= FULL_CHECK_AFTER

    def is_current(self, engagement: Engagement, role: Role) -> bool:
        """Return whether the check tested what the engagement and the role have now."""
        return (
            self.role_arn == role.arn
            and self.method is engagement.cut_off
            and self.external_id == engagement.cut_off_external_id
        )
