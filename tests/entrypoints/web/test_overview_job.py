"""Overview as Lambda runs it: it never fails, and logs numbers only."""

from __future__ import annotations

from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.web.overview.overview import Overview
from chalicelib.entrypoints.web.overview_job import overview
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import Api
from tests.entrypoints.verification.test_schedule import EVENT, Context

DONE = {
    "engagements": 2,
    "roles": 2,
    "members": 4,
    "access": 2,
    "days": 90,
    "ended": "all-done",
}


def test_a_run_is_one_line_of_numbers(api: Api, output: Output) -> None:
    assert overview(EVENT, Context()) == DONE
    (line,) = output.lines()
    assert line["message"] == "overview"
    assert {name: line[name] for name in DONE} == DONE
    assert api.world.find(Overview, where=lambda _: True)
    assert not api.world.entries


@pytest.mark.parametrize("event", [{}, None, [], "now", {"id": 7}])
def test_an_invocation_by_hand_runs_the_same(api: Api, event: Any) -> None:
    assert overview(event, Context()) == DONE


def test_a_run_that_has_too_little_time_to_read_everything_counts_as_failed(
    api: Api, output: Output
) -> None:
    result = overview(EVENT, Context(milliseconds=59_999))
    assert result["ended"] == Reason.BUG
    assert output.lines()[-1]["FailedRuns"] == [1.0]
    assert not api.world.items.keys() & {(Overview, ())}


def test_a_run_without_the_tables_says_so(api: Api) -> None:
    api.world.fails_at("save", Unavailable(Reason.RECORDS_UNAVAILABLE))
    assert overview(EVENT, Context())["ended"] == Reason.RECORDS_UNAVAILABLE
