"""Every route by every kind of caller gives the status that the matrix says."""

from __future__ import annotations

import pytest

from app import app
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.trail import Outcome
from tests.builders import Scene
from tests.entrypoints.driver import Api
from tests.entrypoints.matrix import (
    BODIES,
    CALLERS,
    ENROL,
    PAGES,
    QUERIES,
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
    assert not {"change", "issue", "probe", "settle"} & set(api.world.steps)


@pytest.mark.parametrize("route", [r for r in routes() if not r.startswith("GET")])
def test_what_changes_is_on_the_trail_with_who_did_it(api: Api, route: str) -> None:
    caller = next(c.caller for c in cells() if c.route == route and c.status < 400)
    ask(api, route, caller)

    assert api.world.entries
    who = "alice" if route == ENROL else CALLERS[caller]  # whose code it is
    assert {entry.actor for entry in api.world.entries} == {who}


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
