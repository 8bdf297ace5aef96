"""Write a change of Daypass's records together with its entry on the trail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from chalicelib.domain.errors import Conflict, FactsChanged
from chalicelib.domain.identifiers import RECORD_ID_BYTES
from chalicelib.domain.reasons import Reason
from chalicelib.domain.things import Item, Thing
from chalicelib.domain.trail import Action, Entry, Outcome
from chalicelib.usecases.ports import Ports


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
    vend: str = "",
    details: dict[str, str] | None = None,
) -> Entry:
    """An entry of now. For somebody who has been let in, `entry_by` says who it was."""
    return Entry(
        id=new_id(ports),
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
