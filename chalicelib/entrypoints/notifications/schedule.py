"""Send the notifications of new trail entries on a schedule."""

from __future__ import annotations

from time import sleep as pause
from typing import Any

from chalicelib import bootstrap
from chalicelib.domain.requests.outcomes import RequestOutcome
from chalicelib.entrypoints.http.framework import Blueprint, Rate
from chalicelib.entrypoints.http.jobs import Invocation, ReportFailure, run_job, schedule_job
from chalicelib.telemetry import build_metric_fields, logger
from chalicelib.usecases.notifications import notify as notifying
from chalicelib.usecases.notifications.trail_run import TRAIL_LAG, RunSummary

blueprint = Blueprint(__name__)

AFTER_KICK_SECONDS = TRAIL_LAG.total_seconds() + 1
"""How long a requested run waits. Earlier, it would leave the new entry to the next run."""


@schedule_job(blueprint, Rate(1, unit=Rate.MINUTES), "notify")
def notify(run: Invocation) -> dict[str, Any]:
    """Send notifications of new trail entries. Log how many were sent, and how many failed."""
    if run.is_kick:
        pause(AFTER_KICK_SECONDS)

    def send_notifications(context: Any, report_failure: ReportFailure) -> RunSummary:
        return notifying.notify(
            bootstrap.notify_ports(),
            time_left=lambda: context.get_remaining_time_in_millis() / 1000,
            report_failure=report_failure,
        )

    result = run_job(
        "notify", run, send_notifications, {"failed": "FailedNotices", "late": "NotifyOutOfTime"}
    )
    if expired := result.get("expired"):
        fields = build_metric_fields({"RequestDecided": expired}, outcome=RequestOutcome.EXPIRED)
        logger.info("request decided", extra=fields)
    return result
