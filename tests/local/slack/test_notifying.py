"""`notify` in the demo runs the function Notify with its own role, and shows what it posts."""

from types import SimpleNamespace

import pytest

from local.slack import notifying, workspace
from local.slack.__main__ import Demo
from local.slack.rendering import Rendering


def test_the_demo_waits_until_notify_reads_the_latest_entries(monkeypatch):
    from chalicelib.usecases.notifications.trail_run import TRAIL_LAG

    pauses = []

    def stop(seconds):
        pauses.append(seconds)
        raise TimeoutError

    monkeypatch.setattr(notifying.time, "sleep", stop)
    with pytest.raises(TimeoutError):
        notifying.run_notify(None, "")
    assert pauses[0] > TRAIL_LAG.total_seconds()


def test_the_demo_says_that_it_waits(capsys):
    shown = []

    def post():
        shown.append(capsys.readouterr().out)

    slack = SimpleNamespace(posted=[])
    for is_terminal in (True, False):
        demo = Demo(slack, Rendering({}), workspace.PEOPLE["lena"], is_terminal, post)
        demo._handle("notify")
    assert shown == ["(Daypass posts what is 6 seconds old ...)\n", "lena ▸ notify\n"]
