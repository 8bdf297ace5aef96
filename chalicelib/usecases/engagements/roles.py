"""Create, change and end the roles of an engagement. `verification.verify` verifies them.

An override lets Daypass use a role that is not verified. A vend is one attempt to issue a session
to a member. After a change, `withhold_vends` stops the vends in progress that the change no longer
allows.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import (
    ChangeRole,
    CreateRole,
    Override,
    Role,
    RoleRelaxation,
    list_relaxations,
)
from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound, Reason, bad_value
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.members import Caller
from chalicelib.domain.stops import in_place_of
from chalicelib.domain.trail import Action, Edit
from chalicelib.domain.values import change_item, new_item, next_version
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import check_version, retry_on_conflict, write
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke
from chalicelib.usecases.vending.withholding import withhold_and_list_sessions, withhold_vends

LONGEST_OVERRIDE = timedelta(days=7)
MAX_ROLES = 20
"""The most roles of one engagement, ended roles included. The client's page shows them all, and a
rotation of the external ID writes them all in one transaction."""
MAX_FORMER_ARNS = 10
"""The most former ARNs under one role name. The access-removal check tries to assume them all, so
none is ever dropped."""


def find_role(ports: Ports, engagement: str, role: str) -> Role:
    """Return the role, or raise NotFound."""
    return find_role_of_engagement(ports, find_engagement(ports, engagement), role)


def find_role_of_engagement(ports: Ports, engagement: Engagement, role: str) -> Role:
    """Return the role of an engagement that has been read already, or raise NotFound."""
    stored = ports.state.get(Role, engagement.id, role)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_ROLE)
    return stored


def find_current_role(ports: Ports, engagement: Engagement, role: str) -> Role:
    """Return the role if it has not ended. Raise NotFound if no role has this name, and Conflict if
    the role has ended."""
    stored = find_role_of_engagement(ports, engagement, role)
    if stored.ended_at is not None:
        raise Conflict(Reason.ALREADY_ENDED)
    return stored


def create_role(ports: Ports, lead: Caller, engagement: str, request: CreateRole) -> Role:
    """Create a role, and return it. Daypass issues no sessions of the role until it is verified or
    a lead overrides that.

    A lead can use the name of an ended role again. Grants that list the name then include the new
    role. Raise Conflict if the name is in use, if the engagement has MAX_ROLES roles (ended roles
    count), if earlier roles of this name have had more than MAX_FORMER_ARNS ARNs, or if a check has
    confirmed that Daypass cannot assume any of the roles. Raise InvalidRequest for an ARN outside
    the account.
    """
    current = find_engagement(ports, engagement)
    check_arn(ports, current, request.arn)
    _require_access_not_removed(current)
    old = ports.state.get(Role, engagement, request.name)
    if old is not None and old.ended_at is None:
        raise Conflict(Reason.ALREADY_EXISTS, field="name")
    if old is None and len(list_all(ports.state, Role, engagement=engagement)) >= MAX_ROLES:
        raise Conflict(Reason.TOO_MANY_ROLES)
    role = new_item(
        Role,
        request,
        engagement=engagement,
        created_at=ports.now(),
        former_arns=() if old is None else _collect_former_arns(old),
        requested_ends=(current.ends_at,),
        **in_place_of(old),  # the version and the stop, so that it replaces the ended role
    )
    edits: list[Edit] = [(None, role)]
    # Reset the setup stored under this name, because a lead chose it for the ended role.
    if old is not None and (setup := ports.state.get(RoleSetup, engagement, role.name)) is not None:
        reset = RoleSetup(engagement=engagement, role=role.name, version=setup.version + 1)
        edits.append((setup, reset))
    details = _build_relaxation_details(old, role)  # in which ways it is less strict
    write(ports, lead, Action.ROLE_CREATE, *edits, preconditions=[current], details=details)
    if old is not None:  # a vend of the ended role may be in progress
        withhold_vends(ports, lead, role)
    return role


def change_role(
    ports: Ports, lead: Caller, engagement: str, role: str, request: ChangeRole
) -> Role:
    """Change a role, and return the role.

    A new ARN makes the role unverified, and ends an override (a lead's permission to use an
    unverified role). Raise Conflict if the request's version is outdated, if the role has had
    MAX_FORMER_ARNS other ARNs, or if the request has an ARN although a check has
    confirmed that Daypass cannot assume any of the roles.
    """
    current = find_engagement(ports, engagement)
    old = find_current_role(ports, current, role)
    new = change_item(old, request)
    if request.arn is not None:
        _require_access_not_removed(current)
        check_arn(ports, current, request.arn)
    if new is old:
        # An earlier attempt may have stored the change, and failed before it stopped the sessions
        # that were being issued by the old values.
        withhold_vends(ports, lead, old)
        return old
    check_version(old, request.version)
    if new.arn != old.arn:
        new = replace(
            new,
            former_arns=_collect_former_arns(old),
            arn_changes=old.arn_changes + 1,
            # The role with the new ARN has no earlier trust policy from Daypass.
            requested_ends=(current.ends_at,),
            verification=None,
            override=None,
            previous_policy_end=None,
        )
    details = _build_relaxation_details(old, new)  # in which ways it is less strict
    write(ports, lead, Action.ROLE_CHANGE, (old, new), preconditions=[current], details=details)
    withhold_vends(ports, lead, new)
    return new


def override_role(
    ports: Ports, lead: Caller, engagement: str, role: str, *, until: datetime, why: str
) -> Role:
    """Let Daypass issue sessions of an unverified role until the given time, and return the role.

    The override ends earlier if the role's ARN changes or a lead ends the override. The same
    override again changes nothing. Raise InvalidRequest unless `until` is within the next seven
    days.
    """
    current = find_engagement(ports, engagement)
    old = find_current_role(ports, current, role)
    now = ports.now()
    if not now < until <= now + LONGEST_OVERRIDE:
        raise bad_value(
            "until",
            "An override can last up to seven days. Specify a time within the next seven days.",
        )
    override = Override(until=until, by=lead.member.id, why=why, role_arn=old.arn)
    if old.override == override and old.is_overridden(now):
        return old
    new = next_version(old, override=override)
    details = {"role_arn": old.arn, "said": why}
    write(ports, lead, Action.ROLE_OVERRIDE, (old, new), preconditions=[current], details=details)
    return new


def end_override(ports: Ports, lead: Caller, engagement: str, role: str, *, why: str) -> Revocation:
    """End the role's override.

    Return the role's sessions that may still be active, even if no override was in force.
    """

    def end_and_list_sessions(lead: Caller) -> Revocation:
        new = old = find_role(ports, engagement, role)
        if old.is_overridden(ports.now()):
            new = next_version(old, override=None)
            write(ports, lead, Action.ROLE_OVERRIDE_END, (old, new), details={"said": why})
        # The sessions' grants are still valid, so nothing cuts them off.
        return withhold_and_list_sessions(
            ports, lead, new, ports.now(), cut_off=None, requested_by=lead.actor
        )

    return retry_on_conflict(ports, lead, end_and_list_sessions)


def end_role(ports: Ports, lead: Caller, engagement: str, role: str, *, why: str) -> Revocation:
    """End the role, so that Daypass issues no more sessions of it.

    Return the sessions that may still be active, even if the role had ended already.
    """

    return revoke(
        ports,
        lead,
        lambda: RevocationOrder(find_role(ports, engagement, role), Action.ROLE_END, {"said": why}),
    )


def _require_access_not_removed(engagement: Engagement) -> None:
    """Raise Conflict if an access-removal check, after the engagement's end, saw every role refuse
    Daypass."""
    if engagement.access_removed_at is not None:
        raise Conflict(
            Reason.ALREADY_ENDED,
            "After this engagement ended, a check confirmed that Daypass can no longer assume the"
            " client's roles. Reopen the engagement first.",
        )


def check_arn(ports: Ports, engagement: Engagement, unverified_arn: str) -> None:
    """Raise InvalidRequest unless this is the ARN of a role in the engagement's account and in
    Daypass's AWS partition. Raise Unavailable while Daypass does not know the firm's own accounts.
    """
    ports.firm.require_known_accounts()
    arn = ports.firm.parse_client_role(unverified_arn)
    if arn.account_id != engagement.account_id:
        raise InvalidRequest(Reason.ROLE_IN_ANOTHER_ACCOUNT, field="arn")


def _collect_former_arns(old: Role) -> tuple[str, ...]:
    """Return the former ARNs to store when the role's ARN changes. The present ARN is one of them.

    Raise Conflict if they are more than MAX_FORMER_ARNS.
    """
    arns = tuple(dict.fromkeys((*old.former_arns, old.arn)))
    if len(arns) > MAX_FORMER_ARNS:
        raise Conflict(
            Reason.TOO_MANY_ROLES,  # the API has no reason of its own for too many ARNs
            f"This role has already had {MAX_FORMER_ARNS} other ARNs, which is the maximum. End"
            " this role, and create a role with another name.",
        )
    return arns


def _build_relaxation_details(earlier: Role | None, role: Role) -> dict[str, str]:
    """Return the trail details that say in which ways the role is less strict than `earlier`.

    `earlier` is the previous version of the role, or the ended role of the same name, or None.
    """
    relaxations = list_relaxations(earlier, role)
    former_arn = earlier.arn if earlier and RoleRelaxation.OTHER_ARN in relaxations else ""
    return {"widened": " ".join(relaxations), "former_arn": former_arn}
