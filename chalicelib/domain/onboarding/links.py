"""The link to a client's page."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from chalicelib.domain.identifiers import EngagementId, LinkId, MemberId, Sha256
from chalicelib.domain.moments import Moment
from chalicelib.domain.things import Hidden, Item, Request, Secret, Unrecorded, shown


class SetupLink(Item, frozen=True, kw_only=True):
    """A link to the client's page, as it is kept: the SHA-256 of what makes it unguessable."""

    TARGET: ClassVar[Mapping[str, str]] = {"engagement": "engagement", "link": "id"}

    hash: Secret[Sha256]
    engagement: EngagementId
    created_by: Unrecorded[MemberId]
    created_at: Unrecorded[Moment]
    expires_at: Moment
    revoked_at: Unrecorded[Moment | None] = None
    checked_at: Unrecorded[Moment | None] = None
    """When "Check" was pressed last: it is not to be pressed too often."""
    checking_since: Hidden[Moment | None] = None
    """When the round began that the last press belongs to: one goes on with what the one before
    had no time for."""

    @shown
    def id(self) -> LinkId:
        """A name for the link that may be shown. It gives nothing of the link away."""
        return self.hash[:12]

    def is_open(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at


class CreateLink(Request, frozen=True, kw_only=True):
    expires_at: (
        Annotated[Moment, Meta(description="Until when: 14 days unless given, 90 at most.")] | None
    ) = None
