"""Every page of the console, and the form of every action, as a lead or the asker reads it."""

from __future__ import annotations

import pytest

from chalicelib.domain.people.members import Kind
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from tests.entrypoints.driver import served
from tests.entrypoints.web.entering import enter, open_page, page_routes
from tests.entrypoints.web.matrix.table import ActionRow, action_rows
from tests.entrypoints.web.matrix.valid import form_of
from tests.golden import as_text, hold_against_file
from tests.rows import every
from tests.usecases.web.stops.stopping import a_busy_scene

pytestmark = pytest.mark.golden


@every("route", page_routes)
def test_a_page_is_as_its_file_says(route: str) -> None:
    with served(a_busy_scene()) as api:
        page = open_page(enter(api, "lena"), route)
    name = route.removeprefix("/web").strip("/").replace("/", "-").replace("{", "").replace("}", "")
    text = page.text if route.endswith(".csv") else as_text(page.text)
    hold_against_file(f"console/{name or 'start'}.txt", text)


@every("row", action_rows)
def test_the_form_of_an_action_is_as_its_file_says(row: ActionRow) -> None:
    member = "lena" if Kind.LEAD in ACTIONS[row.name].kinds else "alice"
    with served(a_busy_scene()) as api:
        row.prepare(api.world)
        fields = form_of(row.name, member)
        single = {name: text for name, text in fields.items() if isinstance(text, str)}
        page = enter(api, member).get(f"/web/actions/{row.name}", **single)
    hold_against_file(f"console/actions/{row.name}.txt", as_text(page.text))
