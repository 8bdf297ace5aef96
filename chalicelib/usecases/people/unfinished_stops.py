"""Finish revocations that were interrupted because their function was killed or DynamoDB did not
answer. The stop itself is effective. What remains is the trail entry, the vends in progress, and
the Slack bindings that end with a token."""

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
IN_PROGRESS = timedelta(minutes=3)
"""A younger revocation may still be running: no function that revokes runs longer."""
MAX_STOPS = 100
"""How many stops one run finishes. The next run continues. Failed ones do not count."""


def finish_stops(ports: Ports, failed: Callable[[Exception], None]) -> None:
    """Finish interrupted stops, and report each failure to `failed`. This writes no member,
    engagement, role or grant. Unavailable if the stops cannot be read."""
    finished = 0
    for stop in list_all(ports.state, Stop):
        if ports.now() - stop.entry.at <= IN_PROGRESS or finished == MAX_STOPS:
            break
        try:
            _finish(ports, stop)
        except Exception as error:  # noqa: BLE001 - a bug with one stop must not block the others
            failed(error)  # or the daily checks, which run afterwards
        else:
            finished += 1


def _finish(ports: Ports, stop: Stop) -> None:
    # This raises the alerts too, because Notify may no longer read an entry that old.
    record_entry(ports, stop.entry)
    item = ports.state.get_many(STOPPABLE_KINDS[stop.kind], [stop.names]).get(stop.names)
    if item is not None:
        withhold_vends(ports, BY, item)
    if isinstance(item, Token) and item.revoked_at is not None:
        for _ in stop_bindings(ports, BY, item.member, item.id):
            pass
    with suppress(FactsChanged):  # it was finished meanwhile, or revoked again
        ports.state.save(next_version(stop, is_finished=True))
