"""The verdict on each job's runs, and the one sentence about all of them."""

from __future__ import annotations

import importlib
import json
import re
from datetime import timedelta
from enum import StrEnum

import pytest

from chalicelib.domain.job_runs import JobRun, StoredJob
from chalicelib.domain.reasons import Reason
from chalicelib.domain.web.health import runs as health
from chalicelib.domain.web.health.runs import (
    RESULTS,
    SCHEDULES,
    Problem,
    Tone,
    judge_run,
    judge_runs,
    summarise,
)
from chalicelib.usecases.notifications import channel_run
from chalicelib.usecases.verification import sweep
from chalicelib.usecases.web.overview.job import OverviewEnd
from tests.fakes import NOON
from tests.rows import every
from tests.running import ROOT

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SWEEP, CUT_OFF, NOTIFY = StoredJob.SWEEP, StoredJob.CUT_OFF, StoredJob.NOTIFY


def run(
    job: StoredJob, ago: timedelta, ended_ago: timedelta | None = None, ended: str = "all-done"
) -> JobRun:
    """Return a run that started so long ago; the last end was so long ago, or never."""
    ended_at = None if ended_ago is None else NOON - ended_ago
    return JobRun(
        job=job,
        started_at=NOON - ago,
        ended_at=ended_at,
        ended="" if ended_at is None else ended,
    )


ROWS: dict[str, tuple[StoredJob, JobRun | None, Tone, str]] = {
    "nothing stored": (SWEEP, None, Tone.WAIT, "Not run yet"),
    "ended": (NOTIFY, run(NOTIFY, 59 * SECOND, 58 * SECOND), Tone.GOOD, "On time"),
    "due a while ago": (NOTIFY, run(NOTIFY, 5 * MINUTE, 5 * MINUTE), Tone.GOOD, "On time"),
    "overdue": (NOTIFY, run(NOTIFY, 5 * MINUTE + SECOND, 5 * MINUTE), Tone.BAD, "Late"),
    "every hour": (SWEEP, run(SWEEP, 75 * MINUTE, 74 * MINUTE), Tone.GOOD, "On time"),
    "every hour, overdue": (SWEEP, run(SWEEP, 76 * MINUTE, 75 * MINUTE), Tone.BAD, "Late"),
    "the first run": (SWEEP, run(SWEEP, 10 * MINUTE), Tone.GOOD, "Running"),
    "the first run, killed": (SWEEP, run(SWEEP, 12 * MINUTE + SECOND), Tone.BAD, "Did not end"),
    "a run": (CUT_OFF, run(CUT_OFF, MINUTE, 2 * MINUTE), Tone.GOOD, "Running"),
    "a run, killed": (CUT_OFF, run(CUT_OFF, 4 * MINUTE, 5 * MINUTE), Tone.BAD, "Did not end"),
    "each run killed": (CUT_OFF, run(CUT_OFF, SECOND, 9 * MINUTE), Tone.BAD, "Did not end"),
    "killed, and overdue": (CUT_OFF, run(CUT_OFF, HOUR, 2 * HOUR), Tone.BAD, "Late"),
    "out of time": (SWEEP, run(SWEEP, HOUR, MINUTE, "out-of-time"), Tone.WAIT, "On time"),
    "another run": (SWEEP, run(SWEEP, HOUR, MINUTE, "another-run"), Tone.GOOD, "On time"),
    "not delivered": (
        NOTIFY,
        run(NOTIFY, MINUTE, MINUTE, "not-delivered"),
        Tone.BAD,
        "Not delivered",
    ),
    "failed": (SWEEP, run(SWEEP, MINUTE, MINUTE, "internal-error"), Tone.BAD, "Failed"),
    "failed, and at work again": (
        SWEEP,
        run(SWEEP, MINUTE, HOUR, "records-unavailable"),
        Tone.BAD,
        "Failed",
    ),
    "a code of a later version": (SWEEP, run(SWEEP, MINUTE, MINUTE, "new"), Tone.BAD, "Failed"),
}


