"""Read the page *Pictures*: the sessions of each day, and the access graph of two days."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.values import Value
from chalicelib.domain.web.access_edges import (
    AccessChanges,
    AccessEdge,
    EdgeChange,
    EdgeFilter,
    compare_access,
)
from chalicelib.domain.web.overview.days import DaySessions
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.web.overview.days import list_days
from chalicelib.usecases.web.overview.records import (
    find_recorded_days,
    read_rows_of_days,
    read_sessions_per_day,
)

EDGES_PER_PAGE = 60
_DAY = timedelta(days=1)


class DailySessions(Value, frozen=True, kw_only=True):
    """The sessions of the last 90 days."""

    days: tuple[tuple[date, DaySessions | None], ...]
    """Each day with its sessions, earliest first. None: they were not counted yet."""

    @property
    def counted_at(self) -> datetime | None:
        """Return when the latest day was counted, or None before the first overview."""
        return max((counted.counted_at for _, counted in self.days if counted), default=None)

    @property
    def is_empty(self) -> bool:
        """Return whether every day was counted and had no session."""
        return all(counted is not None and not counted.total for _, counted in self.days)


class AccessComparison(Value, frozen=True, kw_only=True):
    """A page of the access graph, with the changes since an earlier day."""

    day: date
    before: date
    taken_at: datetime | None
    """When the access of the day was recorded. None: it was not, and there are no edges."""
    before_taken_at: datetime | None
    """When the access of the earlier day was recorded. None: it was not, and no edge changed."""
    edges: tuple[AccessEdge, ...] = ()
    edge_count: int = 0
    """The number of edges of all pages."""
    changes: Mapping[EdgeChange, int] = {}
    """The number of edges of all pages with each change."""
    page: int = 1
    page_count: int = 1
    left_out: int = 0
    """The number of grants that the records leave out."""


def read_daily_sessions(ports: Ports) -> DailySessions:
    """Return the sessions of the last 90 days, from one read."""
    days = list_days(ports.now())[::-1]
    counted = read_sessions_per_day(ports, days)
    return DailySessions(days=tuple((day, counted.get(day)) for day in days))


def read_access_comparison(
    ports: Ports,
    edge_filter: EdgeFilter,
    *,
    day: date | None = None,
    before: date | None = None,
    page: int = 1,
) -> AccessComparison:
    """Return a page of the access of a day, compared with an earlier day, from two reads.

    The day is today by default, or yesterday while today has no record yet. The earlier day is the
    day before it. A page after the last one is the last one.
    """
    today = list_days(ports.now())[0]
    day_shown = day or today
    before_shown = before or day_shown - _DAY
    recorded = find_recorded_days(ports, (day_shown, before_shown, before_shown - _DAY))
    if day is None and before is None and today not in recorded and before_shown in recorded:
        day_shown, before_shown = before_shown, before_shown - _DAY
    records = read_rows_of_days(
        ports, {key: recorded[key] for key in (day_shown, before_shown) if key in recorded}
    )
    after, earlier = records.get(day_shown), records.get(before_shown)
    comparison = AccessComparison(
        day=day_shown,
        before=before_shown,
        taken_at=after.taken_at if after else None,
        before_taken_at=earlier.taken_at if earlier else None,
        left_out=sum(record.left_out for record in records.values()),
    )
    if after is None:
        return comparison
    return _with_edges(comparison, compare_access(earlier, after, edge_filter), page)


def _with_edges(comparison: AccessComparison, access: AccessChanges, page: int) -> AccessComparison:
    """Return the comparison with this page of the edges."""
    page_count = max(-(-access.count // EDGES_PER_PAGE), 1)
    page = min(page, page_count)
    return replace(
        comparison,
        edges=access.list_edges((page - 1) * EDGES_PER_PAGE, page * EDGES_PER_PAGE),
        edge_count=access.count,
        changes=access.changes,
        page=page,
        page_count=page_count,
    )
