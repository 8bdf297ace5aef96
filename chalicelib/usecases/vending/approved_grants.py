"""Revoke the access that an approved request, or an emergency, opened."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    request_of_stop,
    restore_stopped,
)
from chalicelib.domain.errors import Conflict, FactsChanged, Unavailable
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop
from chalicelib.domain.trail import Action
from chalicelib.domain.values import ItemKey, next_version
from chalicelib.domain.vending.cut_off.scope import find_cut_off_scope
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor, as_system_actor, record_entry
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke
from chalicelib.usecases.vending.withholding import withhold_and_list_sessions


def revoke_approved_grant(
    ports: Ports, by: Actor, key: ItemKey, request: str, details: Mapping[str, str]
) -> Revocation:
    """Revoke the access that the request opened, and return its sessions that may be alive. Cut off
    these sessions, and no others. If it was revoked before, return its sessions again.

    `key` is the approved grant's key. Raise Conflict if the access has ended, or a later one has
    its number, because it is over then.
    """

    def find_order() -> RevocationOrder:
        return build_order(ports, by, key, request, details)

    return revoke(ports, by, find_order)


def build_order(
    ports: Ports, by: Actor, key: ItemKey, request: str, details: Mapping[str, str]
) -> RevocationOrder:
    """Return the order to revoke the access that the request opened. First finish an interrupted
    revocation of an earlier access with this number, whose stop the new one replaces. Raise
    Conflict if the access is over."""
    stored = ports.state.get(ApprovedGrant, *key)
    if stored is None:
        raise Conflict(Reason.NO_OPEN_ACCESS)
    _finish_earlier_stop(ports, by, stored)
    has_ended = stored.revoked_at is None and ports.now() >= stored.ends_at
    if stored.request != request or has_ended:
        raise Conflict(Reason.NO_OPEN_ACCESS)
    return RevocationOrder(stored, Action.REQUEST_REVOKE, details)


def _finish_earlier_stop(ports: Ports, by: Actor, stored: ApprovedGrant) -> None:
    """Finish the unfinished stop of an earlier access with this number, if there is one. Raise
    Unavailable if its cut-offs cannot be recorded."""
    stop = ports.state.get(Stop, *stored.stop_key)
    if stop is None or stop.is_finished or request_of_stop(stop) in ("", stored.request):
        return
    record_entry(ports, stop.entry)
    earlier = restore_stopped(stored, stop)
    response = withhold_and_list_sessions(
        ports,
        as_system_actor(by),
        earlier,
        stop.entry.at,
        cut_off=find_cut_off_scope(earlier, stop.entry.action),
        requested_by=stop.entry.actor,
    )
    if response.cut_offs_missing:
        raise Unavailable(Reason.RECORDS_UNAVAILABLE)
    with suppress(FactsChanged):  # someone finished it meanwhile
        ports.state.save(next_version(stop, is_finished=True, is_applied=True))
