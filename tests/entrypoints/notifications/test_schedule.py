"""The function that tells people: one line of numbers. It fails in tests/entrypoints/watched."""

import json

import pytest

from chalicelib import bootstrap
from chalicelib.adapters.vending.kick import KICK
from chalicelib.domain.job_runs import JobRun
from chalicelib.entrypoints.notifications import schedule
from chalicelib.entrypoints.notifications.schedule import notify
from chalicelib.usecases.notifications.notify import NotifyPorts
from chalicelib.usecases.notifications.trail_run import TRAIL_LAG
from tests.builders import a_request
from tests.entrypoints.test_jobs import EVENT, Context
from tests.fakes import SECOND
from tests.usecases.notifications.notifying import NotifyScene

NUMBERS = {"sent": 0, "failed": 0, "given_up": 0, "late": 0, "expired": 0, "ended": "all-done"}


@pytest.fixture
def notifying(monkeypatch):
    notifying = NotifyScene()
    notifying.happens("alice")
    notifying.world.later(minutes=1)
    made = lambda: NotifyPorts(ports=notifying.scene.ports, channels=notifying.opens())  # noqa: E731
    monkeypatch.setattr(bootstrap, "notify_ports", made)
    monkeypatch.setattr(bootstrap, "ports", lambda: notifying.scene.ports)
    return notifying


def test_a_run_is_one_line_of_numbers(notifying, output):
    answer = json.loads(json.dumps(notify(EVENT, Context())))
    assert answer == NUMBERS | {"sent": 1}
    (line,) = output.lines()
    assert (line["message"], line["correlation_id"]) == ("notify", "invocation-1")
    assert {name: line[name] for name in NUMBERS} == NUMBERS | {"sent": 1}
    assert "_aws" not in line  # a zero would be a metric that costs
    assert notifying.sent == ["alice"]
    run = notifying.scene.ports.state.get(JobRun, "notify")
    assert (run.is_open, run.ended) == (False, "all-done")


def test_requests_that_expired_are_a_line_with_their_number(notifying, output):
    expired_at = notifying.world.clock.replace(second=0, microsecond=0) - SECOND
    notifying.world.add(a_request(expires_at=expired_at))
    assert notify(EVENT, Context())["expired"] == 1
    line, _ = output.lines()
    assert (line["message"], line["outcome"]) == ("request decided", "expired")
    assert line["RequestDecided"] == [1.0]


def test_a_requested_run_waits_until_the_new_entry_may_be_read(notifying, monkeypatch):
    waits = []
    monkeypatch.setattr(schedule, "pause", waits.append)
    assert notify(json.loads(KICK), Context())["sent"] == 1
    assert waits == [TRAIL_LAG.total_seconds() + 1]
    notify(EVENT, Context())
    assert len(waits) == 1
