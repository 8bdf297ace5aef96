"""Store when a job's run began and how it ended, for the page Health."""

from __future__ import annotations

from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.job_runs import JobRun, StoredJob
from chalicelib.domain.values import next_version
from chalicelib.usecases.ports import Ports


def store_start(ports: Ports, job: StoredJob) -> JobRun | None:
    """Store that a run begins now. Return the stored item, or None if another run began at the same
    time and stored itself. Raise Unavailable if DynamoDB does not answer."""
    now = ports.now()
    stored = ports.state.get(JobRun, job.value)
    run = (
        JobRun(job=job, started_at=now) if stored is None else next_version(stored, started_at=now)
    )
    return _save(ports, run)


def store_end(ports: Ports, run: JobRun, ended: str) -> JobRun | None:
    """Store that the run has ended now, with this code. Leave the item alone, and return None, if
    another run has begun since. Raise Unavailable if DynamoDB does not answer."""
    return _save(ports, next_version(run, ended_at=ports.now(), ended=ended))


def _save(ports: Ports, run: JobRun) -> JobRun | None:
    try:
        ports.state.save(run)
    except FactsChanged:
        return None
    return run
