"""Judge whether the scheduled jobs run, by the last start and the last end that each has stored."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.job_runs import ALL_DONE, JobRun, StoredJob
from chalicelib.domain.text import count_of
from chalicelib.domain.values import Value


class Tone(StrEnum):
    """How a row looks."""

    GOOD = "good"
    WAIT = "wait"
    BAD = "bad"
    PLAIN = "plain"


class Schedule(Value, frozen=True, kw_only=True):
    """A job's schedule."""

    name: str
    does: str
    text: str
    """Such as "every hour"."""
    every: timedelta
    may_lag: timedelta
    """How much later than that a run may start."""
    timeout: timedelta
    """Its function's timeout (.chalice/config.json)."""


SCHEDULES: Mapping[StoredJob, Schedule] = {
    StoredJob.SWEEP: Schedule(
        name="Sweep",
        does="checks roles, finishes revocations",
        text="every hour",
        every=timedelta(hours=1),
        may_lag=timedelta(minutes=15),
        timeout=timedelta(seconds=720),
    ),
    StoredJob.WATCH: Schedule(
        name="Watch",
        does="counts live sessions",
        text="every 5 minutes",
        every=timedelta(minutes=5),
        may_lag=timedelta(minutes=5),
        timeout=timedelta(seconds=25),
    ),
    StoredJob.CUT_OFF: Schedule(
        name="CutOff",
        does="ends live sessions",
        text="every minute",
        every=timedelta(minutes=1),
        may_lag=timedelta(minutes=4),
        timeout=timedelta(seconds=180),
    ),
    StoredJob.NOTIFY: Schedule(
        name="Notify",
        does="sends notifications",
        text="every minute",
        every=timedelta(minutes=1),
        may_lag=timedelta(minutes=4),
        timeout=timedelta(seconds=55),
    ),
    StoredJob.OVERVIEW: Schedule(
        name="Overview",
        does="prepares the near ends, failed checks and unused grants",
        text="every hour",
        every=timedelta(hours=1),
        may_lag=timedelta(minutes=15),
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

DID_NOT_RUN = "docs/runbooks/jobs.md, “Job did not run”"
FAILED = "docs/runbooks/jobs.md, “Job failed”"
NOT_DELIVERED = "docs/runbooks/jobs.md, “Notification failed”"
NOTIFICATIONS_LATE = "docs/runbooks/jobs.md, “Notifications late”"
CUT_OFF_LATE = "docs/runbooks/jobs.md, “Cut-off late”"
CHECKS_BEHIND = "docs/runbooks/jobs.md, “Daily check behind”"
MANY_SESSIONS = "docs/runbooks/people.md, “Many sessions”"


class RunRow(Value, frozen=True, kw_only=True):
    """One job: its last start and end, its result, and when it is due."""

    job: str
    does: str
    schedule: str
    tone: Tone
    status: str
    """One or two words, such as "On time"."""
    result: str = ""
    """How the run that last ended ended. Empty if none has."""
    started_at: datetime | None = None
    ended_at: datetime | None = None
    due_at: datetime | None = None
    """When the next run is due at the latest."""
    advice: str = ""
    runbook: str = ""
    """The runbook's page and heading. Empty if there is nothing to do."""

    @property
    def has_done_all(self) -> bool:
        """Return whether the job runs, and its last run did everything."""
        return self.tone is Tone.GOOD and self.result == RESULTS[ALL_DONE][0]


def judge_runs(runs: Mapping[StoredJob, JobRun], now: datetime) -> tuple[RunRow, ...]:
    """Return a row for each job that stores its runs."""
    return tuple(judge_run(job, runs.get(job), now) for job in StoredJob)


def judge_run(job: StoredJob, run: JobRun | None, now: datetime) -> RunRow:
    """Return the row of this job, whose stored run is None if it has stored none."""
    schedule = SCHEDULES[job]
    if run is None:
        return RunRow(
            job=schedule.name,
            does=schedule.does,
            schedule=schedule.text,
            tone=Tone.WAIT,
            status="Not run yet",
            advice=f"Its schedule is {schedule.text}. If that has passed, see the runbook.",
            runbook=DID_NOT_RUN,
        )
    result, result_tone = _describe_result(run)
    tone, status, advice, runbook = _judge(schedule, run, result_tone, now)
    return RunRow(
        job=schedule.name,
        does=schedule.does,
        schedule=schedule.text,
        tone=tone,
        status=status,
        result=result,
        started_at=run.started_at,
        ended_at=run.ended_at,
        due_at=run.started_at + schedule.every,
        advice=advice,
        runbook=runbook,
    )


def _describe_result(run: JobRun) -> tuple[str, Tone]:
    if run.ended_at is None:
        return "", Tone.GOOD
    return RESULTS.get(run.ended, (f"Failed: {run.ended}", Tone.BAD))


def _judge(
    schedule: Schedule, run: JobRun, result: Tone, now: datetime
) -> tuple[Tone, str, str, str]:
    """Return the row's tone, status, advice and runbook."""
    if now - run.started_at > schedule.every + schedule.may_lag:
        return Tone.BAD, "Late", "No run has started since it was due.", DID_NOT_RUN
    if _is_killed(schedule, run, now):
        advice = "A run started and did not end: AWS Lambda ended it, or its end was not stored."
        return Tone.BAD, "Did not end", advice, FAILED
    if result is Tone.BAD and run.ended == "not-delivered":
        return Tone.BAD, "Not delivered", "The next run tries again.", NOT_DELIVERED
    if result is Tone.BAD:
        return Tone.BAD, "Failed", "The next run tries again.", FAILED
    if run.is_open:
        return Tone.GOOD, "Running", "", ""
    return result, "On time", "", ""


def _is_killed(schedule: Schedule, run: JobRun, now: datetime) -> bool:
    """Return whether the open run is over its timeout, or no run has ended for too long."""
    if not run.is_open:
        return False
    longest = schedule.every + schedule.may_lag + schedule.timeout
    is_over = now - run.started_at > schedule.timeout
    return is_over or (run.ended_at is not None and now - run.ended_at > longest)


class Problem(Value, frozen=True):
    """One thing that needs someone, and its runbook, if there is one."""

    text: str
    runbook: str = ""


class HealthSummary(Value, frozen=True, kw_only=True):
    """The sentence at the top of the page, and what needs someone."""

    tone: Tone
    text: str
    problems: tuple[Problem, ...] = ()


def summarise(runs: Iterable[RunRow], behind: Iterable[Problem] = ()) -> HealthSummary:
    """Return the one sentence about all jobs. `behind` is work that is not done although its job
    may run."""
    rows = list(runs)
    problems = (
        *(
            Problem(f"{r.job}: {r.status}. {r.advice}", r.runbook)
            for r in rows
            if r.runbook and r.tone is Tone.BAD
        ),
        *behind,
    )
    missing = ", ".join(row.job for row in rows if row.started_at is None)
    if problems:
        text = f"{count_of(len(problems), 'problem')} with the jobs."
        more = f" Not run yet: {missing}." if missing else ""
        return HealthSummary(tone=Tone.BAD, text=text + more, problems=problems)
    if missing:
        text = f"No job is late. Not run yet since this version: {missing}."
        return HealthSummary(tone=Tone.WAIT, text=text)
    return HealthSummary(tone=Tone.GOOD, text="All jobs ran on time.")
