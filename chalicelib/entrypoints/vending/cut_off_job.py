"""The function CutOff: it runs each minute, and at once after a revocation."""

from __future__ import annotations

from typing import Any

from chalicelib import bootstrap
from chalicelib.entrypoints.http.framework import Blueprint, Rate
from chalicelib.entrypoints.http.jobs import Invocation, ReportFailure, run_job, schedule_job
from chalicelib.usecases.vending.cut_offs.work import CutOffSummary
from chalicelib.usecases.vending.run_cut_offs import run_cut_offs

blueprint = Blueprint(__name__)


@schedule_job(blueprint, Rate(1, unit=Rate.MINUTES), "cut_off")
def cut_off(run: Invocation) -> dict[str, Any]:
    """End live sessions from within clients' accounts, and log the counts."""

    def run_once(context: Any, report_failure: ReportFailure) -> CutOffSummary:
        return run_cut_offs(
            bootstrap.ports(),
            time_left=lambda: context.get_remaining_time_in_millis() / 1000,
            report_failure=report_failure,
        )

    metrics = {"pending": "PendingCutOffs", "late": "LateCutOffs"}
    return run_job("cut_off", run, run_once, metrics)
