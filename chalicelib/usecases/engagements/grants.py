"""Create, change and revoke grants."""

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
"""The most current grants of one engagement. Its revocation reads the vends of each member with a
grant, and should answer in two seconds."""


def find_grant(ports: Ports, engagement: str, member: str) -> Grant:
    """Return the member's grant for the engagement, or raise NotFound."""
    find_engagement(ports, engagement)
    stored = ports.state.get(Grant, engagement, member)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_GRANT)
    return stored


def check_grant_limit(ports: Ports, engagement: str, *, more: int = 1) -> None:
    """Raise Conflict if the engagement would have over 500 current or upcoming grants with `more`
    new ones."""
    now = ports.now()
    count = sum(
        grant.is_current_or_upcoming(now) for grant in ports.state.grants_since(engagement, now)
    )
    if count + more > MOST_GRANTS:
        raise Conflict(Reason.TOO_MANY_GRANTS)


def create_grant(ports: Ports, lead: Caller, engagement: str, request: CreateGrant) -> Grant:
    """Create a grant. By default it starts now and ends with the engagement.

    Conflict if the member has a current or upcoming grant for the engagement, and for a 501st
    grant. InvalidRequest for an auditor.
    """
    current = find_engagement(ports, engagement)
    member = find_member(ports, request.member)
    if member.kind is Kind.AUDITOR:
        raise InvalidRequest(Reason.AUDITOR_CANNOT_ENTER, field="member")
    now = ports.now()
    starts_at, ends_at = request.starts_at or now, request.ends_at or current.ends_at
    check_dates(starts_at, ends_at, now)
    old = ports.state.get(Grant, engagement, member.id)
    if old is not None and old.is_current_or_upcoming(now):
        raise Conflict(Reason.ALREADY_EXISTS, field="member")
    check_grant_limit(ports, engagement)
    grant = new_item(
        Grant,
        request,
        engagement=engagement,
        starts_at=starts_at,
        ends_at=ends_at,
        granted_by=lead.member.id,
        created_at=now,
        stop="" if old is None else old.stop,
        version=1 if old is None else old.version + 1,
    )
    _check_roles(ports, grant)
    write(ports, lead, Action.GRANT_CREATE, (None, grant), preconditions=[current, member])
    if old is not None:  # a vend under the earlier grant may be under way
        withhold_vends(ports, lead, grant)
    return grant


def change_grant(
    ports: Ports,
    lead: Caller,
    engagement: str,
    member: str,
    request: ChangeGrant,
    *,
    has_room: bool = False,
) -> Grant:
    """Change the grant's roles or dates. Conflict for a revoked grant, and for a 501st current
    grant. A caller that has checked the limit for all its changes sets `has_room`.
    """
    old = find_grant(ports, engagement, member)
    if old.revoked_at is not None:
        raise Conflict(Reason.ALREADY_ENDED)
    new = next_version(old, **sent_fields(request))
    if request.starts_at or request.ends_at:
        check_dates(new.starts_at, new.ends_at, ports.now())
    if not has_room and not old.is_current_or_upcoming(ports.now()):
        check_grant_limit(ports, engagement)
    _check_roles(ports, new)
    write(ports, lead, Action.GRANT_CHANGE, (old, new))
    withhold_vends(ports, lead, new)
    return new


def revoke_grant(
    ports: Ports, lead: Caller, engagement: str, member: str, *, why: str
) -> Revocation:
    """Revoke the grant. Return the sessions that may still be alive, also for a revoked grant."""

    def find() -> RevocationOrder:
        return RevocationOrder(
            find_grant(ports, engagement, member), Action.GRANT_REVOKE, {"said": why}
        )

    return revoke(ports, lead, find)


def _check_roles(ports: Ports, grant: Grant) -> None:
    for role in grant.roles:
        stored = ports.state.get(Role, grant.engagement, role)
        if stored is None or stored.ended_at is not None:
            raise NotFound(Reason.NO_SUCH_ROLE, f"This engagement has no role {role}.")
