"""Run the scheduled function Overview, which makes the overview of the web console."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap
from chalicelib.entrypoints.http.framework import Blueprint, Rate
from chalicelib.entrypoints.http.jobs import Invocation, ReportFailure, run_job, schedule_job
from chalicelib.usecases.engagements.overview import OverviewSummary, make_overview

blueprint = Blueprint(__name__)


@schedule_job(blueprint, Rate(1, unit=Rate.HOURS), "overview")
def overview(run: Invocation) -> dict[str, Any]:
    """Make the overview, and log the numbers of the run."""

    def make(context: Any, _report_failure: ReportFailure) -> OverviewSummary:
        """Return the numbers of this run."""

        def time_left() -> float:
            """Return the seconds that this run has left."""
            return float(context.get_remaining_time_in_millis() / 1000)

        return make_overview(bootstrap.ports(), time_left=time_left)

    return run_job("overview", run, make)
