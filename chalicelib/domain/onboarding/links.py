"""Facts about how a client lets us in: what they are asked to create, and where they read it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

LINK_BYTES = 32
LINK_TEXT = r"[a-z2-7]{52}"  # those bytes in base 32
LINK_TEXT_LENGTH = 52


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupLink:
    """A link to the client's page, as it is kept: the SHA-256 of what makes it unguessable."""

    hash: str = field(repr=False)
    engagement: str
    created_by: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    checked_at: datetime | None = None
    """When "Check" was pressed last: it is not to be pressed too often."""
    version: int = 1

    @property
    def id(self) -> str:
        """A name for the link that may be shown. It gives nothing of the link away."""
        return self.hash[:12]

    def is_open(self, now: datetime) -> bool:
        return self.revoked_at is None and now < self.expires_at
