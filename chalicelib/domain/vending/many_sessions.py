"""Who has more sessions than one person works with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.things import Memory

MOST_SESSIONS = 100
"""A tool that vends anew with every call has a few dozen in an hour; a loop has hundreds."""


class ManySessions(Memory, frozen=True, kw_only=True):
    """Who had too many at the last look, so that each rise is recorded once."""

    STORED_AS: ClassVar[str] = "many-sessions"

    members: frozenset[MemberId]


def too_many(alive: Mapping[MemberId, int]) -> dict[MemberId, int]:
    """Of how many sessions each member has, those of the members who have too many."""
    return {member: count for member, count in alive.items() if count > MOST_SESSIONS}
