"""Suspend a member, and say what a lead among them leaves behind."""

from __future__ import annotations

from msgspec import field
from msgspec.structs import replace

from chalicelib.domain.errors import Unavailable
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Inline, Thing
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.people.members import find_member, revoke_member
from chalicelib.usecases.people.set_going import SetGoing, set_going
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import insist

MOST_SHOWN = 200
"""The answer has to fit into what Lambda can return."""


class Suspension(Thing, frozen=True):
    """What a suspension did, and could not do; `set_going` is null for whoever never led."""

    revocation: Inline[Revocation] = field(name="of")
    set_going: SetGoing | None


def suspend_member(ports: Ports, lead: Caller, member: str, *, why: str) -> Suspension:
    """As `revoke_member`, which it is; with what a lead had set going, again where asked again."""
    revocation = revoke_member(ports, lead, member, why=why)

    def what_is_left(_: Caller) -> SetGoing | None:
        suspended = find_member(ports, member)
        if not suspended.has_ever_led:
            return None
        found = set_going(ports, suspended)
        return replace(found, deeds=found.deeds[:MOST_SHOWN])

    try:
        told = insist(ports, lead, what_is_left)
    except Unavailable:  # the suspension is done all the same, and has to be answered
        told = SetGoing(since=ports.now(), counts={}, deeds=(), is_complete=False)
    return Suspension(revocation, told)
