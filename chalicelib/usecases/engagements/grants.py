"""Grants: who may enter which engagement, in which roles, until when."""

from __future__ import annotations

from chalicelib.domain.engagements.grants import ChangeGrant, CreateGrant, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Kind
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import new_item, next_version, sent_fields
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.engagements import check_dates, find_engagement
from chalicelib.usecases.people.members import find_member
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import write
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke
from chalicelib.usecases.vending.withholding import withhold_vends

MOST_GRANTS = 500
"""Current grants for one engagement. Its revocation reads the vends of each of their members, and
should answer in two seconds."""


def find_grant(ports: Ports, engagement: str, member: str) -> Grant:
    """NotFound if there is none."""
    find_engagement(ports, engagement)
    found = ports.state.get(Grant, engagement, member)
    if found is None:
        raise NotFound(Reason.NO_SUCH_GRANT)
    return found


def check_room(ports: Ports, engagement: str, *, more: int = 1) -> None:
    """Raise Conflict if `more` grants would give the engagement over 500 current ones."""
    now = ports.now()
    standing = sum(grant.stands(now) for grant in ports.state.grants_since(engagement, now))
    if standing + more > MOST_GRANTS:
        raise Conflict(Reason.TOO_MANY_GRANTS)


def create_grant(ports: Ports, lead: Caller, engagement: str, asked: CreateGrant) -> Grant:
    """A grant, from now and until the engagement ends unless told otherwise.

    Conflict while the member's grant for the engagement stands, and for a 501st current grant.
    InvalidRequest for an auditor.
    """
    place = find_engagement(ports, engagement)
    person = find_member(ports, asked.member)
    if person.kind is Kind.AUDITOR:
        raise InvalidRequest(Reason.AUDITOR_CANNOT_ENTER, field="member")
    now = ports.now()
    starts_at, ends_at = asked.starts_at or now, asked.ends_at or place.ends_at
    check_dates(starts_at, ends_at, now)
    old = ports.state.get(Grant, engagement, person.id)
    if old is not None and old.stands(now):
        raise Conflict(Reason.ALREADY_EXISTS, field="member")
    check_room(ports, engagement)
    grant = new_item(
        Grant,
        asked,
        engagement=engagement,
        starts_at=starts_at,
        ends_at=ends_at,
        granted_by=lead.member.id,
        created_at=now,
        stop="" if old is None else old.stop,
        version=1 if old is None else old.version + 1,
    )
    _check_roles(ports, grant)
    write(ports, lead, Action.GRANT_CREATE, (None, grant), preconditions=[place, person])
    if old is not None:  # a vend that began under that one may be under way
        withhold_vends(ports, lead, grant)
    return grant


def change_grant(
    ports: Ports,
    lead: Caller,
    engagement: str,
    member: str,
    asked: ChangeGrant,
    *,
    has_room: bool = False,
) -> Grant:
    """Change the roles or the dates. Conflict once it has been revoked, and for a 501st current
    grant unless the caller has checked that there is room for all that it changes.
    """
    old = find_grant(ports, engagement, member)
    if old.revoked_at is not None:
        raise Conflict(Reason.ALREADY_ENDED)
    new = next_version(old, **sent_fields(asked))
    if asked.starts_at or asked.ends_at:
        check_dates(new.starts_at, new.ends_at, ports.now())
    if not has_room and not old.stands(ports.now()):
        check_room(ports, engagement)
    _check_roles(ports, new)
    write(ports, lead, Action.GRANT_CHANGE, (old, new))
    withhold_vends(ports, lead, new)
    return new


def revoke_grant(
    ports: Ports, lead: Caller, engagement: str, member: str, *, why: str
) -> Revocation:
    """Return the sessions that may still be alive, again where it was done before."""

    def find() -> RevocationOrder:
        return RevocationOrder(
            find_grant(ports, engagement, member), Action.GRANT_REVOKE, {"said": why}
        )

    return revoke(ports, lead, find)


def _check_roles(ports: Ports, grant: Grant) -> None:
    for role in grant.roles:
        found = ports.state.get(Role, grant.engagement, role)
        if found is None or found.ended_at is not None:
            raise NotFound(Reason.NO_SUCH_ROLE, f"This engagement has no role {role}.")
