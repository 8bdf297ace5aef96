"""An action of the console leaves the items and entries that the API's route leaves."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chalicelib.domain.trail import Action, Entry
from tests.builders import a_scene
from tests.entrypoints.driver import served
from tests.entrypoints.matrix import CALLERS, FOR_MEMBERS, ask
from tests.entrypoints.web.matrix.table import ActionRow, action_rows, browser_of
from tests.entrypoints.web.matrix.test_matrix import press, without_sessions
from tests.entrypoints.web.matrix.valid import OTHER_BODIES
from tests.rows import every

RANDOM = {"vend", "link", "code", "enrolment", "entry", "request", "external_id"}
"""The details that are random."""
MORE_IN_REFUSALS = {"open-engagement": {"role": ""}, "grant-access": {"subject": ""}}
"""Fields that only the entries of refused forms have, and not those of the API. A form has all
names as fields, and the API's request has these ones in its body, which it does not read for a
refusal."""


def left_by_console(row: ActionRow, caller: str) -> tuple[list[Entry], dict[Any, Any]]:
    with served(a_scene()) as api:
        row.prepare(api.world)
        press(browser_of(api, caller), row.name)
        return list(api.world.entries), without_sessions(api.world.items)


def left_by_api(row: ActionRow, caller: str) -> tuple[list[Entry], dict[Any, Any]]:
    with served(a_scene()) as api:
        row.prepare(api.world)
        changes = {"body": OTHER_BODIES[row.name]} if row.name in OTHER_BODIES else {}
        ask(api, row.route, caller, **changes)
        return list(api.world.entries), dict(api.world.items)


def without_chance(entry: Entry) -> Any:
    """Return the entry without its ID, and without what is random in its details."""
    details = {name: "…" if name in RANDOM else text for name, text in entry.details.items()}
    return replace(entry, id="", vend="", details=details)


@every("row", action_rows())
def test_the_console_and_the_api_store_and_record_the_same(row: ActionRow) -> None:
    """Only the ID of a request for access differs: the console's form has it already."""
    (console, items), (api, others) = left_by_console(row, row.caller), left_by_api(row, row.caller)
    assert list(map(without_chance, console)) == list(map(without_chance, api))
    assert console
    assert items == others or row.name == "request-access"


@every("caller", [name for name, member in CALLERS.items() if member])
@every("row", action_rows())
def test_the_console_and_the_api_record_the_same_refusal(row: ActionRow, caller: str) -> None:
    (cell,) = [cell for cell in row.cells if cell.caller == caller]
    if cell.status < 400:
        return
    (console, _), (api, _) = left_by_console(row, caller), left_by_api(row, caller)
    console = [replace(entry, **MORE_IN_REFUSALS.get(row.name, {})) for entry in console]
    if caller == "suspended" and row.route in FOR_MEMBERS:
        console, api = ([replace(e, details={}, role="") for e in each] for each in (console, api))
    count = len(api)
    assert list(map(without_chance, console[:count])) == list(map(without_chance, api))
    # The page that shows the refusal reads what it is about, and is refused that as well.
    assert {entry.action for entry in console[count:]} <= {Action.READ}
    assert api
