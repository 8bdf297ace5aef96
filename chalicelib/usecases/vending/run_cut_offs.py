"""One run of the function CutOff: request the missing cut-offs, then work on all that are open."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from chalicelib.usecases.ports import Ports
from chalicelib.usecases.vending.blocks.finishing import finish_blocks
from chalicelib.usecases.vending.cut_offs.missing import request_missing_cut_offs
from chalicelib.usecases.vending.cut_offs.work import CutOffSummary, work_cut_offs

TIME_FOR_CUT_OFFS = 100.0
"""Seconds that a run keeps for the cut-offs that are requested already."""


def run_cut_offs(
    ports: Ports,
    *,
    time_left: Callable[[], float],
    report_failure: Callable[[Exception], None],
) -> CutOffSummary:
    """Request missing cut-offs, finish freezes and pauses, and work on the open cut-offs.

    Return the numbers of this run. Report a failure, and go on.

    `time_left` returns the seconds that this run has left.
    """
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
