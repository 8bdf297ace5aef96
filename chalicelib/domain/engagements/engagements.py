"""Engagements: one client AWS account each, and its external ID."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, ClassVar

from msgspec import Meta

from chalicelib.domain.identifiers import AccountId, EngagementId, ExternalId
from chalicelib.domain.moments import Moment
from chalicelib.domain.stops import LastStop, Stoppable
from chalicelib.domain.text import ClientName
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Change, Hidden, Item, Request, Unrecorded

StartsAt = Annotated[Moment, Meta(description="From when on; now unless given.")]
EndsAt = Annotated[Moment, Meta(description="Until when: no session lives longer.")]


class Engagement(Stoppable, frozen=True, kw_only=True):
    """One client AWS account that we work in, from `starts_at` until before `ends_at`."""

    STORED_AS: ClassVar[str] = "engagement"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("id",)
    LISTED_BY: ClassVar[str | None] = ""
    ENDS: ClassVar[Mapping[Action, str]] = {
        Action.ENGAGEMENT_REVOKE: "revoked_at",
        Action.ENGAGEMENT_CLOSE: "closed_at",
    }
    TARGET: ClassVar[Mapping[str, str]] = {"engagement": "id"}

    id: EngagementId
    client: ClientName
    account_id: AccountId
    external_id: ExternalId
    starts_at: Moment
    ends_at: Moment
    created_at: Unrecorded[Moment]
    next_external_id: ExternalId | None = None
    """Made, and not yet proven to be let in: the rotation's first half."""
    former_external_id: Unrecorded[ExternalId | None] = None
    """Replaced, and not yet proven to be refused: its second half."""
    retired_external_ids: Hidden[tuple[ExternalId, ...]] = ()
    """Replaced, and seen to be refused by every role in use."""
    chosen_elsewhere: bool = False
    """The external ID was taken over from a profile, and not made by Daypass."""
    closed_at: Unrecorded[Moment | None] = None
    revoked_at: Unrecorded[Moment | None] = None
    former_ends_at: Hidden[Moment | None] = None
    """Its end before the last change of it: grants that ended then can still be renewed."""
    left_at: Unrecorded[Moment | None] = None
    """When every role of an engagement that is over was seen to refuse us."""
    stop: LastStop = ""

    def is_open(self, now: datetime) -> bool:
        return self.closed_at is None and self.starts_at <= now < self.ends_at

    def can_be_entered(self, now: datetime) -> bool:
        return self.is_open(now) and self.revoked_at is None

    @property
    def is_rotating(self) -> bool:
        return self.next_external_id is not None or self.former_external_id is not None

    @property
    def over_at(self) -> datetime:
        """When it ended, or will: whichever end came first."""
        return min(filter(None, (self.closed_at, self.revoked_at, self.ends_at)))

    def is_over(self, now: datetime) -> bool:
        """We have no business in the account any more."""
        return self.closed_at is not None or self.revoked_at is not None or now >= self.ends_at

    @property
    def external_ids(self) -> tuple[str, ...]:
        """Those that a role's trust policy has to let in, the one that is sent first."""
        return tuple(filter(None, (self.external_id, self.next_external_id)))


class ExternalIdTaken(Item, frozen=True, kw_only=True):
    """A tombstone: this external ID belongs, or once belonged, to an engagement. Never deleted."""

    STORED_AS: ClassVar[str] = "external-id"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("external_id",)

    external_id: ExternalId
    engagement: EngagementId


class NewEngagement(Request, frozen=True, kw_only=True):
    """What is asked for in each of the ways to open an engagement."""

    id: EngagementId
    client: ClientName
    starts_at: StartsAt | None = None
    ends_at: EndsAt


class ChangeEngagement(Change, frozen=True, kw_only=True):
    client: ClientName | None = None
    starts_at: StartsAt | None = None
    ends_at: EndsAt | None = None
