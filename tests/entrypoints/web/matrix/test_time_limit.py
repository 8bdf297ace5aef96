"""A page answers in time even if DynamoDB answers slowly: it then says what it could not read."""

from __future__ import annotations

import json

import pytest

from chalicelib.adapters.dynamodb.connection import CONFIG
from chalicelib.entrypoints.web import time_limit
from tests.entrypoints.driver import Api, Response, fresh_api
from tests.entrypoints.web.entering import enter, open_page, page_routes
from tests.entrypoints.web.matrix.table import ActionRow, action_rows, browser_of
from tests.entrypoints.web.matrix.test_bad_days import says_what_it_did_not_read
from tests.entrypoints.web.matrix.test_matrix import open_action
from tests.rows import every
from tests.running import ROOT

FUNCTION_SECONDS = json.loads((ROOT / ".chalice" / "config.json").read_text("utf-8"))[
    "lambda_timeout"
]


class Clock:
    """A clock on which each read takes some seconds."""

    def __init__(self, api: Api, seconds_per_read: float) -> None:
        self.now, self.start = 0.0, 0.0
        self._seconds = seconds_per_read
        api.world.before = self._read

    def monotonic(self) -> float:
        return self.now

    def _read(self, _step: str) -> None:
        self.now += self._seconds


def longest_call() -> float:
    """Return the seconds that one call of DynamoDB takes at most, pauses included."""
    attempts = CONFIG.retries["total_max_attempts"]
    return float(attempts * (CONFIG.connect_timeout + CONFIG.read_timeout) + 1)


def test_the_last_read_ends_before_the_function_does() -> None:
    assert time_limit.TIME_TO_BEGIN + longest_call() < FUNCTION_SECONDS


@every("seconds", [2.5, 4.0, 11.0])
@every("route", page_routes, api=fresh_api)
def test_a_page_answers_in_time(
    api: Api, monkeypatch: pytest.MonkeyPatch, route: str, seconds: float
) -> None:
    """A read of several keys is one call to DynamoDB; the fakes count some as several steps."""
    browser = enter(api, "lena")
    clock = Clock(api, seconds)
    monkeypatch.setattr(time_limit, "time", clock)
    assert answers_after(clock, open_page(browser, route)) < time_limit.TIME_TO_BEGIN + 3 * seconds


@every("row", action_rows, api=fresh_api)
def test_an_actions_page_answers_in_time(
    api: Api, monkeypatch: pytest.MonkeyPatch, row: ActionRow
) -> None:
    """It begins no second read after the first one took eleven seconds."""
    row.prepare(api.world)
    browser = browser_of(api, row.caller)
    clock = Clock(api, 11.0)
    monkeypatch.setattr(time_limit, "time", clock)
    assert answers_after(clock, open_action(browser, row.name)) == 11.0


def answers_after(clock: Clock, answer: Response) -> float:
    """Return the seconds after which the answer came. If it is refused, it says what is missing."""
    assert answer.status in (200, 303, 503), answer.text
    if answer.status == 503:
        assert says_what_it_did_not_read(answer)
    return clock.now
