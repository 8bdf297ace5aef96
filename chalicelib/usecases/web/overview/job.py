"""Make the hourly overview. Read all engagements, roles, members and grants, count the sessions of
the last 90 days, and list the unused grants."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.values import Value
from chalicelib.domain.web.overview.days import (
    MAX_PARTS,
    AccessDay,
    EngagementAccess,
    name_day,
    parse_access,
    split_access,
)
from chalicelib.domain.web.overview.overview import Overview
from chalicelib.domain.web.overview.unused import UnusedGrants, list_unused
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.overview.days import count_sessions, list_days
from chalicelib.usecases.web.overview.records import read_last_uses, save_parts
from chalicelib.usecases.web.overview.walk import TIME_TO_STORE, walk


class OverviewEnd(StrEnum):
    """The reason why a run ended."""

    ALL_DONE = "all-done"
    OUT_OF_TIME = "out-of-time"
    """The overview is stored. The next run counts the sessions of the days that are left. Until
    then, the list of unused grants counts a grant as used on these days."""
    ANOTHER_RUN = "another-run"
    """Another run was active at the same time, and stores its overview."""


class OverviewSummary(Value, frozen=True, kw_only=True):
    """The numbers of one run: items that it read, rows of access, and days that it counted."""

    engagements: int = 0
    roles: int = 0
    members: int = 0
    access: int = 0
    days: int = 0
    ended: OverviewEnd = OverviewEnd.ALL_DONE


def make_overview(ports: Ports, *, time_left: Callable[[], float]) -> OverviewSummary:
    """Store a complete overview, the access of this day, and the sessions of each day that is not
    finished. Return the numbers of this run.

    `time_left` returns seconds. Raise OverviewTookTooLong if the time ends before everything is
    read. Raise Unavailable if the tables are unavailable. Either way, the last complete overview
    stays in place.
    """
    now = ports.now()
    result = walk(ports, now, time_left)
    summary = OverviewSummary(
        engagements=result.overview.counts.engagements,
        roles=result.overview.counts.roles,
        members=result.overview.counts.members,
        access=sum(len(row.members) for row in result.rows),
    )
    try:
        _store_access(ports, now, result.rows)
        _save_over(ports, result.overview)
        days, is_complete = count_sessions(ports, now, lambda: time_left() > TIME_TO_STORE)
        _store_unused(ports, now, result.old_grants)
    except FactsChanged:
        return replace(summary, ended=OverviewEnd.ANOTHER_RUN)
    ended = OverviewEnd.ALL_DONE if is_complete else OverviewEnd.OUT_OF_TIME
    return replace(summary, days=days, ended=ended)


def _store_access(ports: Ports, now: datetime, rows: tuple[EngagementAccess, ...]) -> None:
    """Store the access of this day. Until the last write, readers see the record of the last
    run."""
    day = name_day(now.date())
    stored = ports.state.get(AccessDay, day)
    texts = list(split_access(rows))
    record = AccessDay(
        day=day,
        taken_at=now,
        letter="b" if stored is not None and stored.letter == "a" else "a",
        parts=len(texts[:MAX_PARTS]),
        left_out=sum(len(row.members) for text in texts[MAX_PARTS:] for row in parse_access(text)),
        version=stored.version + 1 if stored else 1,
    )
    save_parts(ports, dict(zip(record.part_keys, texts, strict=False)), now)
    ports.state.save(record)


def _store_unused(ports: Ports, now: datetime, grants: Iterable[Grant]) -> None:
    """Store those of the grants that were not used lately, from the days whose uses are stored."""
    uses = read_last_uses(ports, list_days(now), now)
    unused = list_unused(grants, uses.times, searched_from=uses.searched_from, now=now)
    _save_over(ports, unused)


def _save_over(ports: Ports, item: Overview | UnusedGrants) -> None:
    """Store the item in place of that of the last run. Raise FactsChanged if another run stores one
    at the same time."""
    stored = ports.state.get(type(item))
    ports.state.save(replace(item, version=stored.version + 1 if stored else 1))
