"""Each page and action gives each caller the matrix's status, and records what the API records."""

from urllib.parse import parse_qs, urlsplit

from msgspec.structs import replace

from chalicelib.domain.people.members import Kind
from chalicelib.domain.people.sign_in import UsedForm, WebSession
from chalicelib.domain.trail import Action, Outcome
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from tests.builders import a_scene, a_token
from tests.entrypoints.driver import ADDRESS, fresh_api, served
from tests.entrypoints.matrix import CALLERS as MEMBERS
from tests.entrypoints.matrix import FOR_MEMBERS, ask
from tests.entrypoints.web.entering import member_of, open_page, page_routes, prepare_page
from tests.entrypoints.web.forms import find_form
from tests.entrypoints.web.matrix.table import (
    CALLERS,
    ROWS,
    action_cells,
    action_rows,
    browser_of,
    page_cells,
)
from tests.entrypoints.web.matrix.valid import FORMS, OTHER_BODIES, form_of
from tests.entrypoints.web.matrix.valid import ROWS as SEVERAL
from tests.rows import every


def test_the_matrix_has_every_page_and_every_action_and_no_other():
    assert {cell.name for cell in page_cells()} == set(page_routes())
    # It needs a browser that has just signed in at the provider: see provider/test_command_login.
    assert ROWS.keys() | {"log-in-command"} == ACTIONS.keys()
    assert ROWS.keys() == FORMS.keys()
    for cells in (page_cells(), action_cells()):
        assert {cell.caller for cell in cells} == set(CALLERS)


@every("cell", page_cells(), api=fresh_api)
def test_a_caller_gets_a_page_as_the_matrix_says(api, cell):
    browser = browser_of(api, cell.caller)
    prepare_page(api.world, cell.name)
    before = dict(api.world.items)
    answer = open_page(browser, cell.name)

    assert answer.status == cell.status, answer.text
    assert api.world.items == before
    is_refused = cell.status >= 400 and bool(CALLERS[cell.caller])
    assert [entry.outcome for entry in api.world.entries] == [Outcome.REFUSED] * is_refused


@every("cell", action_cells(), api=fresh_api)
def test_the_page_of_an_action_is_for_those_who_may_do_it(api, cell):
    """Opening it does nothing."""
    ROWS[cell.name].prepare(api.world)
    browser = browser_of(api, cell.caller)
    before = dict(api.world.items)
    answer = open_action(browser, cell.name)

    if cell.status < 400 or cell.status == 401:
        assert answer.status == (200 if cell.status < 400 else 401), answer.text
    assert answer.status < 500
    assert api.world.items == before
    assert {entry.outcome for entry in api.world.entries} <= {Outcome.REFUSED}
    if CALLERS[cell.caller] and kind_of(cell.caller) not in ACTIONS[cell.name].kinds:
        assert answer.status == 403
        assert len(api.world.entries) == 1


@every("cell", action_cells(), api=fresh_api)
def test_a_caller_does_an_action_as_the_matrix_says(api, cell):
    ROWS[cell.name].prepare(api.world)
    browser = browser_of(api, cell.caller)
    before = dict(api.world.items)
    answer = send_form(browser, cell.name)

    assert answer.status == cell.status, answer.text
    member = CALLERS[cell.caller]
    for entry in api.world.entries:
        assert (entry.actor, entry.token, entry.address) == (member, a_token(member).id, ADDRESS)
    assert bool(api.world.entries) is bool(member and not cell.does_nothing)
    if cell.status >= 400 or cell.does_nothing:
        assert without_sessions(api.world.items) == without_sessions(before)
        assert not [entry for entry in api.world.entries if entry.outcome != Outcome.REFUSED]
    else:
        assert [entry for entry in api.world.entries if entry.outcome != Outcome.REFUSED]
        assert "Location" not in answer.headers or find_done(answer) == ACTIONS[cell.name].done


def kind_of(caller):
    return {"lead": Kind.LEAD, "stale": Kind.LEAD, "auditor": Kind.AUDITOR}.get(caller, Kind.MEMBER)


