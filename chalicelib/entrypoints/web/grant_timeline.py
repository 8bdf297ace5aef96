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
_LEFT, _RIGHT, _TOP, _ROW = 220.0, 12.0, 28.0, 26.0
_BAR = 12.0
_MAX_TICKS = 8
_DAY = timedelta(days=1)
_TICKS = (2, 7, 14, 30, 61, 91, 183)
"""The days between two marks of the axis."""


_DRAWING = Markup(
    '<figure><div class="scroller" role="group" tabindex="0" aria-label="Grants">'
    '<svg class="chart" viewBox="0 0 {} {}" role="img"'
    ' aria-labelledby="grants-title grants-description"><title id="grants-title">Grants</title>'
    '<desc id="grants-description">{} grants from {:%-d %b %Y} to {:%-d %b %Y}.</desc>'
    '{}<line class="now" x1="{}" x2="{}" y1="{}" y2="{}"></line>'
    '<text class="now" x="{}" y="12" text-anchor="middle">now</text></svg></div></figure>'
)
_TICK = Markup('<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"></line>')
_TICK_LABEL = Markup('<text x="{}" y="12" text-anchor="middle">{}</text>')
_GRANT_LINE = Markup(
    '<text class="name" x="{}" y="{}" text-anchor="end">{}</text>'
    '<line class="grid" x1="{}" x2="{}" y1="{}" y2="{}"></line>'
)
_GRANT_BAR = Markup(
    '<rect class="span {}" x="{}" y="{}" width="{}" height="{}" rx="3">'
    "<title>{}: from {:%-d %b %Y} until {:%-d %b %Y}, {}</title></rect>"
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
    height = _TOP + len(grants) * _ROW + 8
    lines = (*_draw_ticks(axis, now, height), *_draw_rows(axis, grants, now))
    # On a narrow screen, the drawing scrolls in its own box.
    return _write(
        _DRAWING,
        WIDTH,
        height,
        len(grants),
        axis.start,
        axis.end,
        Markup("").join(lines),
        axis.find_x(now),
        axis.find_x(now),
        _TOP - 10,
        height,
        axis.find_x(now),
    )


def _draw_ticks(axis: _Axis, now: datetime, height: float) -> Iterator[Markup]:
    """Yield the vertical lines with their days. A line close to the present has no day."""
    has_year = axis.end - axis.start > 300 * _DAY
    for tick in axis.list_ticks():
        x = axis.find_x(tick)
        yield _write(_TICK, x, x, _TOP - 6, height)
        if x < WIDTH - 40 and abs(x - axis.find_x(now)) > 44:
            text = f"{tick:%b %Y}" if has_year else f"{tick:%-d %b}"
            yield _write(_TICK_LABEL, x, text)


def _draw_rows(axis: _Axis, grants: Sequence[Grant], now: datetime) -> Iterator[Markup]:
    """Yield the member's ID and a bar for each grant. A grant that ended before the axis begins
    has no bar."""
    for number, grant in enumerate(grants):
        y = _TOP + number * _ROW
        yield _write(
            _GRANT_LINE,
            *(_LEFT - 12, y + 14, grant.member),
            *(_LEFT, WIDTH - _RIGHT, y + 10, y + 10),
        )
        end = max(grant.revoked_at or grant.ends_at, grant.starts_at)
        if end < axis.start:
            continue
        x = axis.find_x(grant.starts_at)
        tone, state = _describe_state(grant, now)
        yield _write(
            _GRANT_BAR,
            *(tone, x, y + 10 - _BAR / 2, max(axis.find_x(end) - x, 2.0), _BAR),
            *(grant.member, grant.starts_at, end, state),
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


def _write(markup: Markup, *values: object) -> Markup:
    """Return the markup with these values, escaped, in place of its braces."""
    texts = (
        f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value
        for value in values
    )
    return markup.format(*texts)
