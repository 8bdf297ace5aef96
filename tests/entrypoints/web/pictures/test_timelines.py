"""Timelines of grants and engagements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.entrypoints.web.pictures.timelines import TimelineRow, timeline
from tests.builders import NOON
from tests.entrypoints.web.pictures.drawn import HOSTILE, Drawn

DAY = timedelta(days=1)
MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001
ROWS = st.lists(
    st.builds(
        TimelineRow,
        label=st.sampled_from(HOSTILE) | st.text(max_size=80),
        start=MOMENTS,
        end=st.none() | MOMENTS,
        tone=st.sampled_from(["good", "wait", "bad", "plain"]),
        state=st.text(max_size=20),
        details=st.text(max_size=80),
    ),
    max_size=8,
)


def row(start: float, end: float | None, label: str = "alice", **changes: str) -> TimelineRow:
    """Return a row from and until so many days after noon."""
    end_at = None if end is None else NOON + end * DAY
    return TimelineRow(label=label, start=NOON + start * DAY, end=end_at, **changes)


def drawn(*rows: TimelineRow) -> Drawn:
    return Drawn(timeline(rows, NOON - 10 * DAY, NOON + 10 * DAY, NOON))


@given(ROWS, MOMENTS, MOMENTS, MOMENTS)
def test_any_rows_give_a_sound_picture_whose_table_has_them(
    rows: list[TimelineRow], start: datetime, end: datetime, now: datetime
) -> None:
    picture = Drawn(timeline(rows, start, end, now))
    picture.require_sound()
    assert len(picture.rows) == len(rows)
    for cells, shown in zip(picture.rows, rows, strict=True):
        assert cells[1] == f"{shown.start:%-d %b %Y, %H:%M} UTC"
        assert cells[2] == (f"{shown.end:%-d %b %Y, %H:%M} UTC" if shown.end else "–")


@pytest.mark.parametrize("name", HOSTILE[-5:])
def test_a_long_name_is_short_in_the_picture_and_whole_in_the_table(name: str) -> None:
    picture = drawn(row(0, 1, name))
    assert picture.rows[0][0] == name
    (label,) = [text for text in picture.texts("text") if text.startswith("\u2068")]
    assert len(label) <= 31


@pytest.mark.parametrize(
    ("start", "end", "x", "width"),
    [
        (-10, 10, 200, 748),
        (-20, 20, 200, 748),
        (0, 10, 574, 374),
        (0, None, 574, 374),
        (0, 0, 574, 2),  # still visible
        (5, -5, 761, 2),
        (10, 20, 948, 2),
    ],
)
def test_a_bar_is_where_its_time_is_and_cut_at_the_edges(
    start: float, end: float | None, x: float, width: float
) -> None:
    (bar,) = [e for e in drawn(row(start, end)).root.iter("rect") if "span" in e.get("class", "")]
    assert (float(bar.get("x", "")), float(bar.get("width", ""))) == (x, width)


@pytest.mark.parametrize(("start", "end"), [(11, 20), (-20, -11)])
def test_a_row_outside_is_in_the_table_without_a_bar(start: float, end: float) -> None:
    picture = drawn(row(start, end))
    assert (picture.count("rect", "span"), len(picture.rows)) == (0, 1)


@pytest.mark.parametrize(("days", "is_shown"), [(0, True), (11, False), (-11, False)])
def test_the_present_is_a_line(days: int, *, is_shown: bool) -> None:
    picture = Drawn(timeline([], NOON - 10 * DAY, NOON + 10 * DAY, NOON + days * DAY))
    assert picture.count("line", "now") == int(is_shown)


def test_details_have_a_column_if_a_row_has_them() -> None:
    picture = drawn(row(0, 1, details="readonly", state="in force", tone="good"), row(0, 1, "bob"))
    assert [cells[3:] for cells in picture.rows] == [["in force", "readonly"], ["", ""]]
    assert picture.texts("title")[1] == "alice: from 24 Nov 2026 until 25 Nov 2026, in force"
    assert drawn(row(0, 1)).texts("th")[:4] == ["Name", "From", "Until", "State"]


def test_a_name_links_to_its_page() -> None:
    (link,) = drawn(row(0, 1, url="/api/web/people/alice"), row(0, 1, "bob")).root.iter("a")
    assert link.get("href") == "/api/web/people/alice"
