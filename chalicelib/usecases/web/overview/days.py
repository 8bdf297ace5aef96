"""Count the sessions of each day for the overview. A finished day is read once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from chalicelib.domain.trail import Outcome, TrailQuery
from chalicelib.domain.web.overview import DaySessions, count_day, name_day
from chalicelib.usecases.ports import Ports

DAYS = 90
"""The days that are counted, today included."""
FINISHED_AFTER = timedelta(hours=1)
"""How long after its end a day is finished. A session of its last second may be recorded later."""
_PAGE_SIZE = 1000


def list_days(now: datetime) -> tuple[date, ...]:
    """Return the last DAYS days in UTC, today first."""
    today = now.astimezone(UTC).date()
    return tuple(today - timedelta(days=number) for number in range(DAYS))


def count_sessions(ports: Ports, now: datetime, has_time: Callable[[], bool]) -> tuple[int, bool]:
    """Count the sessions of each day that is not finished, latest day first, and store each day's
    numbers. Return the number of days counted, and whether the time was enough for all.

    Raise FactsChanged if another run stores the same day.
    """
    days = list_days(now)
    stored = ports.state.get_many(DaySessions, [(name_day(day),) for day in days])
    count = 0
    for day in days:
        earlier = stored.get((name_day(day),))
        if earlier is not None and earlier.is_finished:
            continue
        sessions = _count_sessions_of(ports, day, has_time)
        if sessions is None:
            return count, False
        day_end = datetime.combine(day, time(), UTC) + timedelta(days=1)
        ports.state.save(
            count_day(
                sessions,
                day=name_day(day),
                counted_at=now,
                is_finished=now >= day_end + FINISHED_AFTER,
                version=earlier.version + 1 if earlier else 1,
            )
        )
        count += 1
    return count, True


def _count_sessions_of(
    ports: Ports, day: date, has_time: Callable[[], bool]
) -> Counter[str] | None:
    """Return the number of sessions that Daypass handed over on this day, by engagement. Return
    None if the time ends first."""
    begin = datetime.combine(day, time(), UTC)
    query = TrailQuery(
        since=begin,
        until=begin + timedelta(days=1),
        # Only the outcome of a vend, which hands a session over, is `issued`.
        outcome=Outcome.ISSUED,
        limit=_PAGE_SIZE,
    )
    sessions = Counter[str]()
    while has_time():
        page = ports.trail.page(query)
        sessions.update(entry.engagement for entry in page.items)
        if not page.cursor:
            return sessions
        query = query.after(page.cursor)
    return None
