"""Revoke an item, such as a grant or a token, even while others keep writing to it.

A revocation has four steps:

1. Store a stop beside the item: a separate record that marks the item as revoked. Every read of the
   item applies its stop, so from now on no decision allows a session under the item.
2. Record the revocation on the trail.
3. Withhold the vends in progress: they do not hand over the sessions that they are issuing. List
   the sessions that may be active, and request the cut-offs that end them sooner.
4. Write the revocation into the item itself too. Only this step can conflict with other writers. If
   it does not succeed in time, the stop still holds.

If a function is killed between two steps, the hourly job (Sweep) completes steps 2 and 3. Revoking
the item again completes all steps.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.approved_grants import (
    ApprovedGrant,
    request_of_stop,
    restore_stopped,
)
from chalicelib.domain.engagements.client_approvers import ClientApprover
from chalicelib.domain.errors import Conflict, FactsChanged, Reason, Unavailable
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.stops import Stop, with_stop
from chalicelib.domain.trail import Action, build_operation
from chalicelib.domain.values import Item, ItemKey, Value, next_version
from chalicelib.domain.vending.cut_off.scope import find_cut_off_scope
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.withholding import VendBasis
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import (
    RETRY_PATIENCE,
    Actor,
    as_system_actor,
    build_entry,
    reauthenticate,
    record_entry,
    retry_on_conflict,
)
from chalicelib.usecases.vending.withholding import (
    read_current_item,
    withhold_and_cut_off,
    withhold_and_list_sessions,
)

LONGEST_REQUEST = timedelta(seconds=120)
"""No request of a member takes longer than the timeout of `slack_work` (.chalice/config.json)."""


class RevocationOrder(Value, kw_only=False):
    """The item to revoke, with the action and the details of the trail entry to record."""

    item: VendBasis
    action: Action
    details: Mapping[str, str] = {}
    """The trail entry's details. The entry also names the item."""
    other_items: Callable[[], Sequence[Item]] = tuple
    """Returns the items that must change together with the item."""


class RevokedItem(Value, kw_only=False):
    """A revoked item with its stop. The stop is None if none is stored beside the item."""

    item: VendBasis
    stop: Stop | None
    order: RevocationOrder

    @property
    def at(self) -> datetime:
        """When it was revoked."""
        revoked_at = self.item.stopped_at(self.order.action)
        if revoked_at is None:
            raise ValueError("the item is not revoked")
        return revoked_at


def complete_revocation(ports: Ports, by: Actor, revoked_item: RevokedItem) -> Revocation:
    """Withhold the vends in progress, request cut-offs of the sessions that may be active, and
    write the revocation into the item. Return the response with the sessions."""
    scope = find_cut_off_scope(revoked_item.item, revoked_item.order.action)
    response = withhold_and_list_sessions(
        ports, by, revoked_item.item, revoked_item.at, cut_off=scope, requested_by=by.actor
    )
    return finish_stop_and_respond(
        ports, revoked_item, response, is_applied=apply_stop_to_item(ports, revoked_item)
    )


def revoke(
    ports: Ports,
    by: Actor,
    find_order: Callable[[], RevocationOrder],
    complete_steps: Callable[[Ports, Actor, RevokedItem], Revocation] = complete_revocation,
) -> Revocation:
    """Revoke an item, and return the sessions that may be active under it.

    Each attempt calls `find_order`, which reads the item, and raises an error if it cannot be
    revoked. Then it stores and records the revocation. `complete_steps` does the rest, such as to
    withhold the vends in progress. If the item is already revoked, complete the missing steps, and
    return its sessions again.

    Raise Conflict if other writers kept changing the item, or if the actor may no longer revoke it.
    Raise Unavailable if DynamoDB does not answer.
    """

    def attempt(by: Actor) -> Revocation:
        return finish_revocation(
            ports, by, begin_revocation(ports, by, find_order()), complete_steps
        )

    return retry_on_conflict(ports, by, attempt)


