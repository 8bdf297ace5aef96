"""Draw the sessions of each day as bars, one colour for each engagement."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date

from markupsafe import Markup

from chalicelib.domain.text import count_of
from chalicelib.domain.values import Value
from chalicelib.entrypoints.web.pictures import svg

MAX_SERIES = 8
"""The most engagements with a colour of their own: the busiest. The rest are "others"."""
OTHERS = "others"
WIDTH, HEIGHT = 960.0, 260.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 44.0, 8.0, 12.0, 28.0
_MAX_DAY_LABELS = 9
_WEEK = 7
_MIN_STEPS, _MAX_STEPS = 2, 5
"""Steps of the vertical axis."""


class DayBar(Value, frozen=True, kw_only=True):
    """The sessions of one day."""

    day: date
    numbers: Mapping[str, int] | None
    """The number of sessions by engagement. None: they were not counted yet."""
    others: int = 0
    """The number of sessions of engagements that `numbers` leaves out."""
    is_finished: bool = True
    """False if further sessions can follow on this day."""


class _Stack(Value, frozen=True):
    """The bar of one day: the number of each series in the order of the series, and of others."""

    bar: DayBar
    numbers: tuple[int, ...]

    @property
    def total(self) -> int:
        return sum(self.numbers)


def draw_bars(days: Sequence[DayBar], *, name: str = "sessions", root: str = "") -> Markup:
    """Return a picture of the sessions of these days, earliest day first, with its table.

    `root` is the beginning of the console's URLs. Without it, the key has no links.
    """
    series = choose_series(days)
    stacks = [_Stack(day, _split(day, series)) for day in days]
    names = (*series, OTHERS) if any(stack.numbers[-1] for stack in stacks) else series
    highest = max((stack.total for stack in stacks), default=0)
    step = choose_step(highest)
    top = step * max(-(-highest // step), _MIN_STEPS)
    total = sum(stack.total for stack in stacks)
    description = (
        f"{count_of(total, 'session')} on {len(days)} days. The most on one day: {highest}."
    )
    parts = [*_draw_grid(top, step), *_draw_stacks(stacks, top, names), *_draw_days(days)]
    return svg.figure(
        svg.key(_build_key(names, root)),
        svg.chart(name, "Sessions per day", description, (WIDTH, HEIGHT), parts, begins_right=True),
        _build_table(stacks, names),
    )


def _build_key(names: Sequence[str], root: str) -> Iterator[tuple[str, str, str]]:
    """Yield the class, the name and the URL of each series."""
    for position, text in enumerate(names):
        is_engagement = root and not (text == OTHERS and position == len(names) - 1)
        yield find_class(position), text, f"{root}/engagements/{text}" if is_engagement else ""


def choose_series(days: Sequence[DayBar]) -> tuple[str, ...]:
    """Return the busiest engagements of all days, at most MAX_SERIES, the busiest first."""
    totals = Counter[str]()
    for day in days:
        totals.update(day.numbers or {})
    by_number = sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(engagement for engagement, number in by_number[:MAX_SERIES] if number)


def find_class(position: int) -> str:
    """Return the CSS class of the series at this position. Others have the class of none."""
    return f"s{position + 1}" if position < MAX_SERIES else "s0"


def choose_step(number: int) -> int:
    """Return the step of an axis that reaches this number in five steps or fewer: 1, 2 or 5 with
    zeros."""
    step = 1
    while step * _MAX_STEPS < number:
        step = step * 5 // 2 if str(step)[0] == "2" else step * 2
    return step


def _split(day: DayBar, series: Sequence[str]) -> tuple[int, ...]:
    """Return the day's number of each series, and then the number of all other sessions."""
    numbers = day.numbers or {}
    of_series = [numbers.get(engagement, 0) for engagement in series]
    return (*of_series, sum(numbers.values()) - sum(of_series) + day.others)


