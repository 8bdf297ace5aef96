"""Count the sessions of each day for the overview, and find each grant's last use. The trail of a
finished day is read once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta

from msgspec import Struct, field

from chalicelib.domain.engagements.reviews import find_user
from chalicelib.domain.trail import Entry, Outcome, TrailQuery
from chalicelib.domain.web.overview.days import (
    DaySessions,
    LastUse,
    count_day,
    name_day,
    split_into_parts,
)
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.overview.records import save_parts

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
        vends = _read_vends(ports, day, has_time)
        if vends is None:
            return count, False
        day_end = datetime.combine(day, time(), UTC) + timedelta(days=1)
        texts = _list_use_texts(vends)
        counted = count_day(
            vends.sessions,
            day=name_day(day),
            counted_at=now,
            is_finished=now >= day_end + FINISHED_AFTER,
            use_parts=len(texts),
            version=earlier.version + 1 if earlier else 1,
        )
        save_parts(ports, dict(zip(counted.use_part_keys or (), texts, strict=False)), now)
        ports.state.save(counted)
        count += 1
    return count, True


class _DayVends(Struct):
    """The vends of a day that gave a session."""

    sessions: Counter[str] = field(default_factory=Counter)
    """The number of sessions by engagement."""
    last_uses: dict[tuple[str, str], datetime] = field(default_factory=dict)
    """The last session by engagement and member."""

    def add(self, entry: Entry) -> None:
        self.sessions[entry.engagement] += 1
        key = (entry.engagement, find_user(entry))
        self.last_uses[key] = max(entry.at, self.last_uses.get(key, entry.at))


def _read_vends(ports: Ports, day: date, has_time: Callable[[], bool]) -> _DayVends | None:
    """Return the vends of the day from the trail, or None if the time ends first."""
    begin = datetime.combine(day, time(), UTC)
    query = TrailQuery(
        since=begin,
        until=begin + timedelta(days=1),
        # Only the outcome of a vend, which hands a session over, is `issued`.
        outcome=Outcome.ISSUED,
        limit=_PAGE_SIZE,
    )
    vends = _DayVends()
    while has_time():
        page = ports.trail.page(query)
        for entry in page.items:
            vends.add(entry)
        if not page.cursor:
            return vends
        query = query.after(page.cursor)
    return None


def _list_use_texts(vends: _DayVends) -> list[str]:
    """Return the last uses of the day as the texts of parts."""
    uses = (LastUse(*key, at) for key, at in sorted(vends.last_uses.items()))
    return list(split_into_parts(uses))
