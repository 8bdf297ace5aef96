"""Make the hourly overview. Read all engagements, roles, members and grants, find the last uses of
the last 90 days, and list the unused grants."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

from msgspec.structs import replace

from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.values import Value
from chalicelib.domain.web.overview.overview import Overview
from chalicelib.domain.web.overview.unused import UnusedGrants, list_unused
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.overview.uses import search_uses
from chalicelib.usecases.web.overview.walk import TIME_TO_STORE, walk


class OverviewEnd(StrEnum):
    """The reason why a run ended."""

    ALL_DONE = "all-done"
    OUT_OF_TIME = "out-of-time"
    """The overview is stored. The next run reads the uses of the days that are left. Until then,
    the list of unused grants counts a grant as used on these days."""
    ANOTHER_RUN = "another-run"
    """Another run was active at the same time, and stores its overview."""


class OverviewSummary(Value, frozen=True, kw_only=True):
    """The numbers of one run: items that it read, and days whose vends it read."""

    engagements: int = 0
    """Engagements that are not over."""
    roles: int = 0
    """Roles of these engagements, without ended ones."""
    members: int = 0
    """Members who are not suspended."""
    days: int = 0
    ended: OverviewEnd = OverviewEnd.ALL_DONE


def make_overview(ports: Ports, *, time_left: Callable[[], float]) -> OverviewSummary:
    """Store a complete overview, the uses of each day that is not finished, and the unused grants.
    Return the numbers of this run.

    `time_left` returns seconds. Raise OverviewTookTooLong if the time ends before everything is
    read. Raise Unavailable if the tables are unavailable. Either way, the last complete overview
    stays in place.
    """
    now = ports.now()
    result = walk(ports, now, time_left)
    summary = OverviewSummary(
        engagements=result.engagements, roles=result.roles, members=result.members
    )
    try:
        _save_over(ports, result.overview)
        search = search_uses(ports, now, lambda: time_left() > TIME_TO_STORE)
        unused = list_unused(
            result.old_grants, search.uses, searched_from=search.searched_from, now=now
        )
        _save_over(ports, unused)
    except FactsChanged:
        return replace(summary, ended=OverviewEnd.ANOTHER_RUN)
    ended = OverviewEnd.ALL_DONE if search.is_complete else OverviewEnd.OUT_OF_TIME
    return replace(summary, days=search.days_read, ended=ended)


def _save_over(ports: Ports, item: Overview | UnusedGrants) -> None:
    """Store the item in place of that of the last run. Raise FactsChanged if another run stores one
    at the same time."""
    stored = ports.state.get(type(item))
    ports.state.save(replace(item, version=stored.version + 1 if stored else 1))
