"""Run the scheduled function Sweep, which checks clients' roles and looks up what their sessions
did."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap
from chalicelib.entrypoints.http.framework import Blueprint, Rate
from chalicelib.entrypoints.http.jobs import Invocation, ReportFailure, run_job, schedule_job
from chalicelib.usecases.evidence.event_look_up import look_up_events
from chalicelib.usecases.people.unfinished_stops import finish_stops
from chalicelib.usecases.verification.sweep import SweepSummary
from chalicelib.usecases.verification.sweep import sweep as check_due_roles

blueprint = Blueprint(__name__)


@schedule_job(blueprint, Rate(1, unit=Rate.HOURS), "sweep")
def sweep(run: Invocation) -> dict[str, Any]:
    """Finish interrupted revocations, make the role checks and the look-ups of events that are due,
    and log the counts."""

    def finish_stops_and_check_roles(context: Any, report_failure: ReportFailure) -> SweepSummary:
        """Return the numbers of this run. Report a failure to finish a stop or to look events up,
        and continue."""
        ports = bootstrap.ports()

        def time_left() -> float:
            """Return the seconds that this run has left."""
            return float(context.get_remaining_time_in_millis() / 1000)

        try:
            # A stop is a stored revocation. A function that was killed may have applied it only
            # in part.
            finish_stops(ports, report_failure)
        except Exception as error:  # noqa: BLE001 - a failure must not prevent the checks below
            report_failure(error)
        summary = check_due_roles(ports, time_left=time_left, report_failure=report_failure)
        try:
            summary.compared = look_up_events(
                ports, time_left=time_left, report_failure=report_failure
            )
        except Exception as error:  # noqa: BLE001 - the checks above are made and stored
            report_failure(error)
        return summary

    return run_job("sweep", run, finish_stops_and_check_roles)
