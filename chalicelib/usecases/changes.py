"""Write a change of Daypass's records together with its entry on the trail."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.domain.errors import Conflict, FactsChanged, InvalidRequest
from chalicelib.domain.model import Item
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Outcome
from chalicelib.usecases.entries import new_entry
from chalicelib.usecases.ports import Ports


class Acting(Protocol):
    """Who does something, and what has to stand for it to be done: `Caller` is one."""

    @property
    def actor(self) -> str: ...

    @property
    def standing(self) -> Sequence[Item]: ...


@dataclass(frozen=True, slots=True)
class Unattended:
    """Something is done and no member asked for it: one of the actors that are no members."""

    actor: str
    standing: tuple[Item, ...] = ()


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

    The step also checks that a caller still is who was let in, so that a lead who is revoked
    while a request of theirs is under way changes nothing with it, themselves least of all.
    """
    entry = new_entry(
        ports,
        by.actor,
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


def check_dates(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """InvalidRequest unless there is time between the start and the end, and some of it is left."""
    if ends_at <= starts_at or ends_at <= now:
        raise InvalidRequest(Reason.ENDS_BEFORE_IT_STARTS, field="ends_at")
