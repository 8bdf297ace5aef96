"""Timelines of grants and engagements."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.entrypoints.web.pictures.timelines import TimelineRow, timeline
from tests.builders import NOON
from tests.entrypoints.web.pictures.drawn import HOSTILE, Drawn, markup_of
from tests.golden import hold_against_file
from tests.rows import every

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


@settings(max_examples=40)
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


@every("name", HOSTILE[-5:])
def test_a_long_name_is_short_in_the_picture_and_whole_in_the_table(name: str) -> None:
    picture = drawn(row(0, 1, name))
    assert picture.rows[0][0] == name
    (label,) = [text for text in picture.texts("text") if text.startswith("\u2068")]
    assert len(label) <= 31


SPANS = ((-10, 10), (-20, 20), (0, 10), (0, None), (0, 0), (5, -5), (10, 20), (11, 20), (-20, -11))
EXAMPLES = {
    "bars are cut at the edges, and always visible": [
        row(start, end, f"{start} to {end}") for start, end in SPANS
    ],
    "details, states and links": [
        row(0, 1, details="readonly", state="in force", tone="good", url="/api/web/people/alice"),
        row(0, 1, "bob"),
    ],
    "no rows": [],
}


@pytest.mark.golden
def test_examples_are_as_the_file_says() -> None:
    begin, end = NOON - 10 * DAY, NOON + 10 * DAY
    parts = [
        f"=== {name}\n{markup_of(timeline(rows, begin, end, NOON))}"
        for name, rows in EXAMPLES.items()
    ]
    for days in (-11, 11):
        picture = markup_of(timeline([], begin, end, NOON + days * DAY))
        parts.append(f"=== the present is {days} days away\n{picture}")
    hold_against_file("console/pictures-timelines.txt", "\n".join(parts))