def finish_revocation(
    ports: Ports,
    by: Actor,
    revoked_item: RevokedItem,
    complete_steps: Callable[[Ports, Actor, RevokedItem], Revocation] = complete_revocation,
) -> Revocation:
    """Complete a revocation that is stored and recorded, with retries, even if the actor has
    revoked themself meanwhile. `complete_steps` withholds the vends in progress, and writes the
    revocation into the item. Return the response with the sessions."""
    return retry_on_conflict(
        ports, as_system_actor(by), lambda by: complete_steps(ports, by, revoked_item)
    )


def begin_revocation(ports: Ports, by: Actor, order: RevocationOrder) -> RevokedItem:
    """Store a stop, the record of the revocation, beside the item. Then record the revocation on
    the trail. From now on, no decision allows a session under the item.

    Return the item as revoked. If it was revoked before, only make sure that its revocation is on
    the trail. Raise Conflict if someone revoked or reinstated the item meanwhile, or if the actor
    may no longer revoke it.

    The actor is authenticated again just before the stop is stored, but not in one transaction with
    it. So an actor who is revoked in between can still revoke this item. A stop never gives access.
    """
    last_stop = ports.state.get(Stop, *order.item.stop_key)
    item = with_stop(order.item, last_stop)
    if last_stop is not None and not last_stop.is_finished:
        # The function that stored this stop may have been killed before it recorded the entry.
        record_entry(ports, last_stop.entry)
    if item.stopped_at(order.action) is not None:
        return RevokedItem(item, last_stop, order)
    if reauthenticate(ports, by) is None:
        raise Conflict(Reason.CHANGED_MEANWHILE)
    stop = _build_stop(ports, by, item, order, previous=last_stop)
    _store_stop(ports, item, stop)
    # `retry_on_conflict` authenticates its actor again before each attempt. An actor who has just
    # revoked themself would fail that, and the entry must be recorded. So pass a system actor.
    retry_on_conflict(ports, as_system_actor(by), lambda _: record_entry(ports, stop.entry))
    return RevokedItem(with_stop(item, stop), stop, order)


def _store_stop(ports: Ports, item: VendBasis, stop: Stop) -> None:
    """Store the stop. Raise Conflict if someone stored a different stop of the item meanwhile."""
    try:
        ports.state.save(stop)
    except (FactsChanged, Unavailable) as error:
        # The write may have succeeded although its answer was lost. Look for the stop: an actor who
        # has revoked themself cannot try again.
        stored = ports.state.get(Stop, *item.stop_key)
        if stored is not None and stored.id == stop.id:
            return
        if isinstance(error, Unavailable):
            raise
        raise Conflict(Reason.CHANGED_MEANWHILE) from None


def apply_stop_to_item(ports: Ports, revoked_item: RevokedItem) -> bool:
    """Write the revocation, which is stored as a stop beside the item, into the item itself. Return
    whether that succeeded.

    The write gives the item a new version. So a request that read the item before the revocation
    can no longer write a change that depends on it. Call `finish_stop` afterwards.
    """
    item, stop = revoked_item.item, revoked_item.stop
    if stop is None or stop.is_applied:  # the item itself shows the revocation already
        return True
    began, try_count = ports.now(), 0
    # The item was read with its stop. If someone has reinstated it, nothing is left to write.
    while item.stopped_at(revoked_item.order.action) is not None:
        try:
            ports.state.apply([next_version(item), *revoked_item.order.other_items()])
            break
        except (FactsChanged, Unavailable):
            if ports.now() - began > RETRY_PATIENCE:
                return False
            ports.pause(try_count)
            try_count += 1
        with suppress(Unavailable):
            item = read_current_item(ports, item)
    return True


def finish_stop(ports: Ports, revoked_item: RevokedItem) -> None:
    """Mark the stop as finished and applied, after all steps of the revocation are done."""
    stop = revoked_item.stop
    if stop is None or stop.is_applied:
        return
    # A failure does no harm: a newer stop has replaced this one, or the hourly job finishes it.
    with suppress(FactsChanged, Unavailable):
        ports.state.save(next_version(stop, is_finished=True, is_applied=True))


