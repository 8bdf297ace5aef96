"""Find the last use of each grant for the overview. The trail of a finished day is read once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta

from chalicelib.domain.engagements.reviews import find_user
from chalicelib.domain.engagements.unused import DayUses, LastUses, format_uses
from chalicelib.domain.trail import Outcome, TrailQuery
from chalicelib.domain.values import Value
from chalicelib.usecases.ports import Ports

DAYS = 90
"""The days that are searched, today included."""
FINISHED_AFTER = timedelta(hours=1)
"""How long after its end a day is finished. A session of its last second may be recorded later."""
_PAGE_SIZE = 1000
_DAY = timedelta(days=1)


class UsesSearch(Value, frozen=True, kw_only=True):
    """The last uses since `searched_from`."""

    searched_from: datetime
    uses: LastUses
    days_read: int
    """The number of days whose vends were read from the trail."""
    is_complete: bool
    """False if the time ended before all days were read."""


def search_uses(ports: Ports, now: datetime, has_time: Callable[[], bool]) -> UsesSearch:
    """Read and store the uses of each day that is not finished, latest day first. Return the last
    uses, back to the first day whose uses are not known: the time ended, or there were too many.

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
            uses = _read_uses(ports, begin, has_time)
            if uses is None:
                is_complete = False
                break
            record = DayUses(
                day=day.isoformat(),
                read_at=now,
                is_finished=now >= begin + _DAY + FINISHED_AFTER,
                text=format_uses(uses),
                version=record.version + 1 if record else 1,
            )
            ports.state.save(record)
            days_read += 1
        records.append((begin, record))
    searched_from, last_uses = now, dict[tuple[str, str], datetime]()
    for begin, record in records:
        earlier_uses = record.parse_uses()
        if earlier_uses is None:
            break
        searched_from, last_uses = begin, {**earlier_uses, **last_uses}
    return UsesSearch(
        searched_from=searched_from, uses=last_uses, days_read=days_read, is_complete=is_complete
    )


def _read_uses(ports: Ports, begin: datetime, has_time: Callable[[], bool]) -> LastUses | None:
    """Return the last uses of the day that begins then, from the trail. Return None if the time
    ends first."""
    query = TrailQuery(
        since=begin,
        until=begin + _DAY,
        # Only the outcome of a vend, which hands a session over, is `issued`.
        outcome=Outcome.ISSUED,
        limit=_PAGE_SIZE,
    )
    uses: dict[tuple[str, str], datetime] = {}
    while has_time():
        page = ports.trail.page(query)
        for entry in page.items:
            key = (entry.engagement, find_user(entry))
            uses[key] = max(entry.at, uses.get(key, entry.at))
        if not page.cursor:
            return uses
        query = query.after(page.cursor)
    return None
