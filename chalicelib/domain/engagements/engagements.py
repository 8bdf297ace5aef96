"""Engagements: one client AWS account each, and its external ID."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Engagement:
    """One client AWS account that we work in, from `starts_at` until before `ends_at`."""

    id: str
    client: str
    account_id: str
    external_id: str
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    next_external_id: str | None = None
    """Made, and not yet proven to be let in: the rotation's first half."""
    former_external_id: str | None = None
    """Replaced, and not yet proven to be refused: its second half."""
    retired_external_ids: tuple[str, ...] = ()
    """Replaced, and seen to be refused by every role in use."""
    chosen_elsewhere: bool = False
    """The external ID was taken over from a profile, and not made by Daypass."""
    closed_at: datetime | None = None
    revoked_at: datetime | None = None
    left_at: datetime | None = None
    """When every role of an engagement that is over was seen to refuse us."""
    version: int = 1

    def is_open(self, now: datetime) -> bool:
        return self.closed_at is None and self.starts_at <= now < self.ends_at

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ExternalIdTaken:
    """A tombstone: this external ID belongs, or once belonged, to an engagement. Never deleted."""

    external_id: str
    engagement: str
    version: int = 1
