"""One run of the function CutOff: request the cut-offs that a revocation could not, then work on
all that are open.

A revocation may lack cut-offs because its function was killed, or DynamoDB did not answer. The
hourly job (Sweep) does the revocation's other steps.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial

from chalicelib.domain.moments import CLOCK_MARGIN, round_up_to_second
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import SCHEDULE
from chalicelib.domain.vending.cut_off.scope import find_cut_off_scope
from chalicelib.domain.vending.sessions import Revocation, find_alive_sessions
from chalicelib.domain.vending.withholding import STOPPABLE_KINDS
from chalicelib.usecases.lists import find_tokens_ended_with, list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor
from chalicelib.usecases.vending.blocks.finishing import finish_blocks
from chalicelib.usecases.vending.cut_offs.request import request_cut_offs
from chalicelib.usecases.vending.cut_offs.work import CutOffSummary, work_cut_offs
from chalicelib.usecases.vending.withholding import LOOK_BACK, find_vend_entries

BY = SystemActor(SCHEDULE)
IN_PROGRESS = timedelta(minutes=3)
"""A younger revocation may still be running."""
MAX_STOPS = 20
"""How many revocations one run looks at."""


def request_missing_cut_offs(ports: Ports, report_failure: Callable[[Exception], None]) -> None:
    """Request the cut-offs of interrupted revocations, and report each failure. A cut-off that is
    requested already stays as it is. Raise Unavailable if the revocations cannot be read."""
    now = ports.now()
    for stop in list_all(ports.state, Stop)[:MAX_STOPS]:
        if now - stop.entry.at <= IN_PROGRESS:
            break
        if now - stop.entry.at > LOOK_BACK:
            continue  # its sessions have expired
        try:
            _request(ports, stop)
        except Exception as error:  # noqa: BLE001 - one revocation must not block the others
            report_failure(error)


def _request(ports: Ports, stop: Stop) -> None:
    item = ports.state.get_many(STOPPABLE_KINDS[stop.kind], [stop.names]).get(stop.names)
    revoked_at = None if item is None else item.stopped_at(stop.entry.action)
    if item is None or revoked_at is None:  # someone has undone the revocation
        return
    ended = [item]
    if isinstance(item, Token):
        ended += find_tokens_ended_with(ports.state, item.member, item.id)
    entries = find_vend_entries(ports, ended)
    now = ports.now()
    sessions = find_alive_sessions(entries, now)
    revocation = Revocation.from_sessions(
        sessions, revoked_at=revoked_at, cut_off_at=round_up_to_second(now) + CLOCK_MARGIN
    )
    scope = find_cut_off_scope(item, stop.entry.action)
    request_cut_offs(ports, BY, revocation, sessions, scope, requested_by=stop.entry.actor)


TIME_FOR_CUT_OFFS = 100.0
"""Seconds that a run keeps for the cut-offs that are requested already."""


def run_cut_offs(
    ports: Ports,
    *,
    time_left: Callable[[], float],
    report_failure: Callable[[Exception], None],
) -> CutOffSummary:
    """Request missing cut-offs, finish freezes and pauses, and work on the open cut-offs.

    Return the numbers of this run. Report a failure, and continue.

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
