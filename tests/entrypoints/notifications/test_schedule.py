"""The function that tells people: one line of numbers, and nothing if there is nobody to tell."""

from __future__ import annotations

import json
from typing import Any

import pytest

from chalicelib import bootstrap
from chalicelib.domain.errors import Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.notifications.schedule import notify
from chalicelib.usecases.notifications.ports import NotifyPorts
from tests.entrypoints.conftest import Output
from tests.entrypoints.verification.test_schedule import EVENT, Context
from tests.usecases.notifications.notifying import DOWN, Telling

NUMBERS = {"told": 0, "failed": 0, "given_up": 0, "late": 0, "ended": "all-done"}


@pytest.fixture
def telling(monkeypatch: pytest.MonkeyPatch) -> Telling:
    telling = Telling()
    telling.happens("alice")
    telling.world.later(minutes=1)
    made = lambda: NotifyPorts(ports=telling.scene.ports, channels=telling.opens())  # noqa: E731
    monkeypatch.setattr(bootstrap, "notify_ports", made)
    return telling


def invoke(**context: Any) -> dict[str, Any]:
    answer: dict[str, Any] = json.loads(json.dumps(notify(EVENT, Context(**context))))
    return answer


def test_a_run_is_one_line_of_numbers(telling: Telling, output: Output) -> None:
    assert invoke() == NUMBERS | {"told": 1}
    (line,) = output.lines()
    assert (line["message"], line["correlation_id"]) == ("notify", "invocation-1")
    assert {name: line[name] for name in NUMBERS} == NUMBERS | {"told": 1}
    assert line["FailedNotices"] == [0.0]
    assert telling.told == ["alice"]


def test_each_run_that_fails_is_counted(telling: Telling, output: Output) -> None:
    telling.channel.says = lambda _: DOWN
    for _ in range(3):
        assert invoke() == NUMBERS | {"failed": 1, "ended": "not-taken"}
    assert [line["FailedNotices"] for line in output.lines()] == [[1.0]] * 3


def test_with_little_time_left_nothing_is_begun(telling: Telling) -> None:
    assert invoke(milliseconds=19_000) == NUMBERS | {"late": 1, "ended": "out-of-time"}
    assert telling.told == []
    assert invoke()["told"] == 1


@pytest.mark.parametrize(
    ("error", "ended"),
    [
        (Unavailable(Reason.RECORDS_UNAVAILABLE), "records-unavailable"),
        (RuntimeError("secret"), "internal-error"),
    ],
)
def test_whatever_goes_wrong_is_an_answer_without_the_bugs_text(
    telling: Telling, output: Output, error: Exception, ended: str
) -> None:
    telling.world.fails_at("remember", error)
    assert invoke()["ended"] == ended
    assert "secret" not in output.text
