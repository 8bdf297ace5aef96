"""Every route by every kind of caller gives the status that the matrix says."""

from __future__ import annotations

import pytest

from app import app
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.trail import Outcome
from tests.builders import Scene, a_link, a_token, an_enrolment
from tests.entrypoints.driver import ADDRESS, Api
from tests.entrypoints.matrix import (
    BODIES,
    CALLERS,
    ENROL,
    PAGES,
    PATH,
    QUERIES,
    VEND,
    Cell,
    ask,
    cells,
    routes,
)
from tests.fakes import World

SERVED = {f"{method} {path}" for path, methods in app.routes.items() for method in methods}


def test_the_matrix_has_every_route_and_no_other() -> None:
    assert {*routes(), *PAGES} == {cell.route for cell in cells()} == SERVED
    assert {cell.caller for cell in cells()} == set(CALLERS)


def test_every_valid_request_belongs_to_a_route() -> None:
    assert set(BODIES) | set(QUERIES) <= SERVED


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_a_caller_gets_what_the_matrix_says(api: Api, cell: Cell) -> None:
    answer = ask(api, cell.route, cell.caller)

    assert answer.status == cell.status, answer.text


@pytest.mark.parametrize("cell", [cell for cell in cells() if cell.status >= 400], ids=str)
def test_who_is_refused_changes_nothing_and_is_on_the_trail(api: Api, cell: Cell) -> None:
    ask(api, cell.route, cell.caller)

    entries = [(entry.actor, entry.outcome) for entry in api.world.entries]
    # Whom Daypass does not know, it cannot name.
    expected = [] if cell.caller == "nobody" else [(CALLERS[cell.caller], Outcome.REFUSED)]
    assert entries == expected
    assert not {"change", "issue", "probe", "settle issued"} & set(api.world.steps)


@pytest.mark.parametrize("route", [r for r in routes() if not r.startswith("GET")])
def test_what_changes_is_on_the_trail_with_who_did_it(api: Api, route: str) -> None:
    caller = next(c.caller for c in cells() if c.route == route and c.status < 400)
    ask(api, route, caller)

    assert api.world.entries
    who = "alice" if route == ENROL else CALLERS[caller]  # whose code it is
    assert {entry.actor for entry in api.world.entries} == {who}


def came_with(cell: Cell) -> str:
    """The id of what let them in: their token, or else the client's link, or the code."""
    if cell.route in PAGES:
        return a_link().id
    return an_enrolment().id if cell.route == ENROL else a_token(CALLERS[cell.caller]).id


@pytest.mark.parametrize("cell", cells(), ids=str)
def test_every_entry_says_with_which_token_and_from_where(api: Api, cell: Cell) -> None:
    ask(api, cell.route, cell.caller)

    for entry in api.world.entries:
        assert (entry.token, entry.address) == (came_with(cell), ADDRESS)


@pytest.mark.parametrize(
    "cell", [cell for cell in cells() if cell.status >= 400 and cell.caller != "nobody"], ids=str
)
def test_every_refusal_says_what_it_was_aimed_at(api: Api, cell: Cell) -> None:
    ask(api, cell.route, cell.caller)

    (entry,) = api.world.entries
    aims = {
        name: PATH[name] if f"{{{name}}}" in cell.route else QUERIES.get(cell.route, {}).get(name)
        for name in ("engagement", "role", "member")
    }
    if cell.route == VEND:
        aims["role"] = "readonly"  # as its body says
    if cell.route.endswith("/reinstate"):
        aims["member"] = "sam"
    if aims["member"] == entry.actor:
        aims["member"] = ""
    assert {
        "engagement": entry.engagement,
        "role": entry.role,
        "member": entry.subject,
    } == {name: text or "" for name, text in aims.items()}
    for name in ("token", "link"):
        assert (f"{{{name}}}" in cell.route) == (name in entry.details)


def test_a_refusal_is_found_with_its_engagement(api: Api) -> None:
    ask(api, "PATCH /v1/engagements/{engagement}/roles/{role}", "other")

    found = api.get("/v1/trail", "ada", query={"engagement": "acme-prod"}).json["entries"]
    assert [(one["actor"], one["reason"]) for one in found] == [("bob", "lead-only")]


@pytest.mark.parametrize("engagement", ["no-such-client", "Not%20An%20Id"])
def test_but_not_where_there_is_none(api: Api, engagement: str) -> None:
    path = f"/v1/engagements/{engagement}/roles/readonly"
    answer = ask(api, "PATCH /v1/engagements/{engagement}/roles/{role}", "other", path=path)

    assert (answer.status, answer.reason) == (403, "lead-only")
    (entry,) = api.world.entries
    assert (entry.engagement, entry.role) == ("", "readonly")
    is_one = engagement == "no-such-client"
    assert entry.details == ({"asked_for": engagement} if is_one else {})


@pytest.mark.parametrize("route", [r for r in routes() if r.startswith("GET")])
def test_who_only_reads_changes_nothing(api: Api, scene: Scene, route: str) -> None:
    before = dict(scene.world.items)
    ask(api, route, "lead")

    assert scene.world.items == before
    assert not scene.world.entries


def test_a_revoked_token_is_known_from_the_next_request_on(api: Api) -> None:
    """No answer about a token is kept anywhere between two requests."""
    assert api.get("/v1/me", "alice").status == 200
    token = _token_of("alice", api.world)
    api.post(f"/v1/members/alice/tokens/{token.id}/revoke", "lena", {"reason": "lost"})

    answer = api.get("/v1/me", "alice")

    assert (answer.status, answer.reason) == (401, "token-revoked")


def _token_of(member: str, world: World) -> Token:
    (found,) = world.find(Token, where=lambda token: token.member == member)
    return found
