"""Draw the grants on an engagement's page as a timeline, as inline SVG.

Elements have presentation attributes and classes only, because the pages' Content-Security-Policy
allows no `style` attributes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

from markupsafe import Markup

from chalicelib.domain.engagements.grants import Grant
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


class _Axis(Value, frozen=True):
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
    drawing = _element(
        "svg",
        _element("title", "Grants", id="grants-title"),
        _element(
            "desc",
            f"{len(grants)} grants from {axis.start:%-d %b %Y} to {axis.end:%-d %b %Y}.",
            id="grants-description",
        ),
        *_draw_ticks(axis, now, height),
        *_draw_rows(axis, grants, now),
        *_draw_now(axis, now, height),
        class_="chart",
        viewBox=f"0 0 {WIDTH:g} {height:g}",
        role="img",
        aria_labelledby="grants-title grants-description",
    )
    # On a narrow screen, the drawing scrolls in its own box.
    box = _element("div", drawing, class_="scroller", role="group", tabindex=0, aria_label="Grants")
    return _element("figure", box)


def _draw_ticks(axis: _Axis, now: datetime, height: float) -> Iterator[Markup]:
    """Yield the vertical lines with their days. A line close to the present has no day."""
    has_year = axis.end - axis.start > 300 * _DAY
    for tick in axis.list_ticks():
        x = axis.find_x(tick)
        yield _element("line", class_="grid", x1=x, x2=x, y1=_TOP - 6, y2=height)
        if x < WIDTH - 40 and abs(x - axis.find_x(now)) > 44:
            text = f"{tick:%b %Y}" if has_year else f"{tick:%-d %b}"
            yield _element("text", text, x=x, y=12, text_anchor="middle")


def _draw_rows(axis: _Axis, grants: Sequence[Grant], now: datetime) -> Iterator[Markup]:
    """Yield the member's ID and a bar for each grant. A grant that ended before the axis begins
    has no bar."""
    for number, grant in enumerate(grants):
        y = _TOP + number * _ROW
        yield _element(
            "text", grant.member, class_="name", x=_LEFT - 12, y=y + 14, text_anchor="end"
        )
        yield _element("line", class_="grid", x1=_LEFT, x2=WIDTH - _RIGHT, y1=y + 10, y2=y + 10)
        end = max(grant.revoked_at or grant.ends_at, grant.starts_at)
        if end < axis.start:
            continue
        x = axis.find_x(grant.starts_at)
        tone, state = _describe_state(grant, now)
        span = f"from {grant.starts_at:%-d %b %Y} until {end:%-d %b %Y}"
        yield _element(
            "rect",
            _element("title", f"{grant.member}: {span}, {state}"),
            class_=f"span {tone}",
            x=x,
            y=y + 10 - _BAR / 2,
            width=max(axis.find_x(end) - x, 2.0),
            height=_BAR,
            rx=3,
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


def _draw_now(axis: _Axis, now: datetime, height: float) -> Iterator[Markup]:
    """Yield the line at the present."""
    x = axis.find_x(now)
    yield _element("line", class_="now", x1=x, x2=x, y1=_TOP - 10, y2=height)
    yield _element("text", "now", class_="now", x=x, y=12, text_anchor="middle")


def _element(tag: str, *content: str, **attributes: object) -> Markup:
    """Return an element with this content and these attributes, escaped.

    In an attribute's name, `_` stands for `-`, and one at the end is left out, as in `class_`.
    """
    texts = (
        Markup(' {}="{}"').format(
            name.rstrip("_").replace("_", "-"),
            f"{value:.2f}".rstrip("0").rstrip(".") if isinstance(value, float) else value,
        )
        for name, value in attributes.items()
    )
    return Markup("<{0}{1}>{2}</{0}>").format(tag, Markup("").join(texts), Markup("").join(content))
