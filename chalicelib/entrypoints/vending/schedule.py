"""The scheduled function Watch."""

from __future__ import annotations

from chalicelib import bootstrap
from chalicelib.entrypoints.http.framework import Blueprint, Rate
from chalicelib.entrypoints.http.jobs import Invocation, schedule_job
from chalicelib.usecases.vending.watch import WatchSummary, watch_sessions

blueprint = Blueprint(__name__)


@schedule_job(blueprint, Rate(5, unit=Rate.MINUTES), {"alive": "LiveSessions"})
def watch(_: Invocation) -> WatchSummary:
    """Record members with too many live sessions, and return the number of live sessions."""
    return watch_sessions(bootstrap.ports())
