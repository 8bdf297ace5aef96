"""The function CutOff: it runs each minute, and at once after a revocation."""

from __future__ import annotations

from functools import partial
from typing import Any

from chalice.app import Blueprint, Rate

from chalicelib import bootstrap
from chalicelib.entrypoints.http.jobs import Invocation, ReportFailure, run_job, schedule_job
from chalicelib.usecases.vending.cut_offs.missing import request_missing_cut_offs
from chalicelib.usecases.vending.cut_offs.work import CutOffSummary, work_cut_offs
from chalicelib.usecases.vending.finish_blocks import finish_blocks

blueprint = Blueprint(__name__)
TIME_FOR_CUT_OFFS = 100.0
"""Seconds that a run keeps for the cut-offs that are requested already."""


@schedule_job(blueprint, Rate(1, unit=Rate.MINUTES), "cut_off")
def cut_off(run: Invocation) -> dict[str, Any]:
    """End live sessions from within clients' accounts, and log the counts."""

    def request_missing_and_work(context: Any, report_failure: ReportFailure) -> CutOffSummary:
        """Return the numbers of this run. Report a failure to find missing cut-offs, and go on."""
        ports = bootstrap.ports()

        def time_left() -> float:
            """Return the seconds that this run has left."""
            return float(context.get_remaining_time_in_millis() / 1000)

        for request in (
            partial(request_missing_cut_offs, ports, report_failure),
            # A freeze, or a client's pause whose function was killed, requests cut-offs too.
            partial(
                finish_blocks,
                ports,
                time_left=lambda: time_left() - TIME_FOR_CUT_OFFS,
                report_failure=report_failure,
            ),
        ):
            try:
                request()
            except Exception as error:  # noqa: BLE001 - it must not delay requested cut-offs
                report_failure(error)
        return work_cut_offs(ports, time_left=time_left, report_failure=report_failure)

    metrics = {"pending": "PendingCutOffs", "late": "LateCutOffs"}
    return run_job("cut_off", run, request_missing_and_work, metrics)
