"""When DynamoDB is slow or does not answer, or something breaks: each page says so in time."""

import json
import re

import pytest

from chalicelib.adapters.dynamodb.connection import CONFIG
from chalicelib.entrypoints.web import authentication
from chalicelib.entrypoints.web.actions.declared import ACTIONS
from tests.entrypoints.driver import fresh_api
from tests.entrypoints.test_bad_days import SECRET, Bug, Run, calls_of, steps
from tests.entrypoints.web.entering import enter, open_page, page_routes
from tests.entrypoints.web.matrix.table import REPRESENTATIVES, ROWS, action_rows, browser_of
from tests.entrypoints.web.matrix.test_matrix import open_action, press
from tests.rows import every
from tests.running import ROOT
from tests.usecases.unreadable import UNAVAILABLE

AUTHENTICATION = 2
"""The first calls of each request: the session, then its token and member."""


def show_page(api, route):
    return open_page(enter(api, "lena"), route)


def show_form(api, name):
    ROWS[name].prepare(api.world)
    return open_action(browser_of(api, ROWS[name].caller), name)


def send_form(api, name):
    ROWS[name].prepare(api.world)
    return press(browser_of(api, ROWS[name].caller), name)


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


@every(
    "visit, step",
    lambda: [
        *((show_page, step) for step in steps(page_routes(), show_page)),
        *((show_form, step) for step in steps(ROWS, show_form)),
    ],
)
def test_a_page_says_which_part_or_effect_it_could_not_read(visit, step):
    name, number = step
    hides_nothing = calls_of(name, visit)[number] == HIDE_NOTHING.get(name)
    for lasts in (False, True):
        answer = Run(name, number, UNAVAILABLE, lasts, visit).answer()

        assert answer.status in (200, 503), answer.text
        assert says_what_it_did_not_read(answer) or hides_nothing, answer.text
        if number < AUTHENTICATION:
            assert answer.status == 503


@every("name, number", lambda: steps(REPRESENTATIVES, send_form))
def test_a_form_claims_no_success_if_a_call_fails(name, number):
    """A stop that is stored holds all the same: its page then says what is missing. The statuses
    are those of the API: tests/entrypoints/test_bad_days.py."""
    answer = Run(name, number, UNAVAILABLE, lasts=True, visit=send_form).answer()

    assert answer.status in (200, 303, 503), answer.text
    if answer.status == 303:
        assert ACTIONS[name].is_stop or number >= len(calls_of(name, send_form)) - 1


@pytest.mark.parametrize(
    ("name", "visit"),
    [
        ("/web/now", show_page),
        ("/web/why", show_page),
        *((name, send_form) for name in REPRESENTATIVES[:2]),
    ],
)
def test_a_bug_reveals_nothing(name, visit, output):
    for _, number in steps([name], visit):
        answer = Run(name, number, Bug(SECRET), visit=visit).answer()
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
        self.now = 0.0
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