def without_sessions(items):
    """Return the items but the browsers' sessions and the forms that they have used."""
    return {k: item for k, item in items.items() if not isinstance(item, WebSession | UsedForm)}


def find_done(answer):
    """Return the sentence of the action whose name is in the redirect."""
    (name,) = parse_qs(urlsplit(answer.headers["Location"]).query)["done"]
    return str(ACTIONS[name].done)


@every("row", action_rows())
def test_an_action_is_declared_as_the_matrix_says(row):
    """A stop works at any time. What lets someone in needs a recent sign-in."""
    action = ACTIONS[row.name]
    nothing = {cell.caller for cell in row.cells if cell.does_nothing}
    assert nothing == ({"stale"} if action.grants_access else set())
    assert not (action.grants_access and action.is_stop)


def open_action(browser, name):
    """Open the action's page for the objects of its form."""
    form = form_of(name, member_of(browser))
    single = {key: text for key, text in form.items() if isinstance(text, str)}
    return browser.get(f"/web/actions/{name}", **single)


def send_form(browser, name):
    """Open the action's page, fill in its form, and send it as the page renders it."""
    page = open_action(browser, name)
    if page.status != 200:
        return press(browser, name)
    form = find_form(page.text, name)
    fields = form_of(name, member_of(browser))
    typed = {key: text for key, text in fields.items() if key not in form.hidden}
    return browser.post(form.path, form.fill_in(typed))


def press(browser, name):
    """Send the action's form by hand, without opening its page."""
    return browser.post(f"/web/{ACTIONS[name].path}", form_of(name, member_of(browser)))


RANDOM = {"vend", "link", "code", "enrolment", "entry", "request", "external_id"}
"""The details that are random."""
MORE_IN_REFUSALS = {
    "open-engagement": {"role": ""},
    "grant-access": {"subject": ""},
}
"""Fields that only the entries of refused forms have, and not those of the API. A form has all
names as fields, and the API's request has these ones in its body, which it does not read for a
refusal."""


def left_by_console(row, caller):
    with served(a_scene()) as api:
        row.prepare(api.world)
        press(browser_of(api, caller), row.name)
        return list(api.world.entries), without_sessions(api.world.items)


def left_by_api(row, caller):
    with served(a_scene()) as api:
        row.prepare(api.world)
        changes = {"body": OTHER_BODIES[row.name]} if row.name in OTHER_BODIES else {}
        ask(api, row.route, caller, **changes)
        return list(api.world.entries), dict(api.world.items)


def without_chance(entry):
    """Return the entry without its ID, and without what is random in its details."""
    details = {name: "…" if name in RANDOM else text for name, text in entry.details.items()}
    return replace(entry, id="", vend="", details=details)


@every("row", action_rows())
def test_the_console_and_the_api_store_and_record_the_same(row):
    """Only the ID of a request for access differs: the console's form has it already."""
    (console, items), (api, others) = left_by_console(row, row.caller), left_by_api(row, row.caller)
    assert list(map(without_chance, console)) == list(map(without_chance, api))
    assert console
    assert items == others or row.name == "request-access"


NO_OBJECT = {"engagement": "", "subject": "", "details": {}}
"""The fields that the entry of a refused form about several rows leaves empty."""


@every("caller", [name for name, member in MEMBERS.items() if member])
@every("row", action_rows())
def test_the_console_and_the_api_record_the_same_refusal(row, caller):
    (cell,) = [cell for cell in row.cells if cell.caller == caller]
    if cell.status < 400:
        return
    (console, _), (api, _) = left_by_console(row, caller), left_by_api(row, caller)
    console = [replace(entry, **MORE_IN_REFUSALS.get(row.name, {})) for entry in console]
    if caller == "suspended" and row.route in FOR_MEMBERS:
        console, api = ([replace(e, details={}, role="") for e in each] for each in (console, api))
    if row.name in SEVERAL:
        console, api = ([replace(e, **NO_OBJECT) for e in each] for each in (console, api))
    count = len(api)
    assert list(map(without_chance, console[:count])) == list(map(without_chance, api))
    # The page that shows the refusal reads what it is about, and is refused that as well.
    assert {entry.action for entry in console[count:]} <= {Action.READ}
    assert api
