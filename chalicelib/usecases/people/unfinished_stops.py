"""Finish revocations that were interrupted because their function was killed or DynamoDB did not
answer. The stop, the stored record of a revocation, is effective already, because every decision
reads it. This module does what else a revocation does: it records the trail entry, withholds the
sessions that are being issued, requests the cut-offs of live sessions, and revokes the
tokens that end with another one, and the access that a revoked approver helped to open."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from chalicelib.domain.engagements.approved_grants import ApprovedGrant, restore_stopped
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.errors import FactsChanged
from chalicelib.domain.moments import CLOCK_MARGIN
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.stops import Stop
from chalicelib.domain.values import next_version
from chalicelib.domain.vending.withholding import STOPPABLE_KINDS
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.people.tokens import stop_tokens_made_with
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import SCHEDULE_ACTOR, record_entry
from chalicelib.usecases.vending.given_approvals import stop_given_approvals
from chalicelib.usecases.vending.withholding import withhold_and_cut_off, withhold_vends

IN_PROGRESS = timedelta(minutes=3)
"""A younger stop is left alone: its revocation may still be running. No function that revokes runs
longer than this."""
MAX_STOPS = 100
"""How many stops one run finishes. The next run continues. Stops that fail do not count: if the
oldest ones failed each time, they would keep every run from the others."""


def finish_stops(ports: Ports, report_failure: Callable[[Exception], None]) -> None:
    """Finish the interrupted stops (stored revocations), the oldest first, and report each failure.
    Do not write the revoked items themselves: the function's role in AWS may not. Raise Unavailable
    if the stops cannot be read."""
    finished_count = 0
    # The list holds the unfinished stops, sorted by time.
    for stop in list_all(ports.state, Stop):
        if ports.now() - stop.entry.at <= IN_PROGRESS or finished_count == MAX_STOPS:
            break
        try:
            _finish_stop(ports, stop)
        # A failure with one stop must not block the others, or the daily checks that run next.
        except Exception as error:  # noqa: BLE001
            report_failure(error)
        else:
            finished_count += 1


def _finish_stop(ports: Ports, stop: Stop) -> None:
    """Record the revocation, withhold the sessions that are being issued under the revoked item,
    request the cut-offs of its live sessions unless it was reinstated, and mark the stop as
    finished. For a token, also revoke those that were created with it. For an approver, also revoke
    the access that they helped to approve."""
    # The Notify function reads only recent entries, and would miss this one. `record_entry` raises
    # its alerts at once.
    record_entry(ports, stop.entry)
    item = ports.state.get_many(STOPPABLE_KINDS[stop.kind], [stop.names]).get(stop.names)
    if isinstance(item, ApprovedGrant):
        # A later approved grant may be stored under the same key. Take the one that was stopped.
        item = restore_stopped(item, stop)
    # None if the item is gone, or if someone has reinstated it meanwhile.
    revoked_at = None if item is None else item.stopped_at(stop.entry.action)
    if item is not None and revoked_at is None:
        # It may allow less than before. Withhold only what it does not allow now.
        withhold_vends(ports, SCHEDULE_ACTOR, item)
    elif item is not None and revoked_at is not None:
        withhold_and_cut_off(
            ports, SCHEDULE_ACTOR, item, stop.entry.action, revoked_at, stop.entry.actor
        )
    if isinstance(item, Token) and item.revoked_at is not None:
        # The generator stops each token when it is asked for it.
        for _ in stop_tokens_made_with(ports, SCHEDULE_ACTOR, item.member, item.id):
            pass
    if isinstance(item, Member | ClientApprover):
        _revoke_approved_access(ports, item, stop)
    with suppress(FactsChanged):  # someone finished the stop meanwhile, or replaced it
        ports.state.save(next_version(stop, is_finished=True))


def _revoke_approved_access(ports: Ports, approver: Member | ClientApprover, stop: Stop) -> None:
    """Revoke all access that the revoked approver helped to open: store a stop of each, withhold
    its sessions that are being issued, and request the cut-offs of its live sessions. If someone
    has reinstated the approver, leave out access that was opened after the revocation."""
    is_reinstated = approver.stopped_at(stop.entry.action) is None
    created_until = stop.entry.at + CLOCK_MARGIN if is_reinstated else None
    for revoked in stop_given_approvals(
        ports, SCHEDULE_ACTOR, approver.approver_key, created_until
    ):
        action = revoked.order.action
        withhold_and_cut_off(
            ports, SCHEDULE_ACTOR, revoked.item, action, revoked.at, stop.entry.actor
        )
