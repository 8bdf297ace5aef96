"""Which sessions may be alive, and what a revocation leaves alive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from chalicelib.domain.moments import CLOCK_MARGIN, LONGEST_SESSION, whole_second_up
from chalicelib.domain.trail import Entry, Question
from chalicelib.domain.vending.sessions import LONGEST_VEND, Revocation, Session, sessions_alive
from chalicelib.usecases.lists import every
from chalicelib.usecases.ports import Ports

# No vend older than this can have left a session that is still alive.
_LOOK_BACK = timedelta(seconds=LONGEST_SESSION) + 2 * (LONGEST_VEND + CLOCK_MARGIN)
# An intent bears the time of whoever wrote it; none is left out because that clock is ahead.
_AHEAD = timedelta(days=1)


def live_sessions(
    ports: Ports, engagements: Iterable[str], member: str = ""
) -> tuple[Session, ...]:
    """The sessions of these engagements that may be alive, one member's or everybody's.

    Complete: read from the trail, consistently, where each vend's intent was recorded before AWS
    was asked.
    """
    now = ports.now()
    found: list[Session] = []
    for engagement in engagements:
        entries: list[Entry] = []
        question = Question(
            since=now - _LOOK_BACK,
            until=now + _AHEAD,
            engagement=engagement,
            vends_only=True,
            limit=500,
        )
        while True:
            page = ports.trail.page(question)
            entries += page.entries
            if not page.cursor:
                break
            question = question.after(page.cursor)
        found += sessions_alive(entries, now)
    mine = (session for session in found if not member or session.member == member)
    return tuple(sorted(mine, key=lambda session: session.ends_by, reverse=True))


def sessions_of(ports: Ports, member: str) -> tuple[Session, ...]:
    """The sessions of one member that may be alive, in whatever engagement."""
    grants = every(ports.state.grants_to, member)
    return live_sessions(ports, [grant.engagement for grant in grants], member)


def revocation(ports: Ports, sessions: tuple[Session, ...], revoked_at: datetime) -> Revocation:
    """What to answer once a revocation is written.

    The cut-off is counted from now, when it is sure to be written: a session that was handed over
    was issued before that.
    """
    cut_off_at = whole_second_up(ports.now()) + CLOCK_MARGIN
    return Revocation(revoked_at=revoked_at, cut_off_at=cut_off_at, sessions=sessions)
