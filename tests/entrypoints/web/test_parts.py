"""The parts of the console's pages: they hide nothing, and escape everything."""

from __future__ import annotations

import re
from datetime import timedelta
from types import SimpleNamespace

import pytest

from chalicelib.entrypoints.pages.render import build_environment
from chalicelib.entrypoints.web.page_errors import PageError
from tests.fakes import NOON
from tests.rows import every

HOUR = timedelta(hours=1)


def render(source: str, error: object = None, **values: object) -> str:
    """Render one part as a page with this error does, on one line."""
    names = (
        "when, ago, bar, person, engagement, request, action_link, pager, "
        "unread, field, table, badge, action_form"
    )
    head = f'{{% from "web/parts.html" import {names} with context %}}'
    web = SimpleNamespace(error=error)
    template = build_environment().from_string(head + source)
    return " ".join(
        template.render(root="/api/web", now=NOON, hour=HOUR, web=web, **values).split()
    )


@pytest.mark.parametrize(
    ("start", "end", "text", "width"),
    [
        (NOON - HOUR, NOON + HOUR, "1 h left", "50.0"),
        (NOON, NOON + HOUR * 3, "3 h left", "100.0"),
        (NOON - HOUR, NOON + HOUR / 2, "30 min left", "33.3"),
        (NOON - HOUR, NOON + timedelta(seconds=9), "under 1 min left", "0.2"),
        (NOON - HOUR, NOON, "over", "0.0"),
        (NOON - HOUR * 2, NOON - HOUR, "over", "0.0"),
        (NOON, NOON + timedelta(days=5, hours=3), "5 days left", "100.0"),
        (NOON + HOUR, NOON + HOUR * 2, "2 h left", "100.0"),  # it has not begun
    ],
)
def test_a_bar_shows_the_time_left(start: object, end: object, text: str, width: str) -> None:
    shown = render("{{ bar(start, end, now) }}", start=start, end=end)
    assert f"<span>{text}</span>" in shown
    assert f'class="rest" width="{width}"' in shown


@pytest.mark.parametrize(
    ("end", "clock"),
    [
        (NOON + HOUR, "until 13:00 UTC"),
        (NOON + HOUR * 24, "until 12:00 UTC"),
        (NOON + HOUR * 25, ""),  # the day matters more
        (NOON, ""),
    ],
)
def test_a_bar_also_says_at_what_time_it_ends_within_a_day(end: object, clock: str) -> None:
    shown = re.sub("<[^>]*>", "", render("{{ bar(now - hour, end, now) }}", end=end))
    assert "".join(shown.partition("until")[1:]) == clock
    assert "until" not in render("{{ bar(now - hour, end, now, clock=false) }}", end=end)


def test_people_are_shown_by_name_and_id() -> None:
    shown = render("{{ person('alice', 'Alice Archer') }}")
    assert re.sub("<[^>]*>", "", shown) == "Alice Archer alice"
    assert re.sub("<[^>]*>", "", render("{{ person('alice', '') }}")) == "alice"


def test_a_bar_without_a_start_or_an_end_is_still_shown() -> None:
    assert "1 h left" in render("{{ bar(none, now + hour, now) }}")
    assert "no end" in render("{{ bar(now, none, now) }}")
    assert "over" in render("{{ bar(now, now, now) }}")


@pytest.mark.parametrize(
    "part",
    ["person(none)", "engagement('')", "request(none)", "when(none)", "ago(none, 'unknown')"],
)
def test_a_missing_value_says_unknown(part: str) -> None:
    assert ">unknown<" in render(f"{{{{ {part} }}}}")


def test_times_are_in_utc() -> None:
    shown = render("{{ when(now) }} {{ ago(now - hour) }} {{ ago(now + 3 * hour) }}")
    assert f"{NOON:%-d %b %Y, %H:%M} UTC" in shown
    assert "1 h ago" in shown
    assert "in 3 h" in shown


