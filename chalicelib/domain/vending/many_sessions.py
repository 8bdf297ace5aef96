"""Who has more sessions than one person works with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from chalicelib.domain.identifiers import MemberId
from chalicelib.domain.things import Item
from chalicelib.domain.vending.sessions import Session

MOST_SESSIONS = 100
"""A tool that vends anew with every call has a few dozen in an hour; a loop has hundreds."""


class ManySessions(Item, frozen=True, kw_only=True):
    """Who had too many at the last look, so that the leads are told of each once."""

    members: frozenset[MemberId]


def too_many(sessions: Iterable[Session]) -> dict[str, int]:
    """The members who have more than `MOST_SESSIONS` among these, and how many."""
    counts = Counter(session.member for session in sessions)
    return {member: count for member, count in counts.items() if count > MOST_SESSIONS}
