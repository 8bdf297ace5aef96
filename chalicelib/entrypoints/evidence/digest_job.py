"""Run the scheduled function Digest, which seals the finished hours of the trail."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap
from chalicelib.entrypoints.http.framework import Blueprint, Rate
from chalicelib.entrypoints.http.jobs import Invocation, ReportFailure, run_job, schedule_job
from chalicelib.usecases.evidence.digests import DigestSummary, seal_hours

blueprint = Blueprint(__name__)


@schedule_job(blueprint, Rate(1, unit=Rate.HOURS), "digest")
def digest(run: Invocation) -> dict[str, Any]:
    """Seal the finished hours, and log the numbers of the run."""

    def seal(context: Any, _report_failure: ReportFailure) -> DigestSummary:
        """Return the numbers of this run."""

        def time_left() -> float:
            """Return the seconds that this run has left."""
            return float(context.get_remaining_time_in_millis() / 1000)

        return seal_hours(bootstrap.digest_ports(), time_left=time_left)

    return run_job("digest", run, seal)
