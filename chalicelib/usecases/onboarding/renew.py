"""Renew an engagement: move its end to a later date, extend grants, and tell the lead what trust
policies the client has to replace."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import ChangeGrant, Engagement, Grant
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, NotFound, Reason, bad_value
from chalicelib.domain.moments import utc_text
from chalicelib.domain.onboarding.requests import (
    ClientStep,
    GrantNotRenewed,
    GrantsToRenew,
    Renewal,
    RenewEngagement,
    build_client_step,
    find_renewal_problem,
    summarise_renewal,
)
from chalicelib.domain.onboarding.setup.removal import build_fix_commands
from chalicelib.domain.people.members import Caller, Member
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version
from chalicelib.domain.verification.findings import Fix
from chalicelib.usecases.engagements.engagements import (
    build_end_date_edits,
    build_outdated_policies_detail,
    build_reopened_detail,
    check_engagement_dates,
    find_engagement,
    list_roles_in_use,
    move_end,
)
from chalicelib.usecases.engagements.grants import change_grant, check_grant_limit
from chalicelib.usecases.onboarding.links import list_working_links
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import check_version, write
from chalicelib.usecases.verification.verify import TIME_TO_BEGIN

NO_TIME = (
    "The request ran out of time before Daypass renewed this grant. Renew the engagement again with"
    " the same end."
)


def renew_engagement(
    ports: Ports, lead: Caller, engagement: str, request: RenewEngagement
) -> Renewal:
    """Move the engagement's end to a later date, and renew the grants that the lead chose.

    The end may also stay the same, to renew grants that a first try had no time for. Return what
    was renewed, and what the client has to do.

    Raise Conflict if the engagement is closed or revoked, or would have more than 500 current and
    upcoming grants. Raise InvalidRequest if the end is earlier, not in the future or too far ahead,
    or if a named member's grant cannot be renewed. After such an error, nothing has changed.
    """
    began_at = ports.now()
    old = find_engagement(ports, engagement)
    # A repetition has the end that the first try stored, but the version from before that.
    if request.ends_at != old.ends_at:
        check_version(old, request.version)
    _refuse_invalid_renewal(old, request, began_at)
    renewable, not_renewable = _split_grants(ports, old, request)
    ended_grants = [grant for grant in renewable if not grant.is_current_or_upcoming(began_at)]
    if ended_grants:
        check_grant_limit(ports, engagement, new_count=len(ended_grants))
    new = move_end(next_version(old), request.ends_at, began_at)
    roles = list_roles_in_use(ports, engagement)
    role_edits = build_end_date_edits(ports, old, new, roles)
    changed_roles = {role.name: role for _, role in role_edits}
    roles = [changed_roles.get(role.name, role) for role in roles]
    details = build_outdated_policies_detail(roles) | build_reopened_detail(old, new, began_at)
    details |= {"said": request.why, "grants": request.grants.value}
    if renewable or role_edits or new.ends_at != old.ends_at:
        write(ports, lead, Action.ENGAGEMENT_RENEW, (old, new), *role_edits, details=details)
    else:
        new = old
    renewed_grants, failed = _renew_grants(ports, lead, new, renewable, began_at)
    steps = [step for role in roles if (step := _build_client_step(ports, new, role)) is not None]
    links = list_working_links(ports, engagement) if steps else ()
    return Renewal(
        engagement=new,
        grants=tuple(renewed_grants),
        not_renewed=(*not_renewable, *failed),
        client_steps=tuple(steps),
        message=summarise_renewal(new, steps, links),
    )


def _refuse_invalid_renewal(old: Engagement, request: RenewEngagement, now: datetime) -> None:
    """Raise Conflict for an engagement that a lead ended. Raise InvalidRequest for an invalid end,
    or if the request has `members` but `grants` is not `named`, or vice versa."""
    for ended_at, verb in ((old.revoked_at, "revoked"), (old.closed_at, "closed")):
        if ended_at is not None:
            text = f"This engagement was {verb} on {utc_text(ended_at)}."
            raise Conflict(
                Reason.ALREADY_ENDED,
                f"{text} Reopen it first (POST /v1/engagements/{old.id}/reopen), then renew it.",
                elsewhere=f"{text} Reopen it first, then renew it.",
            )
    check_engagement_dates(replace(old, ends_at=request.ends_at), now)
    if request.ends_at < old.ends_at:
        text = f"A renewal cannot set an end before the current end, {utc_text(old.ends_at)}."
        route = f"To set an earlier end, use PATCH /v1/engagements/{old.id}."
        other = "To set an earlier end, change the engagement instead."
        raise bad_value("ends_at", f"{text} {route}", elsewhere=f"{text} {other}")
    needs_members = request.grants is GrantsToRenew.NAMED
    if needs_members != (request.members is not None):
        raise bad_value(
            "members",
            'Send "members" if "grants" is "named". Otherwise leave "members" out.',
            elsewhere="To renew only the grants of some members, name them. Otherwise name none.",
        )


def _split_grants(
    ports: Ports, old: Engagement, request: RenewEngagement
) -> tuple[list[Grant], list[GrantNotRenewed]]:
    """Return the chosen grants that can be renewed, and those that cannot, each with the reason.

    Leave out revoked grants. Raise InvalidRequest if the request names a member whose grant cannot
    be renewed, for example because it was revoked.
    """
    if request.grants is GrantsToRenew.NONE:
        return [], []
    # A request that keeps the engagement's end repeats a renewal. Then the grants to renew ended
    # with the end that the engagement had before.
    end = old.former_ends_at if request.ends_at == old.ends_at else old.ends_at
    grants: list[Grant] = []
    if request.members:
        grants = _find_named_grants(ports, old, request.members)
    elif end is not None:
        since = ports.state.find_grants_since(old.id, end)
        grants = [grant for grant in since if grant.ends_at == end]
    members = ports.state.get_many(Member, [(grant.member,) for grant in grants])
    renewable, not_renewable = [], []
    for grant in grants:
        why = find_renewal_problem(grant, members.get((grant.member,)))
        if not why:
            renewable.append(grant)
        elif request.grants is GrantsToRenew.NAMED:
            raise bad_value("members", f"{grant.member}'s grant cannot be renewed. {why}")
        elif grant.revoked_at is None:
            not_renewable.append(GrantNotRenewed(member=grant.member, why=why))
    return renewable, not_renewable


def _find_named_grants(ports: Ports, old: Engagement, members: Iterable[str]) -> list[Grant]:
    """Return the grants of these members. Raise NotFound if a member has none."""
    names = sorted(members)
    grants = ports.state.get_many(Grant, [(old.id, name) for name in names])
    for name in names:
        if (old.id, name) not in grants:
            detail = f"{name} has no grant for this engagement. Leave this member out."
            raise NotFound(Reason.NO_SUCH_GRANT, detail, field="members")
    return [grants[old.id, name] for name in names]


def _renew_grants(
    ports: Ports, lead: Caller, new: Engagement, grants: Sequence[Grant], began_at: datetime
) -> tuple[list[Grant], list[GrantNotRenewed]]:
    """Renew the grants, and return the renewed ones and the failed ones, each with the reason.

    Leave out grants that end later already. Each grant is a transaction of its own, so that the
    trail gets an entry for each member.
    """
    renewed, failed = [], []
    for grant in grants:
        if grant.ends_at >= new.ends_at:
            continue
        if ports.now() >= began_at + TIME_TO_BEGIN:  # the Lambda function's time runs out
            failed.append(GrantNotRenewed(member=grant.member, why=NO_TIME))
            continue
        change = ChangeGrant(ends_at=new.ends_at)
        try:
            # `renew_engagement` has checked the limit of grants for all of them together.
            renewed.append(
                change_grant(ports, lead, new.id, grant.member, change, is_limit_checked=True)
            )
        except (Conflict, NotFound) as error:
            failed.append(GrantNotRenewed(member=grant.member, why=error.detail))
    return renewed, failed


def _build_client_step(ports: Ports, new: Engagement, role: Role) -> ClientStep | None:
    """Return the client's next step for the role, with the commands that replace its trust policy
    if that needs a later end date. Return None if the client has nothing to do."""
    commands = ""
    if role.needs_policy_update:
        commands = build_fix_commands(Fix.TRUST_POLICY, build_spec_for_role(ports, new, role))
    return build_client_step(role, commands, ports.now())
