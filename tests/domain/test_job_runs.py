"""The verdict on each job's runs."""

import importlib
import json
import re
from datetime import timedelta

from chalicelib.domain.job_runs import RESULTS, SCHEDULES, JobRun, StoredJob, judge_run
from chalicelib.domain.reasons import Reason
from chalicelib.domain.text import Tone
from chalicelib.usecases.engagements.overview import OverviewEnd
from chalicelib.usecases.notifications import channel_run
from chalicelib.usecases.verification import sweep
from tests.fakes import NOON
from tests.rows import every
from tests.running import ROOT

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
SWEEP, CUT_OFF, NOTIFY = StoredJob.SWEEP, StoredJob.CUT_OFF, StoredJob.NOTIFY


def run(job, ago, ended_ago=None, ended="all-done"):
    """Return a run that started so long ago; the last end was so long ago, or never."""
    ended_at = None if ended_ago is None else NOON - ended_ago
    return JobRun(
        job=job,
        started_at=NOON - ago,
        ended_at=ended_at,
        ended="" if ended_at is None else ended,
    )


ROWS = {
    "ended": (run(NOTIFY, 59 * SECOND, 58 * SECOND), Tone.GOOD, "On time"),
    "due a while ago": (run(NOTIFY, 5 * MINUTE, 5 * MINUTE), Tone.GOOD, "On time"),
    "overdue": (run(NOTIFY, 5 * MINUTE + SECOND, 5 * MINUTE), Tone.BAD, "Late"),
    "every hour": (run(SWEEP, 75 * MINUTE, 74 * MINUTE), Tone.GOOD, "On time"),
    "every hour, overdue": (run(SWEEP, 76 * MINUTE, 75 * MINUTE), Tone.BAD, "Late"),
    "the first run": (run(SWEEP, 10 * MINUTE), Tone.GOOD, "Running"),
    "the first run, killed": (run(SWEEP, 12 * MINUTE + SECOND), Tone.BAD, "Did not finish"),
    "a run": (run(CUT_OFF, MINUTE, 2 * MINUTE), Tone.GOOD, "Running"),
    "a run, killed": (run(CUT_OFF, 4 * MINUTE, 5 * MINUTE), Tone.BAD, "Did not finish"),
    "each run killed": (run(CUT_OFF, SECOND, 9 * MINUTE), Tone.BAD, "Did not finish"),
    "killed, and overdue": (run(CUT_OFF, HOUR, 2 * HOUR), Tone.BAD, "Late"),
    "out of time": (run(SWEEP, HOUR, MINUTE, "out-of-time"), Tone.WAIT, "On time"),
    "another run": (run(SWEEP, HOUR, MINUTE, "another-run"), Tone.GOOD, "On time"),
    "not delivered": (run(NOTIFY, MINUTE, MINUTE, "not-delivered"), Tone.BAD, "Failed"),
    "failed": (run(SWEEP, MINUTE, MINUTE, "internal-error"), Tone.BAD, "Failed"),
    "at work again": (run(SWEEP, MINUTE, HOUR, "records-unavailable"), Tone.BAD, "Failed"),
    "a code of a later version": (run(SWEEP, MINUTE, MINUTE, "new"), Tone.BAD, "Failed"),
}


@every("stored, tone, state", ROWS.values())
def test_a_job_is_judged_by_its_last_start_and_end(stored, tone, state):
    assert judge_run(stored.job, stored, NOON) == (state, tone)


def test_every_end_of_a_job_has_words():
    ends = {end.value for kind in (sweep.RunEnd, channel_run.RunEnd, OverviewEnd) for end in kind}
    assert ends - {reason.value for reason in Reason} <= RESULTS.keys()


def test_schedules_and_timeouts_are_those_of_the_deployment():
    config = json.loads((ROOT / ".chalice" / "config.json").read_text())
    functions = config["stages"]["prod"]["lambda_functions"]
    app = importlib.import_module("app").app
    rates = {each.name: each.schedule_expression.to_string() for each in app.event_sources}
    for job, schedule in SCHEDULES.items():
        seconds = functions.get(job.value, config).get("lambda_timeout")
        assert schedule.timeout == seconds
        number, unit = re.fullmatch(r"rate\((\d+) (\w+?)s?\)", rates[job]).groups()
        assert timedelta(seconds=schedule.every) == timedelta(**{f"{unit}s": int(number)})
