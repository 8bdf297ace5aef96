"""The bars of sessions per day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.entrypoints.web.pictures.bars import (
    DayBar,
    choose_series,
    choose_step,
    draw_bars,
)
from tests.entrypoints.web.pictures.drawn import HOSTILE, Drawn
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


def test_eight_engagements_have_a_colour_and_the_rest_are_others() -> None:
    numbers = {f"e{n:02}": 20 - n for n in range(12)}
    drawn = Drawn(draw_bars([bar(1, numbers=numbers, others=5), bar(0, numbers={"e11": 100})]))
    assert drawn.texts("li") == ["e11", *(f"e{n:02}" for n in range(7)), "others"]
    rest = sum(20 - n for n in range(7, 11)) + 5
    assert drawn.rows[1] == [
        "Mon 23 Nov 2026",
        "179",
        "9",
        *(str(20 - n) for n in range(7)),
        str(rest),
    ]
    assert drawn.rows[0] == ["Tue 24 Nov 2026", "100", "100", *["0"] * 8]
    assert drawn.rows[2][:2] == ["All days", "279"]


def test_without_others_they_are_not_listed() -> None:
    assert Drawn(draw_bars([bar(0, numbers={"acme-prod": 1})])).texts("li") == ["acme-prod"]


def test_a_day_that_was_not_counted_yet_is_not_a_day_without_sessions() -> None:
    drawn = Drawn(draw_bars([bar(2, numbers=None), bar(1), bar(0, is_finished=False)]))
    titles = ["Sun 22 Nov 2026: not counted yet", "Mon 23 Nov 2026: 0 sessions"]
    assert drawn.texts("title")[1:3] == titles
    assert drawn.rows == [["Sun 22 Nov 2026", "not counted yet"], ["All days", "0"]]
    assert drawn.count("rect", "unknown") == 1


def test_a_day_that_is_not_over_says_so() -> None:
    drawn = Drawn(draw_bars([bar(0, numbers={"acme-prod": 1}, is_finished=False)]))
    assert drawn.texts("title")[1] == "Tue 24 Nov 2026: 1 session so far (acme-prod 1)"
    assert drawn.rows[0][0] == "Tue 24 Nov 2026 (so far)"


def test_equal_engagements_are_in_alphabetical_order() -> None:
    assert choose_series([bar(0, numbers={"b": 1, "a": 1, "c": 0})]) == ("a", "b")


def test_names_link_to_their_engagements() -> None:
    picture = draw_bars([bar(0, numbers={"others": 2}, others=1)], root="/api/web")
    links = [a.get("href") for a in Drawn(picture).root.iter("a")]
    assert links == ["/api/web/engagements/others"]  # an engagement can have this ID


@pytest.mark.parametrize(
    ("number", "step"),
    [(0, 1), (5, 1), (6, 2), (10, 2), (11, 5), (25, 5), (26, 10), (51, 20), (10**6, 200_000)],
)
def test_the_axis_has_round_numbers(number: int, step: int) -> None:
    assert choose_step(number) == step


@pytest.mark.parametrize(("days", "apart"), [(5, 1), (20, 3), (40, 7), (90, 14)])
def test_the_names_of_a_long_span_are_whole_weeks_apart(days: int, apart: int) -> None:
    texts = Drawn(draw_bars([bar(days_ago) for days_ago in range(days - 1, -1, -1)])).texts("text")
    names = [f"{DAY - timedelta(days=days_ago):%-d %b}" for days_ago in range(0, days, apart)]
    assert [text for text in texts if " " in text] == names