def _draw_grid(top: int, step: int) -> Iterator[Markup]:
    """Yield the horizontal lines with their numbers."""
    for number in range(0, top + 1, step):
        y = HEIGHT - _BOTTOM - (HEIGHT - _BOTTOM - _TOP) * number / top
        css_class = "grid" if number else "axis"
        yield svg.element("line", class_=css_class, x1=_LEFT, x2=WIDTH - _RIGHT, y1=y, y2=y)
        yield svg.element("text", f"{number:,}", x=_LEFT - 8, y=y + 4, text_anchor="end")


def _draw_stacks(stacks: Sequence[_Stack], top: int, names: Sequence[str]) -> Iterator[Markup]:
    """Yield the bars of the days. A day that was not counted yet has a mark on the axis."""
    step = (WIDTH - _LEFT - _RIGHT) / max(len(stacks), 1)
    width = max(step - 2, 0.5)
    scale = (HEIGHT - _BOTTOM - _TOP) / top
    for index, stack in enumerate(stacks):
        x = _LEFT + index * step + (step - width) / 2
        y = HEIGHT - _BOTTOM
        rectangles = [svg.element("title", _describe(stack, names))]
        if stack.bar.numbers is None:
            rectangles.append(
                svg.element("rect", class_="unknown", x=x, y=y - 3, width=width, height=3)
            )
        for position, number in enumerate(stack.numbers):
            if number:
                height = number * scale
                y -= height
                css_class = find_class(
                    position if position < len(stack.numbers) - 1 else MAX_SERIES
                )
                rectangles.append(
                    svg.element(
                        "rect", class_=css_class, x=x, y=max(y, 0.0), width=width, height=height
                    )
                )
        yield svg.element("g", rectangles, class_=None if stack.bar.is_finished else "unfinished")


def _draw_days(days: Sequence[DayBar]) -> Iterator[Markup]:
    """Yield the names of some days, the last one among them. Those of a long span are whole weeks
    apart, so that the bars between two names show how the week goes."""
    step = (WIDTH - _LEFT - _RIGHT) / max(len(days), 1)
    every = -(-len(days) // _MAX_DAY_LABELS) or 1
    if every > _WEEK // 2:
        every = -(-every // _WEEK) * _WEEK
    for index in range(len(days) - 1, -1, -every):
        x = _LEFT + (index + 0.5) * step
        anchor = "end" if index == len(days) - 1 and len(days) > 1 else "middle"
        yield svg.element(
            "text",
            f"{days[index].day:%-d %b}",
            x=x + (step / 2 if anchor == "end" else 0),
            y=HEIGHT - 8,
            text_anchor=anchor,
        )


def _describe(stack: _Stack, names: Sequence[str]) -> str:
    """Return the text that appears over a bar: the day with its numbers."""
    day = f"{stack.bar.day:%a %-d %b %Y}"
    if stack.bar.numbers is None:
        return f"{day}: not counted yet"
    pairs = [
        f"{svg.shorten(text, 40)} {number}"
        for text, number in zip(names, stack.numbers, strict=False)
        if number
    ]
    so_far = "" if stack.bar.is_finished else " so far"
    return f"{day}: {count_of(stack.total, 'session')}{so_far}" + (
        f" ({', '.join(pairs)})" if pairs else ""
    )


def _build_table(stacks: Sequence[_Stack], names: Sequence[str]) -> Markup:
    """Return the table of the days with sessions, and of those not counted yet, latest first."""
    rows: list[list[svg.Content]] = []
    for stack in reversed(stacks):
        day = f"{stack.bar.day:%a %-d %b %Y}" + ("" if stack.bar.is_finished else " (so far)")
        if stack.bar.numbers is None:
            rows.append([day, "not counted yet", *[""] * len(names)])
        elif stack.total:
            rows.append([day, stack.total, *stack.numbers[: len(names)]])
    headings = ["Day", "All", *names]
    totals: list[svg.Content] = [
        sum(stack.numbers[position] for stack in stacks) for position in range(len(names))
    ]
    if rows:
        rows.append(["All days", sum(stack.total for stack in stacks), *totals])
    note = "Days that are not listed had no sessions."
    return svg.table("Sessions per day as a table", headings, rows, note=note)