def finish_stop_and_respond(
    ports: Ports, revoked_item: RevokedItem, response: Revocation, *, is_applied: bool
) -> Revocation:
    """Finish the stop if it was applied to the item, and return the response. If a cut-off could
    not be recorded, leave the stop unfinished, so that a job records the cut-off.

    If a member, a token or a client's approver could not be updated (`is_applied` is false),
    requests that read it before the revocation may still change things. The response then says
    until when. If the hourly job has finished the stop earlier, no such request is still running.
    """
    if is_applied and not response.cut_offs_missing:
        finish_stop(ports, revoked_item)
    was_finished_earlier = revoked_item.stop is not None and revoked_item.stop.is_finished
    could_still_act = isinstance(revoked_item.item, Member | Token | ClientApprover)
    if is_applied or was_finished_earlier or not could_still_act:
        return response
    return replace(response, changes_until=ports.now() + LONGEST_REQUEST)


def _build_stop(
    ports: Ports, by: Actor, item: VendBasis, order: RevocationOrder, *, previous: Stop | None
) -> Stop:
    """Return a new stop for the item. It holds the revocation's trail entry.

    The new stop replaces the previous one. It keeps the previous stop's entry if that stop ended
    the item and was not written into the item.
    """
    # The entry shows no changed fields, because a stop leaves the item itself as it is.
    entry = build_entry(
        ports, by, build_operation(order.action, (item, item), details=order.details)
    )
    stop = Stop(kind=type(item).__name__, names=item.key, entry=entry)
    if previous is None:
        return stop
    previous_still_needed = (
        not previous.is_applied and item.stopped_at(previous.entry.action) is not None
    )
    # `item` shows the previous stop's end only because stops are merged into items on reading. The
    # new stop keeps that entry until the end is written into the item itself.
    earlier_entry = previous.entry if previous_still_needed else None
    return replace(stop, earlier=earlier_entry, version=previous.version + 1)


def revoke_approved_grant(
    ports: Ports, by: Actor, key: ItemKey, request: str, details: Mapping[str, str]
) -> Revocation:
    """Revoke the access that the request opened, and return its sessions that may be active. Cut
    off these sessions, and no others. If it was revoked before, return its sessions again.

    `key` is the approved grant's key. Raise Conflict if this access is over: it has ended, or a
    later access has its key, because keys are used again.
    """

    def find_order() -> RevocationOrder:
        return prepare_order(ports, by, key, request, details)

    return revoke(ports, by, find_order)


def prepare_order(
    ports: Ports, by: Actor, key: ItemKey, request: str, details: Mapping[str, str]
) -> RevocationOrder:
    """Return the order to revoke the access that the request opened. First finish an interrupted
    revocation of an earlier access with the same key, whose stop the new one replaces. Raise
    Conflict if the access is over. An access that was revoked can be revoked again."""
    stored = ports.state.get(ApprovedGrant, *key)
    if stored is None:
        raise Conflict(Reason.NO_OPEN_ACCESS)
    _finish_earlier_stop(ports, by, stored)
    has_ended = stored.revoked_at is None and ports.now() >= stored.ends_at
    if stored.request != request or has_ended:
        raise Conflict(Reason.NO_OPEN_ACCESS)
    return RevocationOrder(stored, Action.REQUEST_REVOKE, details)


def _finish_earlier_stop(ports: Ports, by: Actor, stored: ApprovedGrant) -> None:
    """Finish the unfinished stop (stored revocation) of an earlier access, if there is one. The
    stored access has the key of the member's earlier access to the role, and so the same stop key.
    Raise Unavailable if the cut-offs of the earlier access cannot be recorded."""
    stop = ports.state.get(Stop, *stored.stop_key)
    # A stop that names no request, or the stored one's, is not of an earlier access.
    if stop is None or stop.is_finished or request_of_stop(stop) in ("", stored.request):
        return
    record_entry(ports, stop.entry)
    earlier = restore_stopped(stored, stop)
    withhold_and_cut_off(
        ports, as_system_actor(by), earlier, stop.entry.action, stop.entry.at, stop.entry.actor
    )
    # Also mark the stop as applied to its item: the stored access has replaced that item.
    with suppress(FactsChanged):  # someone finished it meanwhile
        ports.state.save(next_version(stop, is_finished=True, is_applied=True))
