"""The scheduled jobs, and the last run of each."""

from __future__ import annotations

from enum import StrEnum
from typing import ClassVar

from chalicelib.domain.moments import Moment
from chalicelib.domain.values import JobState

ALL_DONE = "all-done"


class StoredJob(StrEnum):
    """A job that stores its runs. The prober has no access to the tables and stores none."""

    SWEEP = "sweep"
    WATCH = "watch"
    CUT_OFF = "cut_off"
    NOTIFY = "notify"
    OVERVIEW = "overview"


class JobRun(JobState, frozen=True, kw_only=True):
    """The last start and the last end of a job. A start keeps the end of the run before, so a job
    whose runs are all killed is known by its old end."""

    STORED_AS: ClassVar[str] = "job-run"
    KEY_FIELDS: ClassVar[tuple[str, ...]] = ("job",)

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
