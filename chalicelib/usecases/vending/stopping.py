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

from chalicelib.domain.edits import operation
from chalicelib.domain.errors import Conflict, FactsChanged, Unavailable
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.reasons import Reason
from chalicelib.domain.stops import Stop, with_stop
from chalicelib.domain.things import Item, Thing, changed
from chalicelib.domain.trail import Action
from chalicelib.domain.vending.closing import Basis
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import (
    INSISTENCE,
    Acting,
    Unattended,
    entry_by,
    insist,
    recognised_again,
    record_entry,
)
from chalicelib.usecases.vending.closing import as_it_is, revocation

LONGEST_REQUEST = timedelta(seconds=120)
"""How long a request of a member's can run: the timeout of `slack_work` (.chalice/config.json)."""


class Order(Thing, frozen=True):
    """What a revocation is asked for: the action, and what its entry says beside the keys."""

    action: Action
    details: Mapping[str, str] = field(default_factory=dict)


class Stopped(Thing, frozen=True):
    """An item that is revoked, and its stop. An older version of Daypass left no stop."""

    item: Basis
    stop: Stop | None
    action: Action

    @property
    def at(self) -> datetime:
        """When it was revoked."""
        at = self.item.stopped_at(self.action)
        if at is None:
            raise ValueError("not stopped")
        return at


def revoke(
    ports: Ports,
    by: Acting,
    item: Basis,
    order: Order,
    *,
    also: Callable[[], Sequence[Item]] = tuple,
) -> Revocation:
    """Revoke the item, and return the sessions that may be alive under it.

    `also` returns what has to change together with the item. Revoking again returns the list again
    and writes nothing. Conflict if the item or the actor has changed meanwhile; Unavailable if
    DynamoDB does not answer. Callers try again then (`insist`), with the item read anew.
    """
    stopped = stop(ports, by, item, order)
    by = in_the_name_of(by)
    answer = insist(ports, by, lambda by: revocation(ports, by, stopped.item, stopped.at))
    is_applied = apply(ports, stopped, also=also)
    if is_applied:
        finish(ports, stopped)
    return with_claim(ports, answer, stopped, is_applied=is_applied)


def stop(ports: Ports, by: Acting, item: Basis, order: Order) -> Stopped:
    """Stop the item, unless it is revoked already, and record the revocation's entry.

    Conflict if another has stopped or reinstated the item meanwhile, and for an actor who may no
    longer do this. An actor who is revoked in the instant before the stop is put still puts it: it
    can only take away.
    """
    last = ports.state.get(Stop, *item.stop_key)
    item = with_stop(item, last)
    if last is not None and not last.is_finished:
        # Whoever put it may have been killed before they recorded it.
        record_entry(ports, last.entry)
    if item.stopped_at(order.action) is not None:
        return Stopped(item, last, order.action)
    if recognised_again(ports, by) is None:
        raise Conflict(Reason.CHANGED_MEANWHILE)
    new = _new_stop(ports, by, item, order, over=last)
    _put(ports, item, new)
    insist(ports, in_the_name_of(by), lambda _: record_entry(ports, new.entry))
    return Stopped(with_stop(item, new), new, order.action)


def _put(ports: Ports, item: Basis, new: Stop) -> None:
    try:
        ports.state.remember(new)
    except (FactsChanged, Unavailable) as error:
        # The answer may have been lost. Whoever has stopped themself could not ask again.
        there = ports.state.get(Stop, *item.stop_key)
        if there is not None and there.id == new.id:
            return
        if isinstance(error, Unavailable):
            raise
        raise Conflict(Reason.CHANGED_MEANWHILE) from None


def in_the_name_of(by: Acting) -> Unattended:
    """Return who does what follows from a stop. It is done even if the actor has stopped themself,
    and is unknown by now."""
    return Unattended(by.actor, token_id=by.token_id, address=by.address)


def apply(ports: Ports, stopped: Stopped, *, also: Callable[[], Sequence[Item]] = tuple) -> bool:
    """Write the end into the item too, and return whether that is done. `finish` comes after it.

    From then on, no request that began before counts on the item as it was.
    """
    item, stop = stopped.item, stopped.stop
    if stop is None or stop.is_applied:
        return True
    began, tries = ports.now(), 0
    # A reinstated item has taken the stop into account already.
    while item.stopped_at(stopped.action) is not None:
        try:
            ports.state.apply([changed(item), *also()])
            break
        except (FactsChanged, Unavailable):
            if ports.now() - began > INSISTENCE:
                return False
            ports.pause(tries)
            tries += 1
        with suppress(Unavailable):
            item = as_it_is(ports, item)
    return True


def finish(ports: Ports, stopped: Stopped) -> None:
    """Remember that nothing is left to do for the stop. Whatever follows from it comes before."""
    stop = stopped.stop
    if stop is None or stop.is_applied:
        return
    # If another revocation of the item is there by now, or nobody answers, the next one sees to it.
    with suppress(FactsChanged, Unavailable):
        ports.state.remember(changed(stop, is_finished=True, is_applied=True))


def with_claim(
    ports: Ports, answer: Revocation, stopped: Stopped, *, is_applied: bool
) -> Revocation:
    """Say in the answer how long requests that had begun may still change things, if they may.

    By the time the job has finished a stop, no such request is left.
    """
    is_old = stopped.stop is not None and stopped.stop.is_finished
    if is_applied or is_old or not isinstance(stopped.item, Member | Token):
        return answer
    return replace(answer, changes_until=ports.now() + LONGEST_REQUEST)


def _new_stop(ports: Ports, by: Acting, item: Basis, order: Order, *, over: Stop | None) -> Stop:
    # The item's end is no news beside the entry: the item stands as it is.
    entry = entry_by(ports, by, operation(order.action, (item, item), details=order.details))
    new = Stop(kind=type(item).__name__, names=item.key, entry=entry)
    if over is None:
        return new
    still_holds = not over.is_applied and item.stopped_at(over.entry.action) is not None
    earlier = over.entry if still_holds else None
    return replace(new, earlier=earlier, version=over.version + 1)
