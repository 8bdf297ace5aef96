"""Judge whether each scheduled job ran, by its last start and end. What a job found is on the
trail and raises alarms."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from chalicelib.domain.job_runs import ALL_DONE, JobRun, StoredJob
from chalicelib.domain.text import Tone
from chalicelib.domain.values import Value


class Schedule(Value, frozen=True, kw_only=True):
    """A job's schedule."""

    name: str
    does: str
    every: timedelta
    may_lag: timedelta
    """How much later than that a run may start."""
    timeout: timedelta
    """Its function's timeout (.chalice/config.json)."""


_MINUTE = timedelta(minutes=1)

SCHEDULES: Mapping[StoredJob, Schedule] = {
    StoredJob.SWEEP: Schedule(
        name="Sweep",
        does="checks roles and finishes revocations, every hour",
        every=60 * _MINUTE,
        may_lag=15 * _MINUTE,
        timeout=timedelta(seconds=720),
    ),
    StoredJob.WATCH: Schedule(
        name="Watch",
        does="counts live sessions, every 5 minutes",
        every=5 * _MINUTE,
        may_lag=5 * _MINUTE,
        timeout=timedelta(seconds=25),
    ),
    StoredJob.CUT_OFF: Schedule(
        name="CutOff",
        does="ends live sessions, every minute",
        every=_MINUTE,
        may_lag=4 * _MINUTE,
        timeout=timedelta(seconds=180),
    ),
    StoredJob.NOTIFY: Schedule(
        name="Notify",
        does="sends notifications, every minute",
        every=_MINUTE,
        may_lag=4 * _MINUTE,
        timeout=timedelta(seconds=55),
    ),
    StoredJob.OVERVIEW: Schedule(
        name="Overview",
        does="prepares the near ends, failed checks and unused grants, every hour",
        every=60 * _MINUTE,
        may_lag=15 * _MINUTE,
        timeout=timedelta(seconds=600),
    ),
}

RESULTS: Mapping[str, tuple[str, Tone]] = {
    ALL_DONE: ("All done", Tone.GOOD),
    "another-run": ("Another run did the work", Tone.GOOD),
    "out-of-time": ("Its time was up; the next run continues", Tone.WAIT),
    "not-delivered": ("A notification could not be delivered", Tone.BAD),
}
"""How a run can end, by its code. Every other code is a reason for a failure."""


def judge_run(job: StoredJob, run: JobRun | None, now: datetime) -> tuple[str, Tone]:
    """Return whether the job runs on time, in one or two words, with the mark for them. `run` is
    None if the job has stored none."""
    schedule = SCHEDULES[job]
    if run is None:
        return "Not run yet", Tone.WAIT
    if now - run.started_at > schedule.every + schedule.may_lag:
        return "Late", Tone.BAD
    if _is_killed(schedule, run, now):
        return "Did not end", Tone.BAD
    tone = _find_result(run)[1]
    if tone is Tone.BAD:
        return "Failed", tone
    return ("Running", Tone.GOOD) if run.is_open else ("On time", tone)


def describe_result(run: JobRun | None) -> str:
    """Return how the run that last ended ended; empty if none has."""
    return "" if run is None or run.ended_at is None else _find_result(run)[0]


def _find_result(run: JobRun) -> tuple[str, Tone]:
    if run.ended_at is None:
        return "", Tone.GOOD
    return RESULTS.get(run.ended, (f"Failed: {run.ended}", Tone.BAD))


def _is_killed(schedule: Schedule, run: JobRun, now: datetime) -> bool:
    """Return whether the open run is over its timeout, or no run has ended for too long."""
    if not run.is_open:
        return False
    longest = schedule.every + schedule.may_lag + schedule.timeout
    is_over = now - run.started_at > schedule.timeout
    return is_over or (run.ended_at is not None and now - run.ended_at > longest)
