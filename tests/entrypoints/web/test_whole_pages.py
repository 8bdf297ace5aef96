"""The text of every page of the console for each kind of member, and of every action's pages."""

from tests.builders import a_scene
from tests.entrypoints.driver import served
from tests.entrypoints.web.entering import fill_in, page_routes, prepare_page
from tests.entrypoints.web.matrix.table import CALLERS, action_rows
from tests.entrypoints.web.matrix.valid import PAGE_QUERIES
from tests.entrypoints.web.transcript import Transcript
from tests.rows import every
from tests.usecases.vending.stops.stopping import a_busy_scene

DECISIONS = ("/approve", "/deny", "/withdraw", "requests/{request}/confirm", "/start")
"""The busy scene's request is decided already."""


@every("route", page_routes)
def test_a_page_is_as_its_file_says_for_a_lead_an_auditor_and_a_member(route):
    with served(a_busy_scene()) as api:
        prepare_page(api.world, route)
        transcript = Transcript(api)
        for member in ("lena", "ada", "alice"):
            transcript.open(member, fill_in(route), **PAGE_QUERIES.get(route, {}))
    name = route.removeprefix("/web").strip("/").replace("/", "-").replace("{", "").replace("}", "")
    transcript.hold(name or "start")


@every("row", action_rows)
def test_the_form_and_the_result_of_an_action_are_as_their_file_says(row):
    """The form is sent twice, as by a second click."""
    member = CALLERS[row.caller]
    with served(a_scene() if row.route.endswith(DECISIONS) else a_busy_scene()) as api:
        row.prepare(api.world)
        single = {name: text for name, text in row.fields.items() if isinstance(text, str)}
        transcript = Transcript(api)
        transcript.open(member, f"/web/actions/{row.name}", **single)
        transcript.act(member, row.name, row.fields, times=2)
    transcript.hold(f"actions/{row.name}")
