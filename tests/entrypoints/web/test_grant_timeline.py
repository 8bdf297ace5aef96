"""The timeline of an engagement's grants."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.engagements.grants import Grant
from chalicelib.entrypoints.web.grant_timeline import draw_grants
from tests.builders import NOON, a_grant
from tests.golden import hold_against_file

DAY = timedelta(days=1)
DAYS = st.floats(-2000, 2000)


def grant(member: str, start: float, end: float, revoked: float | None = None) -> Grant:
    """Return a grant from and until so many days after noon."""
    return a_grant(
        member,
        starts_at=NOON + start * DAY,
        ends_at=NOON + end * DAY,
        revoked_at=None if revoked is None else NOON + revoked * DAY,
    )


EXAMPLES = {
    "one of each state": [
        grant("current", -10, 10),
        grant("upcoming", 5, 10),
        grant("ended", -20, -1),
        grant("revoked", -15, 10, -3),
        grant("revoked-before-its-start", 5, 10, 0),
        grant("n" * 32, -10, 10),
    ],
    "cut at the edge": [grant("long", -500, 500), grant("long-ago", -500, -400)],
    "all upcoming": [grant("alice", 5, 10), grant("bob", 7, 40)],
}


@pytest.mark.golden
def test_examples_are_as_the_file_says() -> None:
    parts = []
    for name, grants in EXAMPLES.items():
        markup = re.sub(r">\s*<", ">\n<", draw_grants(grants, NOON))
        parts.append(f"=== {name}\n{markup}")
    hold_against_file("console/grant-timeline.txt", "\n".join(parts))


def test_a_single_grant_has_no_timeline() -> None:
    assert not draw_grants([grant("alice", -1, 1)], NOON)


@settings(max_examples=30)
@given(st.lists(st.tuples(DAYS, DAYS, st.none() | DAYS), min_size=2, max_size=6))
def test_any_grants_give_a_drawing_within_its_frame(
    spans: list[tuple[float, float, float | None]],
) -> None:
    grants = [grant("alice", min(a, b), max(a, b), revoked) for a, b, revoked in spans]
    drawing = ET.fromstring(draw_grants(grants, datetime(2026, 11, 24, tzinfo=UTC)))  # noqa: S314
    elements = list(drawing.iter())
    assert not [element for element in elements if "style" in element.attrib]
    for element in elements:
        position, width = (float(element.get(name, 0)) for name in ("x", "width"))
        assert 0 <= position <= position + width <= 960
