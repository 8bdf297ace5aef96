"""Write changes of stored items together with their entries on the trail, the audit log."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from types import MappingProxyType
from typing import Protocol, TypeVar

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, FactsChanged, Reason, Unavailable
from chalicelib.domain.identifiers import RECORD_ID_BYTES
from chalicelib.domain.one_time_secrets import StoredSecret
from chalicelib.domain.people.members import AuthenticationFailure, Caller, authenticate
from chalicelib.domain.people.tokens import PresentedToken
from chalicelib.domain.trail import SCHEDULE, Action, Edit, Entry, Operation, build_operation
from chalicelib.domain.values import Item, T, Value, next_version
from chalicelib.usecases.ports import Ports

A = TypeVar("A", bound="Actor")
K = TypeVar("K", bound=StoredSecret)
NO_DETAILS: Mapping[str, str] = MappingProxyType({})


def new_id(ports: Ports) -> str:
    """Return a unique ID of 16 hexadecimal digits."""
    return ports.random(RECORD_ID_BYTES).hex()


class Actor(Protocol):
    """The author of an operation, as its trail entry names them. A `Caller`, an authenticated
    member, is an actor too.

    A change is written only if the items in the actor's `preconditions`, such as the caller's
    token, have not changed since they were read.
    """

    @property
    def actor(self) -> str: ...

    @property
    def token_id(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def preconditions(self) -> Sequence[Item]: ...


class SystemActor(Value, kw_only=False):
    """An actor without an authenticated token: the operator, a client, a scheduled job, or the
    sender of a refused request."""

    actor: str
    preconditions: tuple[Item, ...] = ()
    token_id: str = ""
    address: str = ""


SCHEDULE_ACTOR = SystemActor(SCHEDULE)
"""Daypass itself, as the actor of its jobs."""


def as_system_actor(by: Actor) -> SystemActor:
    """Return the actor without preconditions, for the steps that follow a stored revocation.

    These steps must succeed even if the actor has revoked themself.
    """
    return SystemActor(by.actor, token_id=by.token_id, address=by.address)


def build_entry(ports: Ports, by: Actor, operation: Operation) -> Entry:
    """Return a trail entry for the operation, with a new ID, the current time and the actor. If
    the subject is the actor, leave it out: an entry without a subject is about its actor."""
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
    """Write a trail entry for an operation that changes no stored item."""
    record_entry(ports, build_entry(ports, by, operation))


def record_entry(ports: Ports, entry: Entry) -> None:
    """Write the trail entry, and raise the alerts that it calls for. Writing the same entry again
    leaves one entry on the trail."""
    ports.trail.record(entry)
    ports.announce(entry)


def write(
    ports: Ports,
    by: Actor,
    action: Action,
    *edits: Edit,
    preconditions: Sequence[Item] = (),
    details: Mapping[str, str] = NO_DETAILS,
) -> None:
    """Write changed items and the change's trail entry in one transaction, and raise the alerts
    that the entry calls for.

    An edit is a pair: the item before the change (None for a new one) and after it. The entry gets
    the details that the edits show, and also `details`. Raise Conflict if an edited item, an item
    of `preconditions`, or the actor's token or member has changed since it was read.
    """
    items = [new for _, new in edits]
    write_operation(
        ports,
        by,
        build_operation(action, *edits, details=details),
        items,
        preconditions=preconditions,
    )


def write_operation(
    ports: Ports,
    by: Actor,
    operation: Operation,
    items: Sequence[Item],
    *,
    preconditions: Sequence[Item] = (),
) -> None:
    """Write the items like `write`, but with a trail entry for the given operation."""
    entry = build_entry(ports, by, operation)
    try:
        ports.state.change(items, entry, preconditions=(*by.preconditions, *preconditions))
    except FactsChanged:
        raise Conflict(Reason.CHANGED_MEANWHILE) from None
    ports.announce(entry)


def check_version(stored: Item | None, seen: int | None) -> None:
    """Raise Conflict if the stored item is not the version that the caller saw. `seen` is 0 if the
    caller saw that no item exists. If `seen` is None, check nothing."""
    if seen is not None and seen != (stored.version if stored is not None else 0):
        raise Conflict(
            Reason.CHANGED_MEANWHILE,
            "Someone else has changed this since you looked. Read it again, and retry.",
        )


RETRY_PATIENCE = timedelta(seconds=1.5)
"""How long a conflicting write is retried. The last attempt can begin half a second later."""


def retry_on_conflict(
    ports: Ports, by: A, attempt: Callable[[A], T], patience: timedelta = RETRY_PATIENCE
) -> T:
    """Call `attempt` until it succeeds, and return its result.

    Retry after Unavailable, and after a Conflict that another writer caused, for as long as
    `patience`. Then raise the last error. Before each retry, authenticate the actor again, and
    raise the error if that fails. `attempt` gets the actor, and must read all items itself.
    """
    began_at, try_count = ports.now(), 0
    while True:
        try:
            return attempt(by)
        except (Conflict, Unavailable) as error:
            is_temporary = (
                isinstance(error, Unavailable) or error.reason is Reason.CHANGED_MEANWHILE
            )
            if not is_temporary or ports.now() - began_at > patience:
                raise
            ports.pause(try_count)
            current_actor = reauthenticate(ports, by)
            if current_actor is None:
                raise
            by, try_count = current_actor, try_count + 1


def reauthenticate(ports: Ports, by: A) -> A | None:
    """Return the actor with the token and member as they are stored now. Return None if the token
    is no longer valid, or if the member's kind has changed. Return a system actor unchanged."""
    if not isinstance(by, Caller):
        return by
    presented = PresentedToken(by.member.id, by.token.hash)
    token, member = ports.state.token_and_member(presented)
    if (member, token) == by.preconditions:
        return by
    current = authenticate(token, member, presented, ports.now())
    if isinstance(current, AuthenticationFailure) or current.member.kind is not by.member.kind:
        return None
    return replace(by, member=current.member, token=current.token)


def revoke_secret(
    ports: Ports, by: Actor, action: Action, find_secret: Callable[[], K], *, why: str
) -> K:
    """Revoke a secret, such as a link to a client's page or an enrolment code, and return it.

    Each attempt calls `find_secret`, which reads the secret, and raises an error if the secret
    cannot be revoked. Revoking a secret again changes nothing.
    """

    def attempt(by: Actor) -> K:
        old = find_secret()
        if old.revoked_at is not None:
            return old
        new = next_version(old, revoked_at=ports.now())
        write(ports, by, action, (old, new), details={"said": why})
        return new

    return retry_on_conflict(ports, by, attempt)
