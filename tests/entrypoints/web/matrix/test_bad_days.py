"""When DynamoDB does not answer, or something breaks: each page says so, and shows nothing old."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from chalicelib.usecases.ports import Ports
from tests.builders import Scene, a_scene
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import Response, served
from tests.entrypoints.test_bad_days import SECRET, Bug, Spied
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.entering import enter, open_page, page_routes, prepare_page
from tests.entrypoints.web.matrix.table import action_rows, browser_of
from tests.entrypoints.web.matrix.test_matrix import open_action, send_form

ROWS = {row.name: row for row in action_rows()}
Visit = Callable[[Browser, str], Response]
NOTHING_READ = Unavailable(Reason.RECORDS_UNAVAILABLE)
AUTHENTICATION = 2
"""The first calls of each request: the session, then its token and member."""


@dataclass(slots=True)
class Run:
    """One request in a fresh scene, of whose calls to the ports one fails."""

    name: str
    """A page's path, or an action's name."""
    visit: Visit
    failing: int | None = None
    error: Exception | None = None
    lasts: bool = False
    calls: list[str] = field(default_factory=list)
    scene: Scene = field(default_factory=a_scene)

    def answer(self) -> Response:
        row = ROWS.get(self.name)
        if row is not None:
            row.prepare(self.scene.world)
        with served(replace(self.scene, ports=self._spied(self.scene.ports))) as api:
            prepare_page(self.scene.world, self.name)
            browser = browser_of(api, row.caller) if row is not None else enter(api, "lena")
            return self.visit(browser, self.name)

    def _spied(self, ports: Ports) -> Ports:
        def spied(port: Any) -> Any:
            return Spied(port, self.calls, self.failing, self.error, self.lasts)

        return replace(
            ports, state=spied(ports.state), trail=spied(ports.trail), sts=spied(ports.sts)
        )


@cache
def calls_of(name: str, visit: Visit) -> tuple[str, ...]:
    """Return the calls that a request makes when all is well."""
    run = Run(name, visit)
    assert run.answer().status < 400
    return tuple(run.calls)


def steps(names: list[str], visit: Visit) -> list[Any]:
    return [
        pytest.param(name, number, id=f"{name}, call {number}: {call}")
        for name in names
        for number, call in enumerate(calls_of(name, visit))
    ]


def says_what_it_did_not_read(answer: Response) -> bool:
    """Return whether the page says that a part is missing, or that it could not be shown."""
    if answer.status == 503:
        return bool(re.search("<h1>", answer.text)) and answer.headers["Retry-After"] == "2"
    return bool(re.search(r'class="[^"]*\bunread\b|could not (?:be )?read', answer.text))


HIDE_NOTHING = {
    "/web/trail": "list_without_stops",
    "/web/why": "list_without_stops",
    "/web/sessions": "get_together",
}
"""Reads without which a page hides nothing: of lists of IDs that save typing, and of the names of
people and clients, whose IDs it then shows."""


def hides_nothing(route: str, number: int) -> bool:
    return calls_of(route, open_page)[number] == HIDE_NOTHING.get(route)


@pytest.mark.parametrize("lasts", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize(("route", "number"), steps(page_routes(), open_page))
def test_a_page_says_which_part_it_could_not_read(route: str, number: int, *, lasts: bool) -> None:
    answer = Run(route, open_page, number, NOTHING_READ, lasts).answer()

    assert answer.status in (200, 503), answer.text
    assert says_what_it_did_not_read(answer) or hides_nothing(route, number), answer.text
    if number < AUTHENTICATION:
        assert answer.status == 503


@pytest.mark.parametrize(("route", "number"), steps(page_routes(), open_page))
def test_a_bug_in_a_page_reveals_nothing(route: str, number: int, output: Output) -> None:
    reveals_nothing(Run(route, open_page, number, Bug(SECRET)), output)


@pytest.mark.parametrize("lasts", [False, True], ids=["once", "from then on"])
@pytest.mark.parametrize(("name", "number"), steps(list(ROWS), open_action))
def test_an_actions_page_says_if_it_cannot_read_its_effect(
    name: str, number: int, *, lasts: bool
) -> None:
    answer = Run(name, open_action, number, NOTHING_READ, lasts).answer()

    assert answer.status in (200, 503), answer.text
    assert says_what_it_did_not_read(answer), answer.text


@pytest.mark.parametrize(("name", "number"), steps(list(ROWS), send_form))
def test_a_form_claims_no_success_if_a_call_fails(name: str, number: int) -> None:
    """A stop that is stored holds all the same: its page then says what is missing. The statuses
    are those of the API: tests/entrypoints/test_bad_days.py."""
    answer = Run(name, send_form, number, NOTHING_READ, lasts=True).answer()

    assert answer.status in (200, 303, 503), answer.text
    if answer.status == 303:
        assert ACTIONS[name].is_stop or number >= len(calls_of(name, send_form)) - 1


def requests_a_cut_off(name: str, number: int) -> bool:
    """Return whether the stop holds by then, and this call requests its cut-off. Whatever goes
    wrong, the result says so."""
    calls = calls_of(name, send_form)
    return name == "revoke-session" and number > calls.index("put_end")


@pytest.mark.parametrize(
    ("name", "number"),
    [step for step in steps(list(ROWS), send_form) if not requests_a_cut_off(*step.values)],
)
def test_a_bug_in_an_action_reveals_nothing(name: str, number: int, output: Output) -> None:
    reveals_nothing(Run(name, send_form, number, Bug(SECRET)), output)


def reveals_nothing(run: Run, output: Output) -> None:
    answer = run.answer()
    output.lines()

    assert answer.status == 500, answer.text
    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert SECRET not in answer.text + output.text
    assert "Traceback" not in answer.text
