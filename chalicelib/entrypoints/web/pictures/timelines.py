"""Draw grants or engagements as a timeline, with a line at the present."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from chalicelib.domain.text import count_of
from chalicelib.domain.values import Value
from chalicelib.entrypoints.web.pictures import svg

WIDTH = 960.0
_LEFT, _RIGHT, _TOP, _ROW = 200.0, 12.0, 28.0, 26.0
_BAR = 12.0
_LABEL_WIDTH = 29
"""Narrow characters, which fit beside the bars."""
_MAX_TICKS = 8
_DAY = timedelta(days=1)
_TICKS = (1, 2, 7, 14, 30, 61, 91, 183, 365, 730, 1826, 3652, 36525, 365250)
"""The days between two marks of the axis."""


class TimelineRow(Value, frozen=True, kw_only=True):
    """One bar of a timeline, such as a grant or an engagement."""

    label: str
    """The name, such as a member's."""
    start: datetime
    end: datetime | None
    """When it ends or ended. None: it has no end."""
    tone: str = "plain"
    """The meaning of the bar: `good` (in force), `wait` (begins later), `bad` (revoked) or `plain`
    (over)."""
    state: str = ""
    """The same in words, such as "in force"."""
    details: str = ""
    """Further words for the table, such as the roles of a grant."""
    url: str = ""
    """The page of the row's item. Empty if it has none."""


def timeline(
    rows: Sequence[TimelineRow],
    start: datetime,
    end: datetime,
    now: datetime,
    *,
    name: str = "timeline",
    title: str = "Timeline",
    heading: str = "Name",
    has_table: bool = True,
) -> Markup:
    """Return a picture of these rows from `start` to `end`, with its table. Without `has_table`,
    the page itself has the table.

    Bars that begin earlier or end later are cut at the edge. `heading` is the heading of the rows'
    names in the table, such as "Member". Pass one page of rows: each takes a line.
    """
    end = max(end, start + _DAY)
    axis = _Axis(start, end)
    height = _TOP + max(len(rows), 1) * _ROW + 8
    description = f"{count_of(len(rows), 'row')} from {start:%-d %b %Y} to {end:%-d %b %Y}."
    parts = [
        *_draw_ticks(axis, now, height),
        *_draw_rows(axis, rows),
        *_draw_now(axis, now, height),
    ]
    tables = (_build_table(rows, title, heading),) if has_table else ()
    return svg.figure(svg.chart(name, title, description, (WIDTH, height), parts), *tables)


class _Axis(Value, frozen=True):
    """The span of time that a timeline shows."""

    start: datetime
    end: datetime

    def find_x(self, moment: datetime) -> float:
        """Return the horizontal position of this time, at the nearer edge if it is outside."""
        share = (moment - self.start) / (self.end - self.start)
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * min(max(share, 0.0), 1.0)

    def list_ticks(self) -> list[datetime]:
        """Return the times of the marks, at midnight in UTC."""
        days = (self.end - self.start) / _DAY
        step = next((step for step in _TICKS if days / step <= _MAX_TICKS), _TICKS[-1])
        first = self.start.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        ticks = [first + step * _DAY * number for number in range(1, int(days / step) + 1)]
        return [tick for tick in ticks if tick <= self.end]


def _draw_ticks(axis: _Axis, now: datetime, height: float) -> Iterator[Markup]:
    """Yield the vertical lines with their days. A line close to the present has no day."""
    has_year = axis.end - axis.start > 300 * _DAY
    for tick in axis.list_ticks():
        x = axis.find_x(tick)
        yield svg.element("line", class_="grid", x1=x, x2=x, y1=_TOP - 6, y2=height)
        if x < WIDTH - 40 and abs(x - axis.find_x(now)) > 44:
            text = f"{tick:%b %Y}" if has_year else f"{tick:%-d %b}"
            yield svg.element("text", text, x=x, y=12, text_anchor="middle")


def _draw_rows(axis: _Axis, rows: Sequence[TimelineRow]) -> Iterator[Markup]:
    """Yield a label and a bar for each row."""
    for number, row in enumerate(rows):
        y = _TOP + number * _ROW
        yield svg.label(
            row.label, _LABEL_WIDTH, class_="name", x=_LEFT - 12, y=y + 14, text_anchor="end"
        )
        yield svg.element("line", class_="grid", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y + 10, y2=y + 10)
        end = axis.end if row.end is None else max(row.end, row.start)
        if row.start > axis.end or end < axis.start:
            continue
        x = axis.find_x(row.start)
        bar = svg.element(
            "rect",
            svg.element("title", _describe(row)),
            class_=f"span {row.tone}",
            x=x,
            y=y + 10 - _BAR / 2,
            width=max(axis.find_x(end) - x, 2.0),
            height=_BAR,
            rx=3,
        )
        yield bar


def _draw_now(axis: _Axis, now: datetime, height: float) -> Iterator[Markup]:
    """Yield the line at the present, if the timeline shows it."""
    if not axis.start <= now <= axis.end:
        return
    x = axis.find_x(now)
    yield svg.element("line", class_="now", x1=x, x2=x, y1=_TOP - 10, y2=height)
    yield svg.element("text", "now", class_="now", x=x, y=12, text_anchor="middle")


def _describe(row: TimelineRow) -> str:
    """Return the text that appears over a bar."""
    end = f"until {row.end:%-d %b %Y}" if row.end else "without an end"
    parts = (f"{svg.shorten(row.label, 60)}: from {row.start:%-d %b %Y} {end}", row.state)
    return ", ".join(filter(None, parts))


def _build_table(rows: Sequence[TimelineRow], title: str, heading: str) -> Markup:
    """Return the table of the rows."""
    has_details = any(row.details for row in rows)
    cells = [
        [
            svg.name_cell(row.label, row.url),
            svg.moment_cell(row.start),
            svg.moment_cell(row.end),
            row.state,
            *([row.details] if has_details else []),
        ]
        for row in rows
    ]
    headings = [heading, "From", "Until", "State", *(["Details"] if has_details else [])]
    return svg.table(f"{title} as a table", headings, cells)
