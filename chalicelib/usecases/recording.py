"""Write a change of Daypass's records together with its entry on the trail."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol, TypeVar

from msgspec.structs import replace

from chalicelib.domain.errors import Conflict, FactsChanged, Unavailable
from chalicelib.domain.identifiers import RECORD_ID_BYTES
from chalicelib.domain.people.recognition import Caller, Denied, recognise
from chalicelib.domain.people.tokens import Presented
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Item, Thing
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.usecases.ports import Ports

T = TypeVar("T")
A = TypeVar("A", bound="Acting")


def new_id(ports: Ports) -> str:
    """A name that nothing else has: 16 hexadecimal digits."""
    return ports.random(RECORD_ID_BYTES).hex()


def new_entry(
    ports: Ports,
    actor: str,
    action: Action,
    outcome: Outcome,
    *,
    token: str,
    address: str,
    reason: str = "",
    engagement: str = "",
    role: str = "",
    subject: str = "",
    id: str = "",
    vend: str = "",
    details: dict[str, str] | None = None,
) -> Entry:
    """An entry of now. For somebody who has been let in, `entry_by` says who it was."""
    return Entry(
        id=id or new_id(ports),
        at=ports.now(),
        actor=actor,
        token=token,
        address=address,
        action=action,
        outcome=outcome,
        reason=reason,
        engagement=engagement,
        role=role,
        subject="" if subject == actor else subject,
        vend=vend,
        details={name: text for name, text in (details or {}).items() if text},
    )


class Acting(Protocol):
    """Who does something, and what has to stand for it to be done: `Caller` is one."""

    @property
    def actor(self) -> str: ...

    @property
    def token_id(self) -> str: ...

    @property
    def address(self) -> str: ...

    @property
    def standing(self) -> Sequence[Item]: ...


class Unattended(Thing, frozen=True):
    """Something is done and no member asked for it: one of the actors that are no members."""

    actor: str
    standing: tuple[Item, ...] = ()
    token_id: str = ""
    address: str = ""


def entry_by(
    ports: Ports,
    by: Acting,
    action: Action,
    outcome: Outcome,
    *,
    reason: str = "",
    engagement: str = "",
    role: str = "",
    subject: str = "",
    details: dict[str, str] | None = None,
) -> Entry:
    """An entry of what somebody does: who, and with which token from which address."""
    return new_entry(
        ports,
        by.actor,
        action,
        outcome,
        token=by.token_id,
        address=by.address,
        reason=reason,
        engagement=engagement,
        role=role,
        subject=subject,
        details=details,
    )


def write(
    ports: Ports,
    by: Acting,
    action: Action,
    items: Sequence[Item],
    *,
    standing: Sequence[Item] = (),
    engagement: str = "",
    role: str = "",
    subject: str = "",
    details: dict[str, str] | None = None,
) -> None:
    """Write the items and the entry in one step, or nothing: Conflict.

    The step also checks that the caller still stands as they were let in: a lead who is revoked
    while a request of theirs is under way changes nothing with it.
    """
    entry = entry_by(
        ports,
        by,
        action,
        Outcome.DONE,
        engagement=engagement,
        role=role,
        subject=subject,
        details=details,
    )
    try:
        ports.state.change(items, entry, standing=(*by.standing, *standing))
    except FactsChanged:
        raise Conflict(Reason.CHANGED_MEANWHILE) from None


INSISTENCE = timedelta(seconds=1.5)
"""How long a revocation is begun again; the last try may take half a second more."""


def insist(ports: Ports, by: A, attempt: Callable[[A], T], patience: timedelta = INSISTENCE) -> T:
    """What the attempt gives, tried again while others write the same things at the same moment.

    For revocations: none is refused because somebody else is at work. Each attempt has to read
    what it writes over anew. Who asks is recognised anew as well: it may be them who was changed.
    """
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
    presented = Presented(by.member.id, by.token.hash)
    token, member = ports.state.who(presented)
    if (member, token) == by.standing:
        return by
    found = recognise(token, member, presented, ports.now())
    if isinstance(found, Denied) or found.member.kind is not by.member.kind:
        return None
    return replace(by, member=found.member, token=found.token)
