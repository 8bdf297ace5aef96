"""Each job stores its last start and end, and does its work even if it cannot."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.job_runs import JobRun, StoredJob
from chalicelib.domain.reasons import Reason
from chalicelib.entrypoints.vending.cut_off_job import cut_off
from chalicelib.entrypoints.vending.schedule import watch
from chalicelib.entrypoints.verification.schedule import sweep
from chalicelib.entrypoints.web.overview_job import overview
from tests.entrypoints.driver import Api
from tests.entrypoints.watched.scenarios import EVENT, Context
from tests.fakes import NOON

JOBS: dict[StoredJob, Callable[..., Any]] = {
    StoredJob.SWEEP: sweep,
    StoredJob.WATCH: watch,
    StoredJob.CUT_OFF: cut_off,
    StoredJob.OVERVIEW: overview,
}
COUNT = "chalicelib.entrypoints.vending.schedule.watch_sessions"


def now(api: Api) -> datetime:
    return api.world.ports().now()


def stored(api: Api, job: StoredJob = StoredJob.WATCH) -> JobRun | None:
    run: JobRun | None = api.world.ports().state.get(JobRun, job.value)
    return run


@pytest.mark.parametrize("job", JOBS)
def test_a_job_stores_its_run(api: Api, job: StoredJob) -> None:
    JOBS[job](EVENT, Context())
    run = stored(api, job)
    assert run is not None
    assert (run.started_at, run.ended_at, run.ended) == (NOON, now(api), "all-done")
    api.world.later(minutes=1)
    started_at = now(api)
    JOBS[job](EVENT, Context())
    run = stored(api, job)
    assert run is not None
    assert (run.started_at, run.ended_at, run.version) == (started_at, now(api), 4)


def test_a_killed_run_has_started_and_not_ended(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    watch(EVENT, Context())
    api.world.later(minutes=5)

    def is_killed(_: object) -> None:
        raise SystemExit  # AWS Lambda ends the process

    monkeypatch.setattr(COUNT, is_killed)
    with pytest.raises(SystemExit):
        watch(EVENT, Context())
    run = stored(api)
    assert run is not None
    assert run.is_open
    assert (run.started_at, run.ended_at) == (now(api), NOON)


def test_a_failed_run_stores_a_code_and_no_text(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> None:
        raise ValueError("a secret")

    monkeypatch.setattr(COUNT, fails)
    watch(EVENT, Context())
    run = stored(api)
    assert run is not None
    assert run.ended == Reason.BUG.value


@pytest.mark.parametrize("error", [Unavailable(Reason.RECORDS_UNAVAILABLE), ValueError("a secret")])
def test_a_job_whose_run_cannot_be_stored_does_its_work(
    api: Api, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    api.world.fails_at("save", error)
    with caplog.at_level(logging.WARNING):
        assert watch(EVENT, Context()) == {"alive": 0, "too_many": 0, "recorded": 0}
    assert stored(api) is None
    (line,) = [record for record in caplog.records if record.message == "run not stored"]
    assert (vars(line)["job"], vars(line)["error"]) == ("watch", type(error).__name__)
    assert "secret" not in str(vars(line))


def test_an_end_that_cannot_be_stored_leaves_the_run_open(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)

    monkeypatch.setattr("chalicelib.entrypoints.http.jobs.store_end", fails)
    assert watch(EVENT, Context()) == {"alive": 0, "too_many": 0, "recorded": 0}
    run = stored(api)
    assert run is not None
    assert run.is_open


def test_a_run_that_began_since_keeps_its_item(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs overlap: the first that started does not say that the second has ended."""
    from chalicelib.usecases.vending.watch import watch_sessions

    def starts_another(ports: Any) -> Any:
        monkeypatch.setattr(COUNT, lambda _: (_ for _ in ()).throw(SystemExit))
        api.world.later(minutes=1)
        with pytest.raises(SystemExit):
            watch(EVENT, Context())
        return watch_sessions(ports)

    monkeypatch.setattr(COUNT, starts_another)
    assert watch(EVENT, Context())["alive"] == 0
    run = stored(api)
    assert run is not None
    assert run.is_open
    assert run.started_at == now(api)
