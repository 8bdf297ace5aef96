"""Finish revocations that were broken off: their function was killed, or DynamoDB did not answer.
The stop itself holds; what is finished is the trail, the sessions that were under way, and the
bindings to Slack that end with a token."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import SCHEDULE
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.withholding import STOPPABLE_KINDS
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.people.tokens import stop_bindings
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SystemActor, record_entry
from chalicelib.usecases.vending.withholding import withhold_vends

BY = SystemActor(SCHEDULE)
UNDER_WAY = timedelta(minutes=3)
"""A revocation that is younger may still be at work: no function that revokes runs for longer."""
MOST = 100
"""Stops that one run finishes. The next run goes on. Those that fail do not count."""


def finish_stops(ports: Ports, failed: Callable[[Exception], None]) -> None:
    """Finish what was broken off. Tell `failed` of each stop that could not be finished. This
    writes no member, engagement, role or grant. Unavailable if the stops cannot be read."""
    finished = 0
    for stop in list_all(ports.state, Stop):
        if ports.now() - stop.entry.at <= UNDER_WAY or finished == MOST:
            break
        try:
            _finish(ports, stop)
        except Exception as error:  # noqa: BLE001 - a bug about one stop ends neither the others
            failed(error)  # nor the daily checks, which come after them
        else:
            finished += 1


def _finish(ports: Ports, stop: Stop) -> None:
    # Its alerts come from here too: the entry may be older by now than what Notify reads.
    record_entry(ports, stop.entry)
    item = ports.state.get_many(STOPPABLE_KINDS[stop.kind], [stop.names]).get(stop.names)
    if item is not None:
        withhold_vends(ports, BY, item)
    if isinstance(item, Token) and item.revoked_at is not None:
        for _ in stop_bindings(ports, BY, item.member, item.id):
            pass
    with suppress(FactsChanged):  # it has been answered meanwhile, or revoked anew
        ports.state.save(next_version(stop, is_finished=True))
