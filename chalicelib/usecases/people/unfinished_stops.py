"""Finish revocations that were broken off: their function was killed, or others were in the way.

Whoever revoked something got no answer then, and may not ask again.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from chalicelib.domain.errors import DaypassError
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import SCHEDULE
from chalicelib.domain.vending.closing import STOPPABLE
from chalicelib.usecases.people.members import leads_without
from chalicelib.usecases.people.tokens import revoke_bindings
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Unattended
from chalicelib.usecases.vending.closing import close_vends
from chalicelib.usecases.vending.stopping import Order, Stopped, apply

BY = Unattended(SCHEDULE)
UNDER_WAY = timedelta(minutes=3)
"""A revocation that is younger may still be at work: no function that revokes runs for longer."""
MOST = 100
"""Stops a run. The next run goes on."""


def finish_stops(ports: Ports, failed: Callable[[Exception], None]) -> None:
    """Finish what was broken off. Tell `failed` of each stop that could not be finished now.

    A reinstated item stays as it is: a job that is late brings no revocation back. Unavailable if
    the stops cannot be read.
    """
    page = ports.state.open_stops(limit=MOST)
    for stop in page.items:
        if ports.now() - stop.entry.at > UNDER_WAY:
            try:
                _finish(ports, stop)
            except DaypassError as error:
                failed(error)


def _finish(ports: Ports, stop: Stop) -> None:
    ports.trail.record(stop.entry)
    item = ports.state.these(STOPPABLE[stop.kind], [stop.names]).get(stop.names)
    if item is None:
        return
    close_vends(ports, BY, item)
    stopped = Stopped(item, stop, Order(action=stop.entry.action))
    if isinstance(item, Member):
        apply(ports, stopped, also=lambda: leads_without(ports, item))
        return
    apply(ports, stopped)
    if isinstance(item, Token) and item.revoked_at is not None:
        revoke_bindings(ports, BY, item)
