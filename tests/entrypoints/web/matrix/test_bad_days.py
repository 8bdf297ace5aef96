"""When DynamoDB is slow or does not answer, or something breaks: each page says so in time."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

import pytest
from msgspec.structs import replace

from chalicelib.adapters.dynamodb.connection import CONFIG
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.web import authentication
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from tests.builders import Scene, a_scene
from tests.entrypoints.driver import Response, fresh_api, served
from tests.entrypoints.test_bad_days import SECRET, Bug, Spied
from tests.entrypoints.web.browser import Browser
from tests.entrypoints.web.entering import enter, open_page, page_routes, prepare_page
from tests.entrypoints.web.matrix.table import action_rows, browser_of
from tests.entrypoints.web.matrix.test_matrix import open_action, press
from tests.rows import every
from tests.running import ROOT

ROWS = {row.name: row for row in action_rows()}
REPRESENTATIVES = (
    "revoke-member",
    "grant-access",
    "change-role",
    "verify-role",
    "approve-request",
)
"""A stop, an action that lets someone in, a form with a version, one that enters a client's
account, and one with several writes. All actions go through one function (`test_performing.py`)."""
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

    def answer(self):
        row = ROWS.get(self.name)
        if row is not None:
            row.prepare(self.scene.world)
        with served(replace(self.scene, ports=self._spied(self.scene.ports))) as api:
            prepare_page(self.scene.world, self.name)
            browser = browser_of(api, row.caller) if row is not None else enter(api, "lena")
            return self.visit(browser, self.name)

    def _spied(self, ports):
        def spied(port):
            return Spied(port, self.calls, self.failing, self.error, self.lasts)

        return replace(
            ports, state=spied(ports.state), trail=spied(ports.trail), sts=spied(ports.sts)
        )


@cache
def calls_of(name, visit):
    """Return the calls that a request makes when all is well."""
    run = Run(name, visit)
    assert run.answer().status < 400
    return tuple(run.calls)


def steps(names, visit):
    """Yield the name with the number of each call that the request makes."""
    for name in names:
        for number in range(len(calls_of(name, visit))):
            yield name, number


def says_what_it_did_not_read(answer):
    """Return whether the page says that a part is missing, or that it could not be shown."""
    if answer.status == 503:
        return bool(re.search("<h1>", answer.text)) and answer.headers["Retry-After"] == "2"
    return bool(re.search(r'class="[^"]*\bunread\b|could not (?:be )?read', answer.text))


HIDE_NOTHING = {
    "/web/trail": "list_ignoring_stops",
    "/web/why": "list_ignoring_stops",
}
"""Reads without which a page hides nothing: of lists of IDs that save typing, and of the names of
people and clients, whose IDs it then shows."""


def hides_nothing(route, number):
    return calls_of(route, open_page)[number] == HIDE_NOTHING.get(route)


@every("route, number", lambda: steps(page_routes(), open_page))
def test_a_page_says_which_part_it_could_not_read(route, number):
    for lasts in (False, True):
        answer = Run(route, open_page, number, NOTHING_READ, lasts).answer()

        assert answer.status in (200, 503), answer.text
        assert says_what_it_did_not_read(answer) or hides_nothing(route, number), answer.text
        if number < AUTHENTICATION:
            assert answer.status == 503


@every("name, number", lambda: steps(ROWS, open_action))
def test_an_actions_page_says_if_it_cannot_read_its_effect(name, number):
    answer = Run(name, open_action, number, NOTHING_READ).answer()

    assert answer.status in (200, 503), answer.text
    assert says_what_it_did_not_read(answer), answer.text


@every("name, number", lambda: steps(REPRESENTATIVES, press))
def test_a_form_claims_no_success_if_a_call_fails(name, number):
    """A stop that is stored holds all the same: its page then says what is missing. The statuses
    are those of the API: tests/entrypoints/test_bad_days.py."""
    answer = Run(name, press, number, NOTHING_READ, lasts=True).answer()

    assert answer.status in (200, 303, 503), answer.text
    if answer.status == 303:
        assert ACTIONS[name].is_stop or number >= len(calls_of(name, press)) - 1


@pytest.mark.parametrize(
    ("name", "visit"),
    [("/web/now", open_page), ("/web/why", open_page), *((n, press) for n in REPRESENTATIVES[:2])],
)
def test_a_bug_reveals_nothing(name, visit, output):
    for _, number in steps([name], visit):
        answer = Run(name, visit, number, Bug(SECRET)).answer()
        output.lines()

        assert answer.status == 500, answer.text
        assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
        assert SECRET not in answer.text + output.text
        assert "Traceback" not in answer.text


FUNCTION_SECONDS = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))[
    "lambda_timeout"
]


class Clock:
    """A clock on which each read takes some seconds."""

    def __init__(self, api, seconds_per_read):
        self.now, self.start = 0.0, 0.0
        self._seconds = seconds_per_read
        api.world.before = self._read

    def monotonic(self):
        return self.now

    def _read(self, _step):
        self.now += self._seconds


def longest_call():
    """Return the seconds that one call of DynamoDB takes at most, pauses included."""
    attempts = CONFIG.retries["total_max_attempts"]
    return float(attempts * (CONFIG.connect_timeout + CONFIG.read_timeout) + 1)


def test_the_last_read_ends_before_the_function_does():
    assert authentication.TIME_TO_BEGIN + longest_call() < FUNCTION_SECONDS


@every("seconds", [2.5, 4.0, 11.0])
@every("route", page_routes, api=fresh_api)
def test_a_page_answers_in_time(api, monkeypatch, route, seconds):
    """A read of several keys is one call to DynamoDB; the fakes count some as several steps."""
    browser = enter(api, "lena")
    clock = Clock(api, seconds)
    monkeypatch.setattr(authentication, "time", clock)
    assert (
        answers_after(clock, open_page(browser, route)) < authentication.TIME_TO_BEGIN + 3 * seconds
    )


@every("row", action_rows, api=fresh_api)
def test_an_actions_page_answers_in_time(api, monkeypatch, row):
    """It begins no second read after the first one took eleven seconds."""
    row.prepare(api.world)
    browser = browser_of(api, row.caller)
    clock = Clock(api, 11.0)
    monkeypatch.setattr(authentication, "time", clock)
    assert answers_after(clock, open_action(browser, row.name)) == 11.0


def answers_after(clock, answer):
    """Return the seconds after which the answer came. If it is refused, it says what is missing."""
    assert answer.status in (200, 303, 503), answer.text
    if answer.status == 503:
        assert says_what_it_did_not_read(answer)
    return clock.now
