"""The IAM roles of an engagement: name, change, end. `verify` proves them."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import (
    ChangeRole,
    CreateRole,
    Override,
    Role,
    Widening,
    widenings,
)
from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound, bad_value
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action, Edit
from chalicelib.domain.values import new_item, next_version, sent_fields
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import retry_on_conflict, write
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke
from chalicelib.usecases.vending.withholding import revocation, withhold_vends

LONGEST_OVERRIDE = timedelta(days=7)
# A client's page shows them all, and a rotation writes them all in one step.
MOST_ROLES = 20
# Once the engagement is over every one of them is tried: none is ever forgotten.
MOST_FORMER_ARNS = 10


def find_role(ports: Ports, engagement: str, role: str) -> Role:
    """NotFound if there is none."""
    return role_in(ports, find_engagement(ports, engagement), role)


def role_in(ports: Ports, engagement: Engagement, role: str) -> Role:
    """The role of this name in an engagement that has been read already, or NotFound."""
    found = ports.state.get(Role, engagement.id, role)
    if found is None:
        raise NotFound(Reason.NO_SUCH_ROLE)
    return found


def current_role(ports: Ports, engagement: Engagement, role: str) -> Role:
    """The same, if it has not ended: Conflict."""
    found = role_in(ports, engagement, role)
    if found.ended_at is not None:
        raise Conflict(Reason.ALREADY_ENDED)
    return found


def create_role(ports: Ports, lead: Caller, engagement: str, asked: CreateRole) -> Role:
    """A role, unverified: nothing is vended from it before it has been proven.

    An ended role's name may be used again; grants that name it include the new one. Conflict for a
    21st role, and for a name that has named ten ARNs before its last. InvalidRequest for an ARN
    that is not in the engagement's account.
    """
    place = find_engagement(ports, engagement)
    check_arn(ports, place, asked.arn)
    _check_not_left(place)
    old = ports.state.get(Role, engagement, asked.name)
    if old is not None and old.ended_at is None:
        raise Conflict(Reason.ALREADY_EXISTS, field="name")
    if old is None and len(list_all(ports.state, Role, engagement=engagement)) >= MOST_ROLES:
        raise Conflict(Reason.TOO_MANY_ROLES)
    role = new_item(
        Role,
        asked,
        engagement=engagement,
        created_at=ports.now(),
        former_arns=() if old is None else _former_arns(old),
        stop="" if old is None else old.stop,
        asked_ends=(place.ends_at,),
        version=1 if old is None else old.version + 1,
    )
    edits: list[Edit] = [(None, role)]
    # What the client was asked for under this name before was another role's.
    if old is not None and (setup := ports.state.get(RoleSetup, engagement, role.name)) is not None:
        unchosen = RoleSetup(engagement=engagement, role=role.name, version=setup.version + 1)
        edits.append((setup, unchosen))
    details = _widened(old, role)
    write(ports, lead, Action.ROLE_CREATE, *edits, preconditions=[place], details=details)
    if old is not None:  # a vend that began while that one stood may be under way
        withhold_vends(ports, lead, role)
    return role


def change_role(ports: Ports, lead: Caller, engagement: str, role: str, asked: ChangeRole) -> Role:
    """Change a role. Another ARN makes it unverified, even if it is later changed back. Conflict
    where it has named ten others before.
    """
    place = find_engagement(ports, engagement)
    old = current_role(ports, place, role)
    new = next_version(old, **sent_fields(asked))
    if asked.arn is not None:
        _check_not_left(place)
        check_arn(ports, place, asked.arn)
    if new.arn != old.arn:
        unproven = {"verification": None, "override": None, "replaced_end": None}
        new = replace(new, former_arns=_former_arns(old), asked_ends=(place.ends_at,), **unproven)
    details = _widened(old, new)
    write(ports, lead, Action.ROLE_CHANGE, (old, new), preconditions=[place], details=details)
    withhold_vends(ports, lead, new)
    return new


def override_role(
    ports: Ports, lead: Caller, engagement: str, role: str, *, until: datetime, why: str
) -> Role:
    """Vend from a role that is not proven safe, until a moment at most seven days from now, or
    until it has another ARN or override. InvalidRequest for a moment that is gone or too far off.
    """
    place = find_engagement(ports, engagement)
    old = current_role(ports, place, role)
    now = ports.now()
    if not now < until <= now + LONGEST_OVERRIDE:
        raise bad_value("until", "An override lasts for seven days at most.")
    given = Override(until=until, by=lead.member.id, why=why, role_arn=old.arn)
    new = next_version(old, override=given)
    details = {"role_arn": old.arn, "said": why}
    write(ports, lead, Action.ROLE_OVERRIDE, (old, new), preconditions=[place], details=details)
    return new


def end_override(
    ports: Ports, lead: Caller, engagement: str, role: str, *, by: str, why: str
) -> Revocation:
    """End the override of the role by this member, if there still is one. Return the sessions of
    the role that may be alive.
    """

    def attempt(lead: Caller) -> Revocation:
        new = old = find_role(ports, engagement, role)
        if old.override is not None and old.override.by == by:
            new = next_version(old, override=None)
            write(ports, lead, Action.ROLE_OVERRIDE_END, (old, new), details={"said": why})
        return revocation(ports, lead, new, ports.now())

    return retry_on_conflict(ports, lead, attempt)


def end_role(ports: Ports, lead: Caller, engagement: str, role: str, *, why: str) -> Revocation:
    """Return the sessions that may still be alive, again where it was done before."""

    def find() -> RevocationOrder:
        return RevocationOrder(find_role(ports, engagement, role), Action.ROLE_END, {"said": why})

    return revoke(ports, lead, find)


def _check_not_left(engagement: Engagement) -> None:
    """Conflict once it is on record that every role refuses us: there is to be no other."""
    if engagement.access_removed_at is not None:
        raise Conflict(
            Reason.ALREADY_ENDED, "The client's account was left. Reopen the engagement first."
        )


def check_arn(ports: Ports, engagement: Engagement, unverified_arn: str) -> None:
    """InvalidRequest unless this is a role of the engagement's account, in our partition.
    Unavailable while the firm's own accounts are unknown.
    """
    ports.firm.require_known_accounts()
    arn = ports.firm.client_role(unverified_arn)
    if arn.account_id != engagement.account_id:
        raise InvalidRequest(Reason.ROLE_IN_ANOTHER_ACCOUNT, field="arn")


def _former_arns(old: Role) -> tuple[str, ...]:
    """What the role has named, once it names another ARN. Conflict for more than ten."""
    former = tuple(dict.fromkeys((*old.former_arns, old.arn)))
    if len(former) > MOST_FORMER_ARNS:
        raise Conflict(
            Reason.TOO_MANY_ROLES,
            f"This role has named {MOST_FORMER_ARNS} other ARNs, all of which are tried once the"
            " engagement is over. End it, and create one of another name.",
        )
    return former


def _widened(old: Role | None, new: Role) -> dict[str, str]:
    ways = widenings(old, new)
    former_arn = old.arn if old and Widening.OTHER_ARN in ways else ""
    return {"widened": " ".join(ways), "former_arn": former_arn}
