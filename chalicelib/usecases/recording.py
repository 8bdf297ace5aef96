"""Write a change of Daypass's records together with its entry on the trail."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Protocol, TypeVar

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, FactsChanged, Unavailable
from chalicelib.domain.identifiers import RECORD_ID_BYTES
from chalicelib.domain.one_time_secrets import KeptSecret
from chalicelib.domain.people.recognition import Caller, Denied, recognise
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Edit, Entry, Operation, operation
from chalicelib.domain.values import Item, Value, changed
from chalicelib.usecases.ports import Ports

T = TypeVar("T")
A = TypeVar("A", bound="Actor")
K = TypeVar("K", bound=KeptSecret)
NO_DETAILS: Mapping[str, str] = MappingProxyType({})


def new_id(ports: Ports) -> str:
    """A name that nothing else has: 16 hexadecimal digits."""
    return ports.random(RECORD_ID_BYTES).hex()


class Actor(Protocol):
    """Who does something, and what has to stand for it to be done: `Caller` is one."""

    @property
    def actor(self) -> str: ...

    @property
    def token_id(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def standing(self) -> Sequence[Item]: ...


class SystemActor(Value, frozen=True):
    """An actor that is not known to be a member who may do this: the operator, a client, or
    somebody who is refused."""

    actor: str
    standing: tuple[Item, ...] = ()
    token_id: str = ""
    address: str = ""


def entry_by(ports: Ports, by: Actor, operation: Operation) -> Entry:
    """Return an entry of now: what is done, by whom, and with which token from which address."""
    return Entry(
        id=new_id(ports),
        at=ports.now(),
        actor=by.actor,
        token=by.token_id,
        address=by.address,
        action=operation.action,
        outcome=operation.outcome,
        reason=operation.reason,
        engagement=operation.engagement,
        role=operation.role,
        subject="" if operation.subject == by.actor else operation.subject,
        details={name: text for name, text in operation.details.items() if text},
    )


def record(ports: Ports, by: Actor, operation: Operation) -> None:
    """Put the operation on the trail by itself, with no change of Daypass's records."""
    record_entry(ports, entry_by(ports, by, operation))


def record_entry(ports: Ports, entry: Entry) -> None:
    """Put the entry on the trail, and raise its alerts. Again for an entry that is there."""
    ports.trail.record(entry)
    ports.announce(entry)


def write(
    ports: Ports,
    by: Actor,
    action: Action,
    *edits: Edit,
    standing: Sequence[Item] = (),
    details: Mapping[str, str] = NO_DETAILS,
) -> None:
    """Write the items and the entry that follows from them in one step, or nothing: Conflict, also
    if the caller no longer stands as they were let in. `details` is what follows from no item."""
    items = [new for _, new in edits]
    change(ports, by, operation(action, *edits, details=details), items, standing=standing)


def change(
    ports: Ports,
    by: Actor,
    operation: Operation,
    items: Sequence[Item],
    *,
    standing: Sequence[Item] = (),
) -> None:
    """Do as `write`, for an operation that is not about the first of the items."""
    entry = entry_by(ports, by, operation)
    try:
        ports.state.change(items, entry, standing=(*by.standing, *standing))
    except FactsChanged:
        raise Conflict(Reason.CHANGED_MEANWHILE) from None
    ports.announce(entry)


RETRY_PATIENCE = timedelta(seconds=1.5)
"""How long a revocation is begun again; the last try may take half a second more."""


def retry_on_conflict(
    ports: Ports, by: A, attempt: Callable[[A], T], patience: timedelta = RETRY_PATIENCE
) -> T:
    """Return what the attempt gives, tried again while others write the same things. Each attempt
    has to read them anew, and is given the actor as recognised anew."""
    began, tries = ports.now(), 0
    while True:
        try:
            return attempt(by)
        except (Conflict, Unavailable) as error:
            passes = isinstance(error, Unavailable) or error.reason is Reason.CHANGED_MEANWHILE
            if not passes or ports.now() - began > patience:
                raise
            ports.pause(tries)
            again = recognised_again(ports, by)
            if again is None:
                raise
            by, tries = again, tries + 1


def recognised_again(ports: Ports, by: A) -> A | None:
    """Return the actor as they are now, or None if they may no longer do what they did."""
    if not isinstance(by, Caller):
        return by
    presented = PresentedToken(by.member.id, by.token.hash)
    token, member = ports.state.who(presented)
    if (member, token) == by.standing:
        return by
    found = recognise(token, member, presented, ports.now())
    if isinstance(found, Denied) or found.member.kind is not by.member.kind:
        return None
    return replace(by, member=found.member, token=found.token)


def revoke_secret(ports: Ports, by: Actor, action: Action, find: Callable[[], K], *, why: str) -> K:
    """Revoke a link or a code that somebody has been handed, and return it. Revoking again changes
    nothing. `find` reads it anew for each attempt, and refuses what cannot be revoked."""

    def attempt(by: Actor) -> K:
        old = find()
        if old.revoked_at is not None:
            return old
        new = changed(old, revoked_at=ports.now())
        write(ports, by, action, (old, new), details={"said": why})
        return new

    return retry_on_conflict(ports, by, attempt)
