"""The parts of pages hide nothing and escape everything, and so does the timeline of grants."""

import re
from datetime import timedelta
from types import SimpleNamespace

from chalicelib.entrypoints.pages.render import build_environment
from chalicelib.entrypoints.web.grant_timeline import draw_grants
from chalicelib.entrypoints.web.page_errors import PageError
from tests.builders import NOON, a_grant
from tests.golden import hold_against_file

HOUR = timedelta(hours=1)


def render(source, error=None, **values):
    """Render one part as a page with this error does, on one line."""
    names = (
        "when, ago, bar, person, engagement, request, action_link, pager, "
        "unread, field, table, badge"
    )
    head = f'{{% from "web/parts.html" import {names} with context %}}'
    web = SimpleNamespace(error=error, return_path="")
    template = build_environment().from_string(head + source)
    return " ".join(
        template.render(root="/api/web", now=NOON, hour=HOUR, web=web, **values).split()
    )


PARTS = (
    "bar(now - hour, now + hour, now)",
    "bar(now, now + 3 * hour, now)",
    "bar(now - hour, now + hour / 2, now)",
    "bar(now - hour, now + hour / 400, now)",
    "bar(now - hour, now, now)",
    "bar(now - 2 * hour, now - hour, now)",
    "bar(now, now + 123 * hour, now)",
    "bar(now + hour, now + 2 * hour, now)",  # it has not begun
    "bar(now - hour, now + 24 * hour, now)",
    "bar(now - hour, now + 25 * hour, now)",  # the day matters more than the time
    "bar(now - hour, now + hour, now, clock=false)",
    "bar(none, now + hour, now)",
    "bar(now, none, now)",
    "bar(now, now, now)",
    "person('alice', 'Alice Archer')",
    "person('alice', '')",
    "person('a b')",
    "person(none)",
    "engagement('')",
    "request(none)",
    "when(none)",
    "ago(none, 'unknown')",
    "when(now)",
    "ago(now - hour)",
    "ago(now + 3 * hour)",
    "action_link('stop-role', 'Stop', 'bad', engagement='a&b', role='', x=none)",
    "pager('', '/p')",
    "pager('c#1', '/p')",
    "pager('c', '/p?x=1')",
    "pager('', '/p', 'c')",
)
WIDGETS = (
    ("hidden", "x"),
    ("text", "<x>"),
    ("text", None),
    ("number", "5"),
    ("date-time", "2026-12-31T18:00:00Z"),
    ("date-time", NOON),
    ("select", "b"),
    ("checkboxes", ["b"]),
    ("checkbox", "true"),
    ("checkbox", True),
)


def test_parts_are_as_the_file_says():
    lines = [f"{part}\n  {render(f'{{{{ {part} }}}}')}" for part in PARTS]
    for widget, value in WIDGETS:
        field = SimpleNamespace(
            name="f",
            label="Label",
            widget=widget,
            value=value,
            options=[("a", "A"), ("b", "B")],
            hint="",
            required=True,
        )
        error = PageError(text="Wrong.", status=400, field="f")
        lines.append(f"{widget} {value!r}\n  {render('{{ field(x) }}', error, x=field)}")
    hold_against_file("console/parts.txt", "\n".join(line.rstrip() for line in lines))


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
