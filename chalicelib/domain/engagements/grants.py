"""Grants: who may enter which engagement, in which roles, from when until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A standing permission: this member, this engagement, these roles, from–to."""

    member: str
    engagement: str
    roles: frozenset[str]
    starts_at: datetime
    ends_at: datetime
    granted_by: str
    created_at: datetime
    revoked_at: datetime | None = None
    version: int = 1

    def is_current(self, now: datetime) -> bool:
        return self.revoked_at is None and self.starts_at <= now < self.ends_at