def test_names_and_values_are_text_and_never_markup() -> None:
    name = '<b>"&\u202e'
    for part in ("person('alice', x)", "engagement('acme', x)", "badge(x)", "unread(x)"):
        assert "<b>&#34;" not in render(f"{{{{ {part} }}}}", x=name)
        assert "&lt;b&gt;&#34;&amp;" in render(f"{{{{ {part} }}}}", x=name)
    assert 'href="/api/web/people/a%20b' in render("{{ person('a b') }}")


def test_a_link_to_an_action_carries_its_parameters_and_no_empty_ones() -> None:
    link = render(
        "{{ action_link('stop-role', 'Stop', 'bad', engagement='a&b', role='', x=none) }}"
    )
    assert link == (
        '<a class="button bad" href="/api/web/actions/stop-role?engagement=a%26b">Stop</a>'
    )


@pytest.mark.parametrize(
    ("part", "texts"),
    [
        ("pager('', '/p')", []),
        ("pager('c#1', '/p')", ["/p?cursor=c%231", "Next page"]),
        ("pager('c', '/p?x=1')", ["/p?x=1&amp;cursor=c"]),
        ("pager('', '/p', 'c')", ["First page", "This is the last page."]),
    ],
)
def test_a_list_has_links_to_its_pages(part: str, texts: list[str]) -> None:
    shown = render(f"{{{{ {part} }}}}")
    assert all(text in shown for text in texts)
    assert bool(shown) is bool(texts)


@every(
    "widget, value, expected",
    [
        ("hidden", "x", '<input type="hidden" name="f" value="x">'),
        ("text", "<x>", 'value="&lt;x&gt;"'),
        ("number", "5", 'type="number"'),
        ("date-time", "2026-12-31T18:00:00Z", 'value="2026-12-31T18:00"'),
        ("select", "b", '<option value="b" selected>B</option>'),
        ("checkboxes", ["b"], 'value="b" checked>'),
        ("checkbox", "true", 'value="true" checked>'),
        ("checkbox", True, 'value="true" checked>'),
        ("date-time", NOON, f'value="{NOON:%Y-%m-%dT%H:%M}"'),
        ("text", None, 'value=""'),
    ],
)
def test_a_field_keeps_what_was_typed_and_shows_its_error(
    widget: str, value: object, expected: str
) -> None:
    field = SimpleNamespace(
        name="f",
        label="Label",
        widget=widget,
        value=value,
        options=[("a", "A"), ("b", "B")],
        hint="",
        required=True,
    )
    shown = render("{{ field(x) }}", PageError(text="Wrong.", status=400, field="f"), x=field)
    assert expected in shown
    if widget != "hidden":
        assert '<p class="error" id="field-f-error">Wrong.</p>' in shown
        assert 'aria-describedby="field-f-error"' in shown


@pytest.mark.parametrize("is_stop", [True, False])
def test_an_action_shows_its_effect_then_its_form(*, is_stop: bool) -> None:
    action = SimpleNamespace(
        build_title=lambda page: f"End {page.target}",
        path="actions/end",
        button="End it",
        is_stop=is_stop,
    )
    page = SimpleNamespace(target="<acme>", effect=("It ends.",), warning="For good.", fields=())
    shown = render(
        "{{ action_form(action, page, root, 'token', true) }}",
        PageError(text="Refused.", status=409),
        action=action,
        page=page,
        origin_path="people/bob",
        can_sign_in_at_provider=True,
    )
    expected = (
        "End &lt;acme&gt;</bdi></h1>",
        'role="alert">Refused.</p>',
        "Sign in again first.",
        "<li>It ends.</li>",
        "For good.",
        '<form class="form" method="post" action="/api/web/actions/end">',
        '<input type="hidden" name="csrf" value="token">',
        f'<button class="main{" bad" if is_stop else ""}"',
        '<a class="button" href="/api/web/people/bob">Cancel</a>',
    )
    positions = [shown.index(text) for text in expected]
    assert positions == sorted(positions)
