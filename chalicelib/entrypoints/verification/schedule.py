"""What checks clients' roles by itself."""

from __future__ import annotations

from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib import bootstrap
from chalicelib.entrypoints.http.jobs import Invocation, ReportFailure, run_job, scheduled
from chalicelib.usecases.people.unfinished_stops import finish_stops
from chalicelib.usecases.verification.sweep import SweepSummary
from chalicelib.usecases.verification.sweep import sweep as sweep_now

blueprint = Blueprint(__name__)


@scheduled(blueprint, Rate(1, unit=Rate.HOURS), "sweep")
def sweep(run: Invocation) -> dict[str, Any]:
    """Finish revocations that were broken off, check the engagements that are due, and log what
    came of it in numbers."""

    def job(context: Any, failed: ReportFailure) -> SweepSummary:
        ports = bootstrap.ports()
        try:
            finish_stops(ports, failed)
        except Exception as error:  # noqa: BLE001 - it must not keep roles from being checked
            failed(error)
        return sweep_now(
            ports,
            time_left=lambda: context.get_remaining_time_in_millis() / 1000,
            failed=failed,
        )

    return run_job("sweep", run, job)
