"""The scheduled jobs, and whether each runs on time, by its last start and end. What a job found is
on the trail and raises alarms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from chalicelib.domain.moments import Moment
from chalicelib.domain.text import Tone
from chalicelib.domain.values import JobState

ALL_DONE = "all-done"


class StoredJob(StrEnum):
    """A job that stores its runs. The prober has no access to the tables and stores none."""

    SWEEP = "sweep"
    WATCH = "watch"
    CUT_OFF = "cut_off"
    NOTIFY = "notify"
    OVERVIEW = "overview"
    DIGEST = "digest"


class JobRun(JobState):
    """The last start and the last end of a job. A start keeps the end of the run before, so a job
    whose runs are all killed is known by its old end."""

    STORED_AS = "job-run"
    KEY_FIELDS = ("job",)

    job: StoredJob
    started_at: Moment
    ended_at: Moment | None = None
    """When a run last ended. None if none has."""
    ended: str = ""
    """How it ended: `RunEnd` of the job, or the code of a reason. Never a text."""

    @property
    def is_open(self) -> bool:
        """Return whether the last run that started has not ended: it is under way or killed."""
        return self.ended_at is None or self.ended_at < self.started_at


class Schedule(NamedTuple):
    """A job's schedule, in seconds."""

    name: str
    does: str
    every: int
    may_lag: int
    """How much later than that a run may start."""
    timeout: int
    """Its function's timeout (.chalice/config.json)."""


SCHEDULES: Mapping[StoredJob, Schedule] = {
    StoredJob.SWEEP: Schedule(
        "Sweep",
        "checks roles, finishes revocations and looks up events, every hour",
        3600,
        900,
        720,
    ),
    StoredJob.WATCH: Schedule("Watch", "counts live sessions, every 5 minutes", 300, 300, 25),
    StoredJob.CUT_OFF: Schedule("CutOff", "ends live sessions, every minute", 60, 240, 180),
    StoredJob.NOTIFY: Schedule("Notify", "sends notifications, every minute", 60, 240, 55),
    StoredJob.OVERVIEW: Schedule(
        "Overview",
        "lists near end dates, failed checks and unused grants, every hour",
        3600,
        900,
        600,
    ),
    StoredJob.DIGEST: Schedule(
        "Digest", "signs the trail of each finished hour, every hour", 3600, 900, 300
    ),
}

RESULTS: Mapping[str, tuple[str, Tone]] = {
    "": ("", Tone.GOOD),
    ALL_DONE: ("All done", Tone.GOOD),
    "another-run": ("Another run did the work", Tone.GOOD),
    "out-of-time": ("The run ran out of time; the next run continues", Tone.WAIT),
    "not-delivered": ("A notification could not be delivered", Tone.BAD),
}
"""How a run can end, by its code. Every other code is a reason for a failure."""


def describe_result(run: JobRun | None) -> tuple[str, Tone]:
    """Return the result of the last run that ended, with the mark for it. The result is empty if
    no run has ended."""
    code = run.ended if run is not None and run.ended_at is not None else ""
    return RESULTS.get(code, (f"Failed: {code}", Tone.BAD))


def judge_run(job: StoredJob, run: JobRun | None, now: datetime) -> tuple[str, Tone]:
    """Return whether the job runs on time, in one or two words, with the mark for them. `run` is
    None if the job has stored none."""
    if run is None:
        return "Not run yet", Tone.WAIT
    schedule, tone = SCHEDULES[job], describe_result(run)[1]
    longest_gap = timedelta(seconds=schedule.every + schedule.may_lag)  # between two starts
    timeout = timedelta(seconds=schedule.timeout)
    if now - run.started_at > longest_gap:
        return "Late", Tone.BAD
    # While a run is open, `ended_at` is the end of an earlier run. If that is long ago, the runs
    # since then were killed.
    is_ended_long_ago = run.ended_at is not None and now - run.ended_at > longest_gap + timeout
    if run.is_open and (now - run.started_at > timeout or is_ended_long_ago):
        return "Did not finish", Tone.BAD
    if tone is Tone.BAD:
        return "Failed", tone
    return ("Running", Tone.GOOD) if run.is_open else ("On time", tone)
