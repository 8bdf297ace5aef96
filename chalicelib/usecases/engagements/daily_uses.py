"""Find when each grant was last used, and how many sessions each engagement had in each week, from
the trail of the last 90 days. Store the uses of each day, so that no finished day is read again."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from chalicelib.domain.engagements.reviews import find_user
from chalicelib.domain.engagements.unused import (
    DayUses,
    LastUses,
    Uses,
    format_uses,
    format_weekly,
)
from chalicelib.domain.trail import Outcome, TrailQuery
from chalicelib.domain.values import Value
from chalicelib.usecases.ports import Ports

DAYS = 90
"""The days that are searched, today included."""
FINISHED_AFTER = timedelta(hours=1)
"""How long after its end a day is finished. A session of its last second may be recorded later."""
_PAGE_SIZE = 1000
_DAY = timedelta(days=1)


class UsesSearch(Value):
    """The last uses since `searched_from`, and the sessions of each week since then."""

    searched_from: datetime
    uses: LastUses
    weekly: str
    """See `format_weekly`."""
    days_read: int
    """The number of days whose vends were read from the trail."""
    is_complete: bool
    """False if the time ended before all days were read."""


def search_uses(ports: Ports, now: datetime, has_time: Callable[[], bool]) -> UsesSearch:
    """Read and store the uses of each day that is not stored as finished yet, latest day first.
    Return the last use of each grant. The search goes back day by day, and stops before a day for
    which the time did not suffice, or which had too many uses to store.

    Raise FactsChanged if another run stores the same day.
    """
    today = now.astimezone(UTC).date()
    days = [today - _DAY * number for number in range(DAYS)]
    stored = ports.state.get_many(DayUses, [(day.isoformat(),) for day in days])
    records: list[tuple[datetime, DayUses]] = []
    days_read, is_complete = 0, True
    for day in days:
        record = stored.get((day.isoformat(),))
        begin = datetime.combine(day, time(), UTC)
        if record is None or not record.is_finished:
            day_uses = _read_uses(ports, begin, has_time)
            if day_uses is None:
                is_complete = False
                break
            record = DayUses(
                day=day.isoformat(),
                read_at=now,
                is_finished=now >= begin + _DAY + FINISHED_AFTER,
                text=format_uses(day_uses),
                version=record.version + 1 if record else 1,
            )
            ports.state.save(record)
            days_read += 1
        records.append((begin, record))
    searched_from, searched = now, list[Uses]()
    for begin, record in records:
        uses = record.parse_uses()
        if uses is None:  # too many to store, so no later run could read them either
            break
        searched_from = begin
        searched.append(uses)
    last_uses: dict[tuple[str, str], datetime] = {}
    for uses in reversed(searched):  # a later day replaces the uses of an earlier one
        last_uses |= {grant: last for grant, (last, _sessions) in uses.items()}
    return UsesSearch(
        searched_from=searched_from,
        uses=last_uses,
        weekly=format_weekly(searched),
        days_read=days_read,
        is_complete=is_complete,
    )


def _read_uses(ports: Ports, begin: datetime, has_time: Callable[[], bool]) -> Uses | None:
    """Return the uses of the day that begins then, from the trail. Return None if the time
    ends first."""
    query = TrailQuery(
        since=begin,
        until=begin + _DAY,
        # Only the outcome of a vend, which hands a session over, is `issued`.
        outcome=Outcome.ISSUED,
        limit=_PAGE_SIZE,
    )
    uses: dict[tuple[str, str], tuple[datetime, int]] = {}
    while has_time():
        page = ports.trail.page(query)
        for entry in page.items:
            key = (entry.engagement, find_user(entry))
            last, sessions = uses.get(key, (entry.at, 0))
            uses[key] = max(entry.at, last), sessions + 1
        if not page.cursor:
            return uses
        query = query.after(page.cursor)
    return None
