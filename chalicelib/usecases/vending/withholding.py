"""Withhold open vends after a change, before the change is acknowledged: revoked means revoked."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.moments import CLOCK_MARGIN, LONGEST_SESSION, whole_second_up
from chalicelib.domain.people.members import Member
from chalicelib.domain.people.tokens import Token
from chalicelib.domain.trail import Entry, Outcome
from chalicelib.domain.vending.access_links import AccessLink
from chalicelib.domain.vending.intents import LONGEST_VEND, outcome_of
from chalicelib.domain.vending.sessions import Revocation, sessions_alive
from chalicelib.domain.vending.withholding import VendBasis, depends_on, withhold_reason
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import Actor

B = TypeVar("B", bound=VendBasis)

# No older vend can have a session that is still alive.
LOOK_BACK = timedelta(seconds=LONGEST_SESSION) + 2 * (LONGEST_VEND + CLOCK_MARGIN)


def withhold_vends(ports: Ports, by: Actor, item: VendBasis) -> None:
    """Record the outcome `withheld` for every open vend that must not be handed over any more.

    Call it after a change of the item is written, and before the change is acknowledged. This finds
    every vend whose intent was put before the read. A later vend sees the change in its second
    read. The item is read again: someone may have restored access meanwhile.
    """
    vends = list(_vends_under(ports, item))
    _withhold(ports, by, vends, current_item(ports, item))


def revocation(
    ports: Ports,
    by: Actor,
    item: VendBasis,
    revoked_at: datetime,
    *,
    under: VendBasis | None = None,
) -> Revocation:
    """Withhold the open vends, and return the sessions that may be alive under the revoked item, or
    under `under`. The cut-off is the moment after which no session can be handed over."""
    entries = _withhold(ports, by, _vends_under(ports, under or item), item)
    now = ports.now()
    return Revocation.of(
        sessions_alive(entries, now),
        revoked_at=revoked_at,
        cut_off_at=whole_second_up(now) + CLOCK_MARGIN,
    )


def _vends_under(ports: Ports, item: VendBasis) -> Iterator[Entry]:
    """Yield the entries of all vends under this item that may have a live session."""
    since = ports.now() - LOOK_BACK
    vends = (
        lambda member=member: list(ports.trail.vends(member, since))
        for member in _members_under(ports, item, since)
    )
    for entries in ports.side_by_side(vends):
        yield from (entry for entry in entries if depends_on(entry, item))


def _members_under(ports: Ports, item: VendBasis, since: datetime) -> Iterable[str]:
    """Return the members who may have put an intent since then: those with a grant in force since
    then. Grants are never removed."""
    match item:
        case Member():
            return (item.id,)
        case Token() | Grant() | AccessLink():
            return (item.member,)
        case Engagement():
            grants = ports.state.grants_since(item.id, since - LONGEST_VEND)
        case Role():
            grants = ports.state.grants_since(item.engagement, since - LONGEST_VEND)
    return [grant.member for grant in grants]


def current_item(ports: Ports, item: B) -> B:
    """Return the stored item. Such items are never removed."""
    return ports.state.get_many(type(item), [item.key]).get(item.key, item)


def _withhold(ports: Ports, by: Actor, vends: Iterable[Entry], item: VendBasis) -> list[Entry]:
    """Return the entries, together with the outcomes of the vends that this withheld."""
    entries = list(vends)
    settled = {entry.vend for entry in entries if entry.outcome is not Outcome.INTENDED}
    open_intents = [
        entry for entry in entries if entry.vend not in settled and depends_on(entry, item)
    ]
    for intent in open_intents:
        now = ports.now()
        reason = withhold_reason(intent, item, now)
        if reason is not None:
            details = {"closed_by": by.actor}
            withheld = outcome_of(intent, Outcome.WITHHELD, at=now, reason=reason, details=details)
            entries.append(ports.trail.put_outcome(intent, withheld))
    return entries
