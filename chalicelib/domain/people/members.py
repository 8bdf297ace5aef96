"""Our people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Kind(StrEnum):
    """What a member is to Daypass."""

    MEMBER = "member"
    LEAD = "lead"
    AUDITOR = "auditor"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One of our people."""

    id: str
    name: str
    kind: Kind
    created_at: datetime
    tokens_from: datetime
    """Tokens made before this moment are revoked: suspending a member ends them for good."""
    suspended_at: datetime | None = None
    version: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Leads:
    """Who the active leads are: one item, so that the last one can never be lost in a race."""

    members: frozenset[str]
    version: int = 1
