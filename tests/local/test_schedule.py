"""The local stack runs the scheduled functions, as Amazon EventBridge does on AWS."""

import time
from typing import cast

from chalicelib.domain.job_runs import StoredJob
from local.functions import Functions
from local.schedule import EVERY_SECONDS, Schedule


class Recorder:
    """Records the functions that run."""

    def __init__(self):
        self.runs = []

    def run_scheduled(self, function):
        self.runs.append(function)

    def kick_cut_off(self):
        self.runs.append("CutOff")

    def kick_notify(self):
        self.runs.append("Notify")

    def kick_overview(self):
        self.runs.append("Overview")

    def wait_for(self, count):
        """Return the runs, sorted, when there are so many. Some begin in a thread."""
        for _ in range(100):
            if len(self.runs) >= count:
                break
            time.sleep(0.01)
        return sorted(self.runs)


def test_each_function_runs_when_its_time_has_come(monkeypatch):
    now = 1000.0
    monkeypatch.setattr("local.schedule.time.monotonic", lambda: now)
    functions = Recorder()
    schedule = Schedule(cast("Functions", functions))
    schedule.start()
    assert functions.runs == ["Sweep", "Watch"]
    schedule.run_due()
    schedule.run_due()
    assert functions.wait_for(4) == ["CutOff", "Notify", "Sweep", "Watch"]
    functions.runs.clear()
    now += 3600
    schedule.run_due()
    assert functions.wait_for(6) == sorted(EVERY_SECONDS)


def test_every_job_that_stores_its_runs_is_scheduled():
    assert {name.lower() for name in EVERY_SECONDS} == {
        job.value.replace("_", "") for job in StoredJob
    }
