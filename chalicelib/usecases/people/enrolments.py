"""Enrolment codes, for leads: send another, look at the last one, withdraw it."""

from __future__ import annotations

from datetime import datetime

from chalicelib.domain.errors import Conflict, NotFound
from chalicelib.domain.people.enrolments import Enrolment
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.usecases.people.codes import NewEnrolment, make_enrolment
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import revoke_secret, write


def find_enrolment(ports: Ports, member: str) -> Enrolment:
    """The member's last code, whatever became of it, or NotFound."""
    find_member(ports, member)
    found = ports.state.get(Enrolment, member)
    if found is None:
        raise NotFound(Reason.NO_SUCH_ENROLMENT)
    return found


def create_enrolment(
    ports: Ports, lead: Caller, member: str, *, expires_at: datetime | None = None
) -> NewEnrolment:
    """Another code for the member, who may have lost their token or have a second machine.

    It takes the place of the one before, which is dead then. Conflict for a suspended member;
    InvalidRequest for less than 10 minutes or more than 7 days.
    """
    owner = find_member(ports, member)
    if owner.suspended_at is not None:
        raise Conflict(Reason.ALREADY_ENDED, "This member is suspended. Reinstate them first.")
    old = ports.state.get(Enrolment, member)
    new = make_enrolment(
        ports,
        member,
        made_by=lead.actor,
        made_with=lead.token_id,
        expires_at=expires_at,
        over=old,
    )
    write(ports, lead, Action.ENROLMENT_CREATE, (None, new.enrolment), standing=[owner])
    return new


def revoke_enrolment(ports: Ports, lead: Caller, member: str, *, why: str) -> Enrolment:
    """Nobody gets a token with the member's code any more. Revoking again changes nothing.

    Conflict if it has been used: it is the token that is to be revoked then.
    """

    def find() -> Enrolment:
        found = find_enrolment(ports, member)
        if found.used_at is not None:
            raise Conflict(
                Reason.ALREADY_ENDED, "This code has been used already. Revoke the token instead."
            )
        return found

    return revoke_secret(ports, lead, Action.ENROLMENT_REVOKE, find, why=why)
