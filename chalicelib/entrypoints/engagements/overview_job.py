"""Run the scheduled function Overview, which makes the overview of the web console."""

from __future__ import annotations

from chalicelib import bootstrap
from chalicelib.entrypoints.http.framework import Blueprint, Rate
from chalicelib.entrypoints.http.jobs import Invocation, schedule_job
from chalicelib.usecases.engagements.overview import OverviewSummary, make_overview

blueprint = Blueprint(__name__)


@schedule_job(blueprint, Rate(1, unit=Rate.HOURS))
def overview(run: Invocation) -> OverviewSummary:
    """Make the overview, and return the numbers of the run."""
    return make_overview(bootstrap.ports(), time_left=run.time_left)
