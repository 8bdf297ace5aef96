"""The function CutOff: it runs each minute, and at once after a revocation."""

from __future__ import annotations

from chalicelib import bootstrap
from chalicelib.entrypoints.http.framework import Blueprint, Rate
from chalicelib.entrypoints.http.jobs import Invocation, schedule_job
from chalicelib.usecases.vending.cut_offs.work import CutOffSummary
from chalicelib.usecases.vending.run_cut_offs import run_cut_offs

blueprint = Blueprint(__name__)


@schedule_job(
    blueprint,
    Rate(1, unit=Rate.MINUTES),
    {"pending": "PendingCutOffs", "late": "LateCutOffs"},
)
def cut_off(run: Invocation) -> CutOffSummary:
    """End live sessions from within clients' accounts, and return the counts."""
    return run_cut_offs(
        bootstrap.ports(), time_left=run.time_left, report_failure=run.report_failure
    )
