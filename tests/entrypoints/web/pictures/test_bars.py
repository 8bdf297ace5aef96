"""The bars of sessions per day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.entrypoints.web.pictures.bars import (
    DayBar,
    choose_step,
    draw_bars,
)
from tests.entrypoints.web.pictures.drawn import HOSTILE, Drawn, markup_of
from tests.golden import hold_against_file
from tests.rows import every

DAY = date(2026, 11, 24)
NAMES = st.sampled_from(HOSTILE) | st.text(max_size=60)
COUNTS = st.dictionaries(NAMES, st.integers(0, 10**6), max_size=12)
BARS = st.lists(
    st.builds(
        DayBar,
        day=st.dates(),
        numbers=st.none() | COUNTS,
        others=st.integers(0, 10**6),
        is_finished=st.booleans(),
    ),
    max_size=12,
)


def bar(days_ago: int, **changes: object) -> DayBar:
    fields = {"day": DAY - timedelta(days=days_ago), "numbers": {}}
    return DayBar(**(fields | changes))  # type: ignore[arg-type]


@settings(max_examples=40)
@given(BARS)
def test_any_numbers_give_a_sound_picture_whose_table_has_them(bars: list[DayBar]) -> None:
    drawn = Drawn(draw_bars(bars, root="/api/web"))
    drawn.require_sound()
    totals = [sum((day.numbers or {}).values()) + day.others for day in bars]
    listed = [row for row in reversed(drawn.rows) if row[0] != "All days"]
    shown = [
        (day, total)
        for day, total in zip(bars, totals, strict=True)
        if total or day.numbers is None
    ]
    assert len(listed) == len(shown)
    for row, (day, total) in zip(listed, shown, strict=True):
        if day.numbers is None:
            assert row[1] == "not counted yet"
        else:
            assert row[1] == str(total)
            assert sum(map(int, row[2:])) == total


@every("name", HOSTILE)
def test_a_name_is_whole_in_the_table(name: str) -> None:
    drawn = Drawn(draw_bars([bar(0, numbers={name: 3})]))
    drawn.require_sound()
    cleaned = "".join(c if c.isprintable() or c > "\u2000" else "\ufffd" for c in name)
    assert cleaned.replace("\ud800", "\ufffd") in drawn.texts("th")
    assert drawn.rows[0][1:] == ["3", "3"]


MANY = {f"e{n:02}": 20 - n for n in range(12)}
EXAMPLES = {
    "eight have a colour, and the rest are others": [
        bar(1, numbers=MANY, others=5),
        bar(0, numbers={"e11": 100}),
    ],
    "equal ones in alphabetical order": [bar(0, numbers={"b": 1, "a": 1, "c": 0})],
    "a day that was not counted, one without sessions, and one that is not over": [
        bar(2, numbers=None),
        bar(1),
        bar(0, numbers={"acme-prod": 1}, is_finished=False),
    ],
    "an engagement with the ID others": [bar(0, numbers={"others": 2}, others=1)],
}


@pytest.mark.golden
def test_examples_are_as_the_file_says() -> None:
    parts = [
        f"=== {name}\n{markup_of(draw_bars(bars, root='/api/web'))}"
        for name, bars in EXAMPLES.items()
    ]
    for days in (5, 20, 40, 90):
        texts = Drawn(draw_bars([bar(ago) for ago in range(days - 1, -1, -1)])).texts("text")
        parts.append(f"=== the names of {days} days: {texts}")
    numbers = (0, 5, 6, 10, 11, 25, 26, 51, 10**6)
    parts += [f"=== the step of an axis to {number}: {choose_step(number)}" for number in numbers]
    hold_against_file("console/pictures-bars.txt", "\n".join(parts))
