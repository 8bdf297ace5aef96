"""Run Sweep, the scheduled check of clients' roles."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib import bootstrap
from chalicelib.entrypoints.http.jobs import Invocation, ReportFailure, run_job, schedule_job
from chalicelib.usecases.people.unfinished_stops import finish_stops
from chalicelib.usecases.verification.sweep import SweepSummary
from chalicelib.usecases.verification.sweep import sweep as sweep_now

blueprint = Blueprint(__name__)


@schedule_job(blueprint, Rate(1, unit=Rate.HOURS), "sweep")
def sweep(run: Invocation) -> dict[str, Any]:
    """Finish interrupted revocations, check the roles that are due, and log the counts."""

    def job(context: Any, report_failure: ReportFailure) -> SweepSummary:
        ports = bootstrap.ports()
        try:
            # A stop is a stored revocation. A killed function can leave one half applied.
            finish_stops(ports, report_failure)
        except Exception as error:  # noqa: BLE001 - a failure must not prevent the checks below
            report_failure(error)
        return sweep_now(
            ports,
            time_left=lambda: context.get_remaining_time_in_millis() / 1000,
            report_failure=report_failure,
        )

    return run_job("sweep", run, job)
