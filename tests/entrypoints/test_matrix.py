"""Every route by every kind of caller gives the status that the matrix says."""

from app import app
from chalicelib.domain.trail import CLIENT, Action, Outcome
from chalicelib.entrypoints.http.routes import ROUTES
from tests.builders import a_binding, a_link, a_token, an_approver_link, an_enrolment
from tests.entrypoints.driver import ADDRESS, fresh_api
from tests.entrypoints.http.contract import check
from tests.entrypoints.matrix import (
    ACCESS_PAGES,
    ACTIONS,
    APPROVER_PAGES,
    CALLERS,
    CODE_ROUTES,
    OTHER_PATH,
    PAGES,
    PATH,
    SLACKS,
    ask,
    cells,
    prepare,
    routes,
    with_token,
)
from tests.entrypoints.valid import BODIES, QUERIES, REQUEST, VEND
from tests.rows import every

LEADS = "PATCH /v1/engagements/{engagement}/grants/{member}"
SERVED = {
    f"{method} {path}"
    for path, methods in app.routes.items()
    for method in methods
    if not path.startswith("/web")  # the web console has a matrix of its own
}


def test_the_matrix_has_every_route_and_no_other():
    assert {*routes(), *PAGES, *SLACKS} == {cell.route for cell in cells()} == SERVED
    assert {cell.caller for cell in cells()} == set(CALLERS)


def test_every_valid_request_belongs_to_a_route():
    assert set(BODIES) | set(QUERIES) <= SERVED


ROUTE = {f"{route.method} {route.path}": route for route in ROUTES}
ENTERING = {name for name, route in ROUTE.items() if route.assumes_role}


@every("cell", cells(), api=fresh_api)
def test_a_caller_gets_what_the_matrix_says_as_it_is_documented(api, cell):
    """Only routes that are declared for it enter the client's account, for callers they serve."""
    answer = ask(api, cell.route, cell.caller)

    assert answer.status == cell.status, answer.text
    check(cell.route, answer)
    if cell.route == ACTIONS:
        assert answer.text == ""  # Slack shows nothing of it
    elif answer.status < 400 and cell.route not in PAGES:
        assert answer.headers["Content-Type"] == "application/json"
    entered = {"issue", "probe"} & set(api.world.steps)
    assert bool(entered) is (cell.route in ENTERING and cell.status < 400)


@every("route", with_token(), api=fresh_api)
def test_a_request_without_a_token_reads_no_records(api, route):
    ask(api, route, "nobody")

    assert not api.world.steps
    assert not api.world.entries  # an unknown caller has no name to record


def refusals():
    """Return one refused caller for every route, and all refused callers of a vend and of a lead's
    route. A vend refuses by its own rule, and all other routes by a common one."""
    matches = [cell for cell in cells() if cell.status >= 400 and cell.caller != "nobody"]
    one_each = {cell.route: cell for cell in reversed(matches)}.values()
    return [*one_each, *[c for c in matches if c.route in (VEND, LEADS) and c not in one_each]]


@every("cell", refusals, api=fresh_api)
def test_a_refused_request_changes_nothing_and_is_on_the_trail_with_its_target(api, cell):
    ask(api, cell.route, cell.caller)

    (entry,) = api.world.entries
    assert (entry.actor, entry.outcome) == (CALLERS[cell.caller], Outcome.REFUSED)
    assert entry.action is ROUTE[cell.route].action
    assert (entry.action is Action.READ) is (cell.route.startswith("GET") or cell.route == PREVIEW)
    assert (entry.token, entry.address) == (a_token(entry.actor).id, ADDRESS)
    assert not {"change", "issue", "probe", "put_outcome issued"} & set(api.world.steps)
    targets = {
        name: PATH[name] if f"{{{name}}}" in cell.route else QUERIES.get(cell.route, {}).get(name)
        for name in ("engagement", "role", "member")
    }
    if cell.route in (VEND, REQUEST):
        targets["role"] = "readonly"  # as its body says
    refused_unread = cell.caller == "suspended" or cell.route.endswith(("/confirm", "/revoke"))
    if "{request}" in cell.route and not refused_unread:
        targets |= {"engagement": "acme-prod", "role": "readonly", "member": "alice"}
    targets |= OTHER_PATH.get(cell.route, {})
    if targets["member"] == entry.actor:
        targets["member"] = ""
    assert {
        "engagement": entry.engagement,
        "role": entry.role,
        "member": entry.subject,
    } == {name: text or "" for name, text in targets.items()}
    for name in ("token", "link", "session", "request"):
        assert (f"{{{name}}}" in cell.route) == (name in entry.details)


PREVIEW = "POST /v1/previews/{name}"  # reads, and changes nothing
# Each part has an entry, and the last entry is about the whole.
SUMMARISED = ("POST /v1/clients/revoke", "POST /v1/members/{member}/leave")


@every("route", [r for r in (*routes(), *PAGES) if not r.startswith("GET")], api=fresh_api)
def test_a_change_is_on_the_trail_with_its_actor_and_reason(api, route):
    caller = next(c.caller for c in cells() if c.route == route and c.status < 400)
    ask(api, route, caller)

    entries = api.world.entries
    assert bool(entries) is (route != PREVIEW)
    member, came_with = let_in_by(route, CALLERS[caller])
    for entry in entries:
        assert (entry.actor, entry.token, entry.address) == (member, came_with, ADDRESS)
    if ROUTE[route].authentication.needs_token and entries:
        assert entries[-1 if route in SUMMARISED else 0].action is ROUTE[route].action
    if (reason := BODIES.get(route, {}).get("reason")) and entries:
        for entry in entries if route in SUMMARISED else entries[:1]:
            assert entry.details["said"] == reason


def let_in_by(route, member):
    """Return the actor, and the ID of the client's link, the code or the token that they used."""
    if route in ACCESS_PAGES:
        return "alice", a_binding().id
    if route in APPROVER_PAGES:
        return CLIENT, an_approver_link().id
    if route in PAGES:
        return CLIENT, a_link().id
    if route in CODE_ROUTES:
        return "alice", an_enrolment().id
    return member, a_token(member).id


@every("route", [r for r in routes() if r.startswith("GET")], api=fresh_api)
def test_reading_changes_nothing(api, route):
    prepare(api.world, route)
    before = dict(api.world.items)
    ask(api, route, "lead")

    assert api.world.items == before
    assert not api.world.entries


def test_a_revoked_token_is_refused_from_the_next_request(api):
    """No answer about a token is kept anywhere between two requests."""
    assert api.get("/v1/me", "alice").status == 200
    api.post(f"/v1/members/alice/tokens/{PATH['token']}/revoke", "lena", {"reason": "lost"})

    answer = api.get("/v1/me", "alice")

    assert (answer.status, answer.reason) == (401, "token-revoked")
