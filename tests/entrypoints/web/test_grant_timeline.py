"""The timeline of an engagement's grants."""

import re
from datetime import timedelta

from chalicelib.entrypoints.web.grant_timeline import draw_grants
from tests.builders import NOON, a_grant
from tests.golden import hold_against_file

DAY = timedelta(days=1)


def grant(member, start, end, revoked=None):
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


def test_examples_are_as_the_file_says():
    parts = []
    for name, grants in EXAMPLES.items():
        markup = re.sub(r">\s*<", ">\n<", draw_grants(grants, NOON))
        parts.append(f"=== {name}\n{markup}")
    hold_against_file("console/grant-timeline.txt", "\n".join(parts))


def test_a_single_grant_has_no_timeline():
    assert not draw_grants([grant("alice", -1, 1)], NOON)
