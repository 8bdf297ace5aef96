"""The scheduled function Watch."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap
from chalicelib.entrypoints.http.framework import Blueprint, Rate
from chalicelib.entrypoints.http.jobs import Invocation, ReportFailure, run_job, schedule_job
from chalicelib.usecases.vending.watch import WatchSummary, watch_sessions

blueprint = Blueprint(__name__)


@schedule_job(blueprint, Rate(5, unit=Rate.MINUTES), "watch")
def watch(run: Invocation) -> dict[str, Any]:
    """Record members with too many live sessions, and log the number of live sessions."""

    def count_sessions(_context: Any, _failed: ReportFailure) -> WatchSummary:
        return watch_sessions(bootstrap.ports())

    return run_job("watch", run, count_sessions, {"alive": "LiveSessions"})
