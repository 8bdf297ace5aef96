"""Revoke an item, even while others keep changing it.

A revocation has four steps:

1. Put a stop beside the item. From then on, nothing is vended under the item.
2. Record the revocation on the trail.
3. Withhold open vends, and list the sessions that may be alive.
4. Write the end into the item too. Only this step can conflict with other writers. If it does not
   succeed in time, the stop still holds.

Revoking again completes whatever is missing. The hourly job completes steps 2 and 3.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, FactsChanged, Unavailable
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop, with_stop
from chalicelib.domain.trail import Action, operation
from chalicelib.domain.values import Item, Value, next_version
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.domain.vending.withholding import VendBasis
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import (
    RETRY_PATIENCE,
    Actor,
    SystemActor,
    new_entry,
    reauthenticate,
    record_entry,
    retry_on_conflict,
)
from chalicelib.usecases.vending.withholding import current_item, revocation

LONGEST_REQUEST = timedelta(seconds=120)
"""The longest request of a member: the timeout of `slack_work` (.chalice/config.json)."""


class RevocationOrder(Value, frozen=True):
    """The item to revoke, and the entry to record."""

    item: VendBasis
    """The item, read again for each attempt."""
    action: Action
    details: Mapping[str, str] = field(default_factory=dict)
    """The entry's details, beside the item's keys."""
    other_items: Callable[[], Sequence[Item]] = tuple
    """Returns the items that must change together with the item."""


class RevokedItem(Value, frozen=True):
    """A revoked item with its stop. Older versions of Daypass left no stop."""

    item: VendBasis
    stop: Stop | None
    order: RevocationOrder

    @property
    def at(self) -> datetime:
        """When it was revoked."""
        at = self.item.stopped_at(self.order.action)
        if at is None:
            raise ValueError("not stopped")
        return at


def complete_revocation(ports: Ports, by: Actor, stopped: RevokedItem) -> Revocation:
    """Do the third and the fourth step, and return the response."""
    answer = revocation(ports, by, stopped.item, stopped.at)
    return finish_and_answer(ports, stopped, answer, is_applied=apply_to_item(ports, stopped))


def revoke(
    ports: Ports,
    by: Actor,
    find: Callable[[], RevocationOrder],
    complete: Callable[[Ports, Actor, RevokedItem], Revocation] = complete_revocation,
) -> Revocation:
    """Revoke an item, and return the sessions that may be alive under it.

    Each attempt calls `find`, which reads the item and refuses one that cannot be revoked. Revoking
    again returns the list again, and writes nothing. Conflict if the item kept changing, or if the
    actor may no longer do this; Unavailable if DynamoDB does not answer.
    """

    def attempt(by: Actor) -> Revocation:
        stopped = put_stop(ports, by, find())
        return retry_on_conflict(
            ports, as_system_actor(by), lambda by: complete(ports, by, stopped)
        )

    return retry_on_conflict(ports, by, attempt)


def put_stop(ports: Ports, by: Actor, order: RevocationOrder) -> RevokedItem:
    """Put a stop beside the item, unless it is already revoked, and record the revocation.

    Conflict if someone stopped or reinstated the item meanwhile, or if the actor may no longer do
    this. An actor who is revoked at this very moment still puts the stop, which can only remove
    access.
    """
    last = ports.state.get(Stop, *order.item.stop_key)
    item = with_stop(order.item, last)
    if last is not None and not last.is_finished:
        # The function that put it may have been killed before it recorded the entry.
        record_entry(ports, last.entry)
    if item.stopped_at(order.action) is not None:
        return RevokedItem(item, last, order)
    if reauthenticate(ports, by) is None:
        raise Conflict(Reason.CHANGED_MEANWHILE)
    new = _new_stop(ports, by, item, order, over=last)
    _put(ports, item, new)
    retry_on_conflict(ports, as_system_actor(by), lambda _: record_entry(ports, new.entry))
    return RevokedItem(with_stop(item, new), new, order)


def _put(ports: Ports, item: VendBasis, new: Stop) -> None:
    try:
        ports.state.save(new)
    except (FactsChanged, Unavailable) as error:
        # The write may have succeeded, and its answer been lost. An actor who has revoked themself
        # could not try again.
        stored = ports.state.get(Stop, *item.stop_key)
        if stored is not None and stored.id == new.id:
            return
        if isinstance(error, Unavailable):
            raise
        raise Conflict(Reason.CHANGED_MEANWHILE) from None


def as_system_actor(by: Actor) -> SystemActor:
    """Return the actor without preconditions. What follows from a stop must succeed even if the
    actor has revoked themself."""
    return SystemActor(by.actor, token_id=by.token_id, address=by.address)


def apply_to_item(ports: Ports, stopped: RevokedItem) -> bool:
    """Write the end into the item too, and return whether that succeeded.

    After that, requests that began earlier fail their preconditions. `finish_stop` comes after it.
    """
    item, stop = stopped.item, stopped.stop
    if stop is None or stop.is_applied:
        return True
    began, tries = ports.now(), 0
    # A reinstated item already accounts for the stop.
    while item.stopped_at(stopped.order.action) is not None:
        try:
            ports.state.apply([next_version(item), *stopped.order.other_items()])
            break
        except (FactsChanged, Unavailable):
            if ports.now() - began > RETRY_PATIENCE:
                return False
            ports.pause(tries)
            tries += 1
        with suppress(Unavailable):
            item = current_item(ports, item)
    return True


def finish_stop(ports: Ports, stopped: RevokedItem) -> None:
    """Mark the stop as finished. Everything that follows from it must be done before."""
    stop = stopped.stop
    if stop is None or stop.is_applied:
        return
    # A newer revocation may have replaced the stop. If not, the next run finishes it.
    with suppress(FactsChanged, Unavailable):
        ports.state.save(next_version(stop, is_finished=True, is_applied=True))


def finish_and_answer(
    ports: Ports, stopped: RevokedItem, answer: Revocation, *, is_applied: bool
) -> Revocation:
    """Finish the stop, and return the response.

    Until the item itself is written, requests that began earlier may still change things; the
    response says until when. After the job has finished a stop, none can.
    """
    if is_applied:
        finish_stop(ports, stopped)
    is_old = stopped.stop is not None and stopped.stop.is_finished
    if is_applied or is_old or not isinstance(stopped.item, Member | Token):
        return answer
    return replace(answer, changes_until=ports.now() + LONGEST_REQUEST)


def _new_stop(
    ports: Ports, by: Actor, item: VendBasis, order: RevocationOrder, *, over: Stop | None
) -> Stop:
    # The entry records no edit of the item: step 4 changes it.
    entry = new_entry(ports, by, operation(order.action, (item, item), details=order.details))
    new = Stop(kind=type(item).__name__, names=item.key, entry=entry)
    if over is None:
        return new
    still_holds = not over.is_applied and item.stopped_at(over.entry.action) is not None
    earlier = over.entry if still_holds else None
    return replace(new, earlier=earlier, version=over.version + 1)
