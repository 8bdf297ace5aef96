"""Store and read what the hourly overview has of each day: the access, the sessions, and the last
uses."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time
from itertools import chain

from chalicelib.domain.values import ItemKey, Value, next_version
from chalicelib.domain.web.overview.days import (
    AccessDay,
    AccessRecord,
    DayPart,
    DaySessions,
    LastUse,
    name_day,
    parse_access,
    parse_uses,
)
from chalicelib.usecases.ports import Ports


class LastUses(Value, frozen=True):
    """The last use of each grant in the latest days."""

    searched_from: datetime
    """The first moment of the earliest of these days."""
    times: Mapping[tuple[str, str], datetime]
    """The last use by engagement and member."""


def save_parts(ports: Ports, texts: Mapping[tuple[str, str], str], now: datetime) -> None:
    """Store the texts as parts, by day and name. Raise FactsChanged if another run stores them."""
    stored = ports.state.get_many(DayPart, texts)
    for (day, name), text in texts.items():
        earlier = stored.get((day, name))
        part = (
            DayPart(day=day, part=name, taken_at=now, text=text)
            if earlier is None
            else next_version(earlier, taken_at=now, text=text)
        )
        ports.state.save(part)


def find_recorded_days(ports: Ports, days: Iterable[date]) -> Mapping[date, AccessDay]:
    """Return what `read_rows_of_days` needs to read the access of these days. Leave out days
    without a record."""
    keys: dict[ItemKey, date] = {(name_day(day),): day for day in days}
    records = ports.state.get_many(AccessDay, keys)
    return {keys[key]: record for key, record in records.items()}


def read_rows_of_days(ports: Ports, days: Mapping[date, AccessDay]) -> Mapping[date, AccessRecord]:
    """Return the records of these days' access, from one read for up to two days.

    Leave out a day whose record a run has replaced since it was found.
    """
    parts = ports.state.get_many(
        DayPart, chain.from_iterable(record.part_keys for record in days.values())
    )
    access = {}
    for day, record in days.items():
        if all(key in parts and parts[key].taken_at == record.taken_at for key in record.part_keys):
            texts = (parts[key].text for key in record.part_keys)
            access[day] = AccessRecord(
                day=record.day,
                taken_at=record.taken_at,
                rows=tuple(chain.from_iterable(map(parse_access, texts))),
                left_out=record.left_out,
            )
    return access


def read_sessions_per_day(ports: Ports, days: Iterable[date]) -> Mapping[date, DaySessions]:
    """Return the numbers of sessions of these days, in one read for up to 100 days. Leave out days
    that were not counted yet."""
    keys: dict[ItemKey, date] = {(name_day(day),): day for day in days}
    counted = ports.state.get_many(DaySessions, keys)
    return {keys[key]: sessions for key, sessions in counted.items()}


def read_last_uses(ports: Ports, days: Iterable[date], now: datetime) -> LastUses:
    """Return the last uses of these days, latest first, back to the first day whose uses are not
    all known: they are not stored, or the day was counted before its end and not at `now`."""
    days = tuple(days)
    counted = read_sessions_per_day(ports, days)
    searched_from, times = now, dict[tuple[str, str], datetime]()
    for day in days:
        uses = _read_uses(ports, counted.get(day), now)
        if uses is None:
            break
        searched_from = datetime.combine(day, time(), UTC)
        for use in uses:
            times.setdefault((use.engagement, use.member), use.at)
    return LastUses(searched_from, times)


def _read_uses(ports: Ports, counted: DaySessions | None, now: datetime) -> list[LastUse] | None:
    """Return the last uses of a day, or None if they are not all known."""
    keys = counted.use_part_keys if counted is not None else None
    if counted is None or keys is None:
        return None
    if not counted.is_finished and counted.counted_at != now:
        return None
    parts = ports.state.get_many(DayPart, keys)
    if any(key not in parts or parts[key].taken_at != counted.counted_at for key in keys):
        return None
    return list(chain.from_iterable(parse_uses(parts[key].text) for key in keys))
