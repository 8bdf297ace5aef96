"""Renew an engagement: a later end, renewed grants, and new trust policies for the client."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.grants import ChangeGrant, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, NotFound, bad_value
from chalicelib.domain.moments import utc_text
from chalicelib.domain.onboarding.renewal import (
    ClientStep,
    GrantNotRenewed,
    Renewal,
    client_step,
    summary,
    why_not_renewed,
)
from chalicelib.domain.onboarding.requests import GrantsToRenew, RenewEngagement
from chalicelib.domain.onboarding.setup.removal import commands
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.people.members import Member
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version
from chalicelib.domain.verification.findings import Fix
from chalicelib.usecases.engagements.engagements import (
    check_dates,
    find_engagement,
    outdated_policies,
    reopened_detail,
    roles_in_use,
    with_end,
    with_new_end,
)
from chalicelib.usecases.engagements.grants import change_grant, check_grant_limit
from chalicelib.usecases.onboarding.links import working_links
from chalicelib.usecases.onboarding.role_setup import spec_of
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import write
from chalicelib.usecases.verification.check_role import TIME_TO_BEGIN

NO_TIME = "There was no time to renew this grant. Renew the engagement again with the same end."


def renew_engagement(
    ports: Ports, lead: Caller, engagement: str, request: RenewEngagement
) -> Renewal:
    """Set a later end, or the same end again, and renew the grants that the lead chose.

    Conflict for a closed or revoked engagement, and for more than 500 current grants.
    InvalidRequest for an earlier end, an end that is not in the future, and a named grant that
    cannot be renewed. An error changes nothing.
    """
    began = ports.now()
    old = find_engagement(ports, engagement)
    _check(old, request, began)
    renewable, refused = _grants(ports, old, request)
    inactive = [grant for grant in renewable if not grant.is_current_or_upcoming(began)]
    if inactive:
        check_grant_limit(ports, engagement, more=len(inactive))
    new = with_end(next_version(old), request.ends_at, began)
    roles = roles_in_use(ports, engagement)
    renewed = with_new_end(ports, old, new, roles)
    renewed_roles = {role.name: role for _, role in renewed}
    roles = [renewed_roles.get(role.name, role) for role in roles]
    details = outdated_policies(roles) | reopened_detail(old, new, began)
    details |= {"said": request.why, "grants": request.grants.value}
    write(ports, lead, Action.ENGAGEMENT_RENEW, (old, new), *renewed, details=details)
    grants, failed = _renew_grants(ports, lead, new, renewable, began)
    steps = _steps(ports, new, roles)
    links = working_links(ports, engagement) if steps else ()
    return Renewal(
        engagement=new,
        grants=tuple(grants),
        not_renewed=(*refused, *failed),
        client_steps=tuple(steps),
        message=summary(new, steps, links),
    )


def _check(old: Engagement, request: RenewEngagement, now: datetime) -> None:
    for ended_at, verb in ((old.revoked_at, "revoked"), (old.closed_at, "closed")):
        if ended_at is not None:
            ended = f"This engagement was {verb} on {utc_text(ended_at)}."
            raise Conflict(
                Reason.ALREADY_ENDED,
                f"{ended} Reopen it first (POST /v1/engagements/{old.id}/reopen), then renew it.",
                elsewhere=f"{ended} Reopen it first, then renew it.",
            )
    check_dates(old.starts_at, request.ends_at, now)
    if request.ends_at < old.ends_at:
        text = f"A renewal cannot move the end before the present one, {utc_text(old.ends_at)}."
        route = f"To set an earlier end, use PATCH /v1/engagements/{old.id}."
        raise bad_value("ends_at", f"{text} {route}", elsewhere=text)
    if (request.grants is GrantsToRenew.NAMED) is (request.members is None):
        raise bad_value(
            "members",
            'Send "members" with "grants": "named", and only then.',
            elsewhere="Name members only to renew those members' grants and no others.",
        )


def _grants(
    ports: Ports, old: Engagement, request: RenewEngagement
) -> tuple[list[Grant], list[GrantNotRenewed]]:
    """Return the grants to renew, and the others with the reason why they cannot be."""
    if request.grants is GrantsToRenew.NONE:
        return [], []
    grants = (
        _named(ports, old, request)
        if request.members
        else _ended_with_engagement(ports, old, request)
    )
    members = ports.state.get_many(Member, [(grant.member,) for grant in grants])
    renewable, refused = [], []
    for grant in grants:
        why = why_not_renewed(grant, members.get((grant.member,)))
        if not why:
            renewable.append(grant)
        elif request.grants is GrantsToRenew.NAMED:
            raise bad_value("members", f"The grant of {grant.member} cannot be renewed. {why}")
        elif grant.revoked_at is None:
            refused.append(GrantNotRenewed(member=grant.member, why=why))
    return renewable, refused


def _named(ports: Ports, old: Engagement, request: RenewEngagement) -> list[Grant]:
    """Return the named members' grants. NotFound if one of them has no grant."""
    names = sorted(request.members or ())
    grants = ports.state.get_many(Grant, [(old.id, name) for name in names])
    for name in names:
        if (old.id, name) not in grants:
            detail = f"{name} has no grant for this engagement."
            raise NotFound(Reason.NO_SUCH_GRANT, detail, field="members")
    return [grants[old.id, name] for name in names]


def _ended_with_engagement(ports: Ports, old: Engagement, request: RenewEngagement) -> list[Grant]:
    end = old.former_ends_at if request.ends_at == old.ends_at else old.ends_at
    if end is None:
        return []
    return [grant for grant in ports.state.grants_since(old.id, end) if grant.ends_at == end]


def _renew_grants(
    ports: Ports, lead: Caller, new: Engagement, grants: Sequence[Grant], began: datetime
) -> tuple[list[Grant], list[GrantNotRenewed]]:
    """Renew each grant in a transaction of its own, so that each member's trail has an entry."""
    renewed, failed = [], []
    for grant in grants:
        if grant.ends_at >= new.ends_at:
            continue
        if ports.now() >= began + TIME_TO_BEGIN:
            failed.append(GrantNotRenewed(member=grant.member, why=NO_TIME))
            continue
        later = ChangeGrant(ends_at=new.ends_at)
        try:
            renewed.append(change_grant(ports, lead, new.id, grant.member, later, has_room=True))
        except (Conflict, NotFound) as error:
            failed.append(GrantNotRenewed(member=grant.member, why=error.detail))
    return renewed, failed


def _steps(ports: Ports, new: Engagement, roles: Sequence[Role]) -> list[ClientStep]:
    steps = []
    for role in roles:
        is_due = role.needs_policy_update
        fix = commands(Fix.TRUST_POLICY, spec_of(ports, new, role)) if is_due else ""
        steps.append(client_step(role, fix, ports.now()))
    return [step for step in steps if step is not None]
