"""Revoke an item at once, whatever others do with it at the same moment.

A revocation takes four steps:

1. It puts a stop beside the item. From here on nothing is vended under the item.
2. It records its entry on the trail.
3. It withholds the sessions that are under way, and lists those that may be alive.
4. It writes the end into the item too. Only this step can meet others who write the item. If it
   does not succeed in time, the stop holds all the same.

Asking again completes whatever is missing. The hourly job completes steps 2 and 3.
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
"""How long a request of a member's can run: the timeout of `slack_work` (.chalice/config.json)."""


class RevocationOrder(Value, frozen=True):
    """What a revocation is asked for."""

    item: VendBasis
    """As it was read. Each attempt reads it anew."""
    action: Action
    details: Mapping[str, str] = field(default_factory=dict)
    """What the entry says beside the keys."""
    also: Callable[[], Sequence[Item]] = tuple
    """Returns what has to change together with the item."""


class RevokedItem(Value, frozen=True):
    """An item that is revoked, and its stop. An older version of Daypass left no stop."""

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


def complete(ports: Ports, by: Actor, stopped: RevokedItem) -> Revocation:
    """Do the third and the fourth step."""
    answer = revocation(ports, by, stopped.item, stopped.at)
    return finished(ports, stopped, answer, is_applied=apply(ports, stopped))


def revoke(
    ports: Ports,
    by: Actor,
    find: Callable[[], RevocationOrder],
    complete: Callable[[Ports, Actor, RevokedItem], Revocation] = complete,
) -> Revocation:
    """Revoke an item, and return the sessions that may be alive under it.

    Each attempt calls `find`, which reads the item and refuses what cannot be revoked. Revoking
    again returns the list again and writes nothing. Conflict if others kept changing the item, and
    for an actor who may no longer do this; Unavailable if DynamoDB does not answer.
    """

    def attempt(by: Actor) -> Revocation:
        stopped = stop(ports, by, find())
        return retry_on_conflict(ports, in_the_name_of(by), lambda by: complete(ports, by, stopped))

    return retry_on_conflict(ports, by, attempt)


def stop(ports: Ports, by: Actor, order: RevocationOrder) -> RevokedItem:
    """Stop the item, unless it is revoked already, and record the revocation's entry.

    Conflict if another has stopped or reinstated it meanwhile, or the actor may no longer do this.
    One who is revoked in the instant before still puts the stop: it can only take away.
    """
    last = ports.state.get(Stop, *order.item.stop_key)
    item = with_stop(order.item, last)
    if last is not None and not last.is_finished:
        # Whoever put it may have been killed before they recorded it.
        record_entry(ports, last.entry)
    if item.stopped_at(order.action) is not None:
        return RevokedItem(item, last, order)
    if reauthenticate(ports, by) is None:
        raise Conflict(Reason.CHANGED_MEANWHILE)
    new = _new_stop(ports, by, item, order, over=last)
    _put(ports, item, new)
    retry_on_conflict(ports, in_the_name_of(by), lambda _: record_entry(ports, new.entry))
    return RevokedItem(with_stop(item, new), new, order)


def _put(ports: Ports, item: VendBasis, new: Stop) -> None:
    try:
        ports.state.save(new)
    except (FactsChanged, Unavailable) as error:
        # The answer may have been lost. Whoever has stopped themself could not ask again.
        there = ports.state.get(Stop, *item.stop_key)
        if there is not None and there.id == new.id:
            return
        if isinstance(error, Unavailable):
            raise
        raise Conflict(Reason.CHANGED_MEANWHILE) from None


def in_the_name_of(by: Actor) -> SystemActor:
    """Return who does what follows from a stop. It is done even if the actor has stopped themself,
    and is unknown by now."""
    return SystemActor(by.actor, token_id=by.token_id, address=by.address)


def apply(ports: Ports, stopped: RevokedItem) -> bool:
    """Write the end into the item too, and return whether that is done. `finish` comes after it.

    From then on, no request that began before counts on the item as it was.
    """
    item, stop = stopped.item, stopped.stop
    if stop is None or stop.is_applied:
        return True
    began, tries = ports.now(), 0
    # A reinstated item has taken the stop into account already.
    while item.stopped_at(stopped.order.action) is not None:
        try:
            ports.state.apply([next_version(item), *stopped.order.also()])
            break
        except (FactsChanged, Unavailable):
            if ports.now() - began > RETRY_PATIENCE:
                return False
            ports.pause(tries)
            tries += 1
        with suppress(Unavailable):
            item = current_item(ports, item)
    return True


def finish(ports: Ports, stopped: RevokedItem) -> None:
    """Remember that nothing is left to do for the stop. Whatever follows from it comes before."""
    stop = stopped.stop
    if stop is None or stop.is_applied:
        return
    # If another revocation of the item is there by now, or nobody answers, the next one sees to it.
    with suppress(FactsChanged, Unavailable):
        ports.state.save(next_version(stop, is_finished=True, is_applied=True))


def finished(
    ports: Ports, stopped: RevokedItem, answer: Revocation, *, is_applied: bool
) -> Revocation:
    """Finish the stop, and return the answer. Unless the item is written, requests that had begun
    may still change things: the answer says how long. Once the job has finished a stop, none may.
    """
    if is_applied:
        finish(ports, stopped)
    is_old = stopped.stop is not None and stopped.stop.is_finished
    if is_applied or is_old or not isinstance(stopped.item, Member | Token):
        return answer
    return replace(answer, changes_until=ports.now() + LONGEST_REQUEST)


def _new_stop(
    ports: Ports, by: Actor, item: VendBasis, order: RevocationOrder, *, over: Stop | None
) -> Stop:
    # The item's end is no news beside the entry: the item stands as it is.
    entry = new_entry(ports, by, operation(order.action, (item, item), details=order.details))
    new = Stop(kind=type(item).__name__, names=item.key, entry=entry)
    if over is None:
        return new
    still_holds = not over.is_applied and item.stopped_at(over.entry.action) is not None
    earlier = over.entry if still_holds else None
    return replace(new, earlier=earlier, version=over.version + 1)
