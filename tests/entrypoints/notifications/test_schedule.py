"""The function that tells people: one line of numbers. It fails in tests/entrypoints/watched."""

from __future__ import annotations

import json

import pytest

from chalicelib import bootstrap
from chalicelib.entrypoints.notifications.schedule import notify
from chalicelib.usecases.notifications.ports import NotifyPorts
from tests.entrypoints.conftest import Output
from tests.entrypoints.verification.test_schedule import EVENT, Context
from tests.usecases.notifications.notifying import Telling

NUMBERS = {"told": 0, "failed": 0, "given_up": 0, "late": 0, "ended": "all-done"}


@pytest.fixture
def telling(monkeypatch: pytest.MonkeyPatch) -> Telling:
    telling = Telling()
    telling.happens("alice")
    telling.world.later(minutes=1)
    made = lambda: NotifyPorts(ports=telling.scene.ports, channels=telling.opens())  # noqa: E731
    monkeypatch.setattr(bootstrap, "notify_ports", made)
    return telling


def test_a_run_is_one_line_of_numbers(telling: Telling, output: Output) -> None:
    answer = json.loads(json.dumps(notify(EVENT, Context())))
    assert answer == NUMBERS | {"told": 1}
    (line,) = output.lines()
    assert (line["message"], line["correlation_id"]) == ("notify", "invocation-1")
    assert {name: line[name] for name in NUMBERS} == NUMBERS | {"told": 1}
    assert line["FailedNotices"] == [0.0]
    assert telling.told == ["alice"]
