"""Send the notifications of new trail entries on a schedule."""

from __future__ import annotations

from time import sleep as pause

from chalicelib import bootstrap
from chalicelib.domain.requests.outcomes import RequestOutcome
from chalicelib.entrypoints.http.framework import Blueprint, Rate
from chalicelib.entrypoints.http.jobs import Invocation, schedule_job
from chalicelib.telemetry import build_metric_fields, logger
from chalicelib.usecases.notifications import notify as notifying
from chalicelib.usecases.notifications.trail_run import TRAIL_LAG, RunSummary

blueprint = Blueprint(__name__)

AFTER_KICK_SECONDS = TRAIL_LAG.total_seconds() + 1
"""How long an invoked run waits. A run reads entries only up to TRAIL_LAG ago, so an earlier one
would leave the new entry to the next run."""


@schedule_job(
    blueprint,
    Rate(1, unit=Rate.MINUTES),
    {"failed": "FailedNotices", "late": "NotifyOutOfTime"},
)
def notify(run: Invocation) -> RunSummary:
    """Send notifications of new trail entries. Return how many were sent, and how many failed."""
    if run.is_kick:  # another function has just written an entry, and invoked this one
        # A run does not read the newest entries yet, because the trail's index is behind.
        pause(AFTER_KICK_SECONDS)
    summary = notifying.notify(
        bootstrap.notify_ports(), time_left=run.time_left, report_failure=run.report_failure
    )
    if summary.expired:
        # The metric RequestDecided also counts the requests that no one answered in time.
        counted = {"RequestDecided": summary.expired}
        fields = build_metric_fields(counted, outcome=RequestOutcome.EXPIRED)
        logger.info("request decided", extra=fields)
    return summary
