"""Read what the hourly overview has stored of each day: who had access, and the sessions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from itertools import chain

from chalicelib.domain.values import ItemKey
from chalicelib.domain.web.overview import (
    AccessDay,
    AccessPart,
    AccessRecord,
    DaySessions,
    name_day,
    parse_part,
)
from chalicelib.usecases.ports import Ports


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
        AccessPart, chain.from_iterable(record.part_keys for record in days.values())
    )
    access = {}
    for day, record in days.items():
        if all(key in parts and parts[key].taken_at == record.taken_at for key in record.part_keys):
            texts = (parts[key].text for key in record.part_keys)
            access[day] = AccessRecord(
                day=record.day,
                taken_at=record.taken_at,
                rows=tuple(chain.from_iterable(map(parse_part, texts))),
                left_out=record.left_out,
            )
    return access


def read_sessions_per_day(ports: Ports, days: Iterable[date]) -> Mapping[date, DaySessions]:
    """Return the numbers of sessions of these days, in one read for up to 100 days. Leave out days
    that were not counted yet."""
    keys: dict[ItemKey, date] = {(name_day(day),): day for day in days}
    counted = ports.state.get_many(DaySessions, keys)
    return {keys[key]: sessions for key, sessions in counted.items()}
