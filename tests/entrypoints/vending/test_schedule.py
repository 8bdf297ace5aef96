"""The function that counts sessions never raises, and reports no error's text."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.vending.schedule import watch
from tests.entrypoints.conftest import Output
from tests.entrypoints.driver import Api
from tests.entrypoints.matrix import ask
from tests.entrypoints.valid import VEND
from tests.entrypoints.verification.test_schedule import EVENT, Context


def invoke() -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(json.dumps(watch(EVENT, Context())))
    return answer


def test_a_run_is_one_line_of_numbers(api: Api, output: Output) -> None:
    for _ in range(101):
        ask(api, VEND, "member")
    output.lines()
    assert invoke() == {"alive": 101, "too_many": 1, "recorded": 1}
    line = output.lines()[-1]
    assert (line["message"], line["correlation_id"]) == ("watch", "invocation-1")
    assert (line["alive"], line["too_many"], line["recorded"]) == (101, 1, 1)
    assert line["LiveSessions"] == [101.0]
    assert [event.alert for event in api.world.alerts] == ["many-sessions"]


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (Unavailable(Reason.RECORDS_UNAVAILABLE), "records-unavailable"),
        (RuntimeError("secret"), "internal-error"),
    ],
)
def test_every_error_is_reported_without_its_text(
    api: Api, output: Output, error: Exception, ended: str
) -> None:
    for _ in range(101):
        ask(api, VEND, "member")
    api.world.fails_at("change", error)
    assert invoke()["ended"] == ended
    assert "secret" not in output.text
