"""Draw the grants on an engagement's page as a timeline, as inline SVG.

Elements have presentation attributes and classes only, because the pages' Content-Security-Policy
allows no `style` attributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from chalicelib.domain.engagements.engagements import Grant
from chalicelib.domain.values import Value

LONGEST_PAST = timedelta(days=365)
MARGIN = timedelta(days=7)
WIDTH = 960.0
"""In the units of the drawing, as are all lengths here."""
_LEFT, _RIGHT, _TOP, _BOTTOM = 220.0, 12.0, 28.0, 8.0
"""The space around the bars: for the members' IDs, and above for the days."""
_ROW, _MIDDLE, _BASELINE = 26.0, 10.0, 14.0
"""The height of a row, and from its top to the middle of its bar and to the foot of its text."""
_BAR, _SHORTEST_BAR = 12.0, 2.0
"""The height of a bar, and the least length with which it can be seen."""
_MAX_TICKS = 8
_DAY = timedelta(days=1)
_TICKS = (2, 7, 14, 30, 61, 91, 183)
"""The days between two marks of the axis."""


_DRAWING = Markup(
    '<figure><div class="scroller" role="group" tabindex="0" aria-label="Grants">'
    '<svg class="chart" viewBox="0 0 {width} {height}" role="img"'
    ' aria-labelledby="grants-title grants-description"><title id="grants-title">Grants</title>'
    '<desc id="grants-description">{count} grants from {start:%-d %b %Y} to {end:%-d %b %Y}.</desc>'
    '{lines}<line class="now" x1="{now}" x2="{now}" y1="{top}" y2="{height}"></line>'
    '<text class="now" x="{now}" y="12" text-anchor="middle">now</text></svg></div></figure>'
)
_TICK = Markup('<line class="grid" x1="{x}" x2="{x}" y1="{top}" y2="{height}"></line>')
_TICK_LABEL = Markup('<text x="{x}" y="12" text-anchor="middle">{day}</text>')
_GRANT_LINE = Markup(
    '<text class="name" x="{text_end}" y="{baseline}" text-anchor="end">{member}</text>'
    '<line class="grid" x1="{left}" x2="{right}" y1="{middle}" y2="{middle}"></line>'
)
_GRANT_BAR = Markup(
    '<rect class="span {tone}" x="{x}" y="{top}" width="{width}" height="{height}" rx="3">'
    "<title>{member}: from {start:%-d %b %Y} until {end:%-d %b %Y}, {state}</title></rect>"
)


class _Axis(Value, kw_only=False):
    """The span of time that the timeline shows."""

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
        return [first + step * _DAY * number for number in range(1, int(days / step) + 1)]


def draw_grants(grants: Sequence[Grant], now: datetime) -> Markup:
    """Return the timeline of the grants: from the first start, a year ago at most, to the last end.
    Return empty markup for fewer than two grants, which their table shows as well."""
    if len(grants) < 2:
        return Markup()
    start = max(min(*(grant.starts_at for grant in grants), now), now - LONGEST_PAST)
    end = max(*(grant.ends_at for grant in grants), now)
    axis = _Axis(start - MARGIN, end + MARGIN)
    height = _TOP + len(grants) * _ROW + _BOTTOM
    lines = (*_draw_ticks(axis, now, height), *_draw_rows(axis, grants, now))
    # On a narrow screen, the drawing scrolls in its own box.
    return _write(
        _DRAWING,
        width=WIDTH,
        height=height,
        count=len(grants),
        start=axis.start,
        end=axis.end,
        lines=Markup("").join(lines),
        now=axis.find_x(now),
        top=_TOP - 10,
    )


def _draw_ticks(axis: _Axis, now: datetime, height: float) -> Iterator[Markup]:
    """Yield the vertical lines, each with its day, or its month on a long axis."""
    has_year = axis.end - axis.start > 300 * _DAY
    for tick in axis.list_ticks():
        x = axis.find_x(tick)
        yield _write(_TICK, x=x, top=_TOP - 6, height=height)
        # The days must fit in the drawing, and not overlap "now".
        if x < WIDTH - 40 and abs(x - axis.find_x(now)) > 44:
            text = f"{tick:%b %Y}" if has_year else f"{tick:%-d %b}"
            yield _write(_TICK_LABEL, x=x, day=text)


def _draw_rows(axis: _Axis, grants: Sequence[Grant], now: datetime) -> Iterator[Markup]:
    """Yield the member's ID and a bar for each grant. A grant that ended before the axis begins
    has no bar."""
    for number, grant in enumerate(grants):
        top = _TOP + number * _ROW
        yield _write(
            _GRANT_LINE,
            text_end=_LEFT - 12,
            baseline=top + _BASELINE,
            member=grant.member,
            left=_LEFT,
            right=WIDTH - _RIGHT,
            middle=top + _MIDDLE,
        )
        end = max(grant.revoked_at or grant.ends_at, grant.starts_at)
        if end < axis.start:
            continue
        x = axis.find_x(grant.starts_at)
        tone, state = _describe_state(grant, now)
        yield _write(
            _GRANT_BAR,
            tone=tone,
            x=x,
            top=top + _MIDDLE - _BAR / 2,
            width=max(axis.find_x(end) - x, _SHORTEST_BAR),
            height=_BAR,
            member=grant.member,
            start=grant.starts_at,
            end=end,
            state=state,
        )


def _describe_state(grant: Grant, now: datetime) -> tuple[str, str]:
    """Return the colour of the grant's bar, as a CSS class, and the grant's state in words."""
    if grant.revoked_at is not None:
        return "bad", "revoked"
    if grant.is_current(now):
        return "good", "current"
    if grant.is_current_or_upcoming(now):
        return "wait", "upcoming"
    return "plain", "ended"


def _write(markup: Markup, **values: object) -> Markup:
    """Return the markup with these values, escaped, in place of their names in braces."""
    texts = {
        name: f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
        for name, value in values.items()
    }
    return markup.format(**texts)