@every("job, stored, tone, status", ROWS.values())
def test_a_job_is_judged_by_its_last_start_and_end(
    job: StoredJob, stored: JobRun | None, tone: Tone, status: str
) -> None:
    row = judge_run(job, stored, NOON)
    assert (row.tone, row.status) == (tone, status)
    assert bool(row.runbook) == (tone is Tone.BAD or stored is None)
    if stored is not None:
        assert row.due_at == stored.started_at + SCHEDULES[job].every


GOOD = {job: run(job, 30 * SECOND, 20 * SECOND) for job in StoredJob}
KILLED = {CUT_OFF: run(CUT_OFF, 4 * MINUTE, 5 * MINUTE)}
FAILED = {SWEEP: run(SWEEP, MINUTE, MINUTE, "internal-error")}
SLOW = {SWEEP: run(SWEEP, HOUR, MINUTE, "out-of-time")}
WITHOUT_SWEEP = {job: stored for job, stored in GOOD.items() if job is not SWEEP}
BEHIND = (Problem("CutOff: Late.", "docs"),)
SENTENCES: dict[str, tuple[dict[StoredJob, JobRun], tuple[Problem, ...], Tone, str, int]] = {
    "all": (GOOD, (), Tone.GOOD, "All jobs ran on time.", 0),
    "a slow one": (GOOD | SLOW, (), Tone.GOOD, "All jobs ran on time.", 0),
    "a killed one": (GOOD | KILLED, (), Tone.BAD, "1 problem with the jobs.", 1),
    "two": (GOOD | KILLED | FAILED, (), Tone.BAD, "2 problems with the jobs.", 2),
    "work behind": (GOOD, BEHIND, Tone.BAD, "1 problem with the jobs.", 1),
    "one never": (
        WITHOUT_SWEEP,
        (),
        Tone.WAIT,
        "No job is late. Not run yet since this version: Sweep.",
        0,
    ),
    "one never, one killed": (
        WITHOUT_SWEEP | KILLED,
        (),
        Tone.BAD,
        "1 problem with the jobs. Not run yet: Sweep.",
        1,
    ),
}


@pytest.mark.parametrize(
    ("stored", "behind", "tone", "text", "problems"), SENTENCES.values(), ids=SENTENCES
)
def test_one_sentence_says_whether_all_jobs_ran(
    stored: dict[StoredJob, JobRun],
    behind: tuple[Problem, ...],
    tone: Tone,
    text: str,
    problems: int,
) -> None:
    summary = summarise(judge_runs(stored, NOON), behind)
    assert (summary.tone, summary.text, len(summary.problems)) == (tone, text, problems)
    assert all(problem.runbook for problem in summary.problems)


@pytest.mark.parametrize(
    "ends", [sweep.RunEnd, channel_run.RunEnd, OverviewEnd], ids=["sweep", "notify", "overview"]
)
def test_every_end_of_a_job_has_words(ends: type[StrEnum]) -> None:
    assert {end.value for end in ends} - {reason.value for reason in Reason} <= RESULTS.keys()


def test_schedules_and_timeouts_are_those_of_the_deployment() -> None:
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    functions = config["stages"]["prod"]["lambda_functions"]
    app = importlib.import_module("app").app
    rates = {each.name: each.schedule_expression.to_string() for each in app.event_sources}
    for job, schedule in SCHEDULES.items():
        seconds = functions.get(job.value, config).get("lambda_timeout")
        assert schedule.timeout.total_seconds() == seconds
        number, unit = re.fullmatch(r"rate\((\d+) (\w+?)s?\)", rates[job]).groups()  # type: ignore[union-attr]
        assert schedule.every == timedelta(**{f"{unit}s": int(number)})


def test_every_runbook_has_its_heading() -> None:
    runbooks = [
        value for value in vars(health).values() if isinstance(value, str) and "docs/runb" in value
    ]
    assert len(runbooks) == 7
    for runbook in runbooks:
        page, heading = runbook.split(", ")
        assert f"\n## {heading.strip('“”')}\n" in (ROOT / page).read_text()
