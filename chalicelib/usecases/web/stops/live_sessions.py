"""Read the live sessions that a stop is about, from one page of the trail."""

from __future__ import annotations

from chalicelib.domain.moments import MAX_CLOCK_LEAD
from chalicelib.domain.trail import Entry, TrailQuery
from chalicelib.domain.values import Value
from chalicelib.domain.vending.intents import group_by_vend
from chalicelib.domain.vending.sessions import Session
from chalicelib.domain.web.stops.targets import Concern, select_sessions
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.withholding import LOOK_BACK

MAX_ENTRIES = 1000
"""The trail entries that one page reads. A session has two or more."""


class LiveSessions(Value, frozen=True, kw_only=True):
    """The sessions of a stop that may be alive, those that end last first."""

    sessions: tuple[Session, ...] = ()
    is_complete: bool = True
    """False if there may be more, because one page of the trail did not hold them all."""
    revocation: Entry | None = None
    """The last entry with which a lead revoked one of these sessions by itself. None: none did."""


NOTHING_READ = LiveSessions(is_complete=False)
"""The sessions of a trail that could not be read."""


def read_live_sessions(ports: Ports, concern: Concern) -> LiveSessions:
    """Return the live sessions that the stop is about, with at most three calls to AWS.

    A member's are read consistently. The others may miss sessions of the last seconds. Raise
    Unavailable if the trail cannot be read.
    """
    now = ports.now()
    engagement = ""
    if not concern.member and concern.engagements is not None and len(concern.engagements) == 1:
        (engagement,) = concern.engagements
    page = ports.trail.page(
        TrailQuery(
            since=now - LOOK_BACK,
            until=now + MAX_CLOCK_LEAD,
            member=concern.member,
            engagement=engagement,
            vends_only=True,
            limit=MAX_ENTRIES,
        )
    )
    return LiveSessions(
        sessions=select_sessions(page.items, concern, now),
        is_complete=not page.cursor,
        revocation=_find_revocation(page.items, concern),
    )


def _find_revocation(entries: tuple[Entry, ...], concern: Concern) -> Entry | None:
    ends = [
        vend.revoked
        for vend in group_by_vend(entries)
        if vend.revoked is not None and concern.includes(vend.intent)
    ]
    return max(ends, key=lambda entry: entry.at, default=None)
