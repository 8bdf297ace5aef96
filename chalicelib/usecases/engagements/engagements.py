"""Change, close, revoke and reopen engagements. `onboarding.open_engagement` creates them.

A vend is one attempt to issue a session to a member. After a change, `withhold_vends` stops the
vends in progress that the change no longer allows.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import (
    ChangeEngagement,
    CutOffMethod,
    Engagement,
    UsedExternalId,
)
from chalicelib.domain.engagements.life import lasts_too_long
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.errors import Conflict, InvalidRequest, NotFound, Reason, bad_value
from chalicelib.domain.identifiers import EXTERNAL_ID_BYTES, build_external_id
from chalicelib.domain.onboarding.links import SetupLink
from chalicelib.domain.onboarding.role_setup import RoleSetup
from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import change_item, next_version
from chalicelib.domain.vending.cut_off.cut_offs import RoleCutOffs
from chalicelib.domain.vending.sessions import Revocation
from chalicelib.usecases.lists import list_all
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import check_version, write
from chalicelib.usecases.vending.revoking import RevocationOrder, revoke
from chalicelib.usecases.vending.withholding import withhold_vends


def find_engagement(ports: Ports, engagement: str) -> Engagement:
    """Return the engagement with this ID, or raise NotFound."""
    stored = ports.state.get(Engagement, engagement)
    if stored is None:
        raise NotFound(Reason.NO_SUCH_ENGAGEMENT)
    return stored


def list_roles_in_use(ports: Ports, engagement: str) -> list[Role]:
    """Return the engagement's roles that have not ended."""
    return [
        role for role in list_all(ports.state, Role, engagement=engagement) if role.ended_at is None
    ]


def check_dates(starts_at: datetime, ends_at: datetime, now: datetime) -> None:
    """Raise InvalidRequest unless the end is after the start and in the future."""
    if ends_at <= starts_at or ends_at <= now:
        raise InvalidRequest(Reason.ENDS_BEFORE_IT_STARTS, field="ends_at")


def check_engagement_dates(engagement: Engagement, now: datetime) -> None:
    """Raise InvalidRequest unless the engagement's end is after its start, in the future, and not
    too far ahead (`lasts_too_long`)."""
    check_dates(engagement.starts_at, engagement.ends_at, now)
    if lasts_too_long(engagement, now):
        raise InvalidRequest(Reason.ENGAGEMENT_TOO_LONG, field="ends_at")


def change_engagement(
    ports: Ports, lead: Caller, engagement: str, request: ChangeEngagement
) -> Engagement:
    """Change the client's name, the engagement's dates, what agents may do or how cut-offs work,
    and return the engagement.

    If the engagement's end changes, the trail entry names the roles whose trust policies now end
    too early. Grants keep their own ends. Raise InvalidRequest or Conflict if a role of the
    engagement does not allow the method for cut-offs.
    """
    current = find_engagement(ports, engagement)
    # Leave the end to `move_end`, which also stores the former end if the new end is another.
    changed = change_item(current, request, ends_at=current.ends_at)
    if changed is current and request.ends_at in (None, current.ends_at):
        # An earlier attempt may have stored the change, and failed before it stopped the sessions
        # that were being issued by the old values.
        withhold_vends(ports, lead, current)
        return current
    check_version(current, request.version)
    changed = replace(changed, version=current.version + 1)  # also if only the end changes
    role_edits: list[tuple[Role, Role]] = []
    if request.starts_at or request.ends_at:
        changed = move_end(changed, request.ends_at or current.ends_at, ports.now())
        check_engagement_dates(changed, ports.now())
        roles = list_roles_in_use(ports, engagement)
        role_edits = build_end_date_edits(ports, current, changed, roles)
    check_cut_off_method(ports, current, changed)
    # A method for cut-offs needs an external ID of its own, which is then reserved for ever.
    changed, used_external_ids = with_cut_off_external_id(ports, changed)
    edits = [(current, changed), *role_edits, *((None, used) for used in used_external_ids)]
    details = build_outdated_policies_detail(role for _, role in role_edits)
    details |= build_reopened_detail(current, changed, ports.now())
    write(ports, lead, Action.ENGAGEMENT_CHANGE, *edits, details=details)
    withhold_vends(ports, lead, changed)
    return changed


def close_engagement(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Revocation:
    """Close the engagement because the work is done.

    Return the sessions that may still be active, even if the engagement had ended already.
    """
    return _end_engagement(ports, lead, engagement, Action.ENGAGEMENT_CLOSE, why)


def revoke_engagement(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Revocation:
    """Revoke the engagement because something is wrong.

    Return the sessions that may still be active, even if the engagement had ended already.
    """
    return _end_engagement(ports, lead, engagement, Action.ENGAGEMENT_REVOKE, why)


def _end_engagement(
    ports: Ports, lead: Caller, engagement: str, action: Action, why: str
) -> Revocation:
    """Close or revoke the engagement, as `action` says, and return the sessions that may be
    active."""

    return revoke(
        ports,
        lead,
        lambda: RevocationOrder(find_engagement(ports, engagement), action, {"said": why}),
    )


def reopen_engagement(ports: Ports, lead: Caller, engagement: str, *, why: str) -> Engagement:
    """Undo the closing or the revocation of an engagement, and return the engagement.

    Dates, roles and grants stay as they are. An open engagement stays open.
    """
    ended = find_engagement(ports, engagement)
    if ended.closed_at is None and ended.revoked_at is None:
        return ended
    reopened = next_version(ended, closed_at=None, revoked_at=None, access_removed_at=None)
    write(ports, lead, Action.ENGAGEMENT_REOPEN, (ended, reopened), details={"said": why})
    return reopened


def with_cut_off_external_id(
    ports: Ports, engagement: Engagement
) -> tuple[Engagement, list[UsedExternalId]]:
    """Return the engagement with an external ID for its cut-off roles, if its method for cut-offs
    needs one, and the record of a new ID to store with it."""
    has_id = engagement.cut_off_external_id is not None
    if has_id or engagement.cut_off is CutOffMethod.NONE:
        return engagement, []
    external_id = build_external_id(ports.random(EXTERNAL_ID_BYTES))
    used = UsedExternalId(external_id=external_id, engagement=engagement.id)
    return replace(engagement, cut_off_external_id=external_id), [used]


def move_end(engagement: Engagement, ends_at: datetime, now: datetime) -> Engagement:
    """Return the engagement with this end, not yet stored.

    If the engagement is not over with this end, clear its record that a check found every role
    refusing Daypass (`access_removed_at`).
    """
    if ends_at != engagement.ends_at:
        engagement = replace(engagement, former_ends_at=engagement.ends_at, ends_at=ends_at)
    return engagement if engagement.is_over(now) else replace(engagement, access_removed_at=None)


def build_end_date_edits(
    ports: Ports, current: Engagement, changed: Engagement, roles: Sequence[Role]
) -> list[tuple[Role, Role]]:
    """Return the roles whose trust policies need the engagement's new end date. Each is a pair: the
    role as it is, and the role after Daypass asks the client for that date.

    Leave out the roles of an imported engagement until the first link to the client's page, unless
    Daypass has asked for an end date of that role before.
    """
    if changed.ends_at == current.ends_at:
        return []
    is_import_without_links = current.external_id_imported and not list_all(
        ports.state, SetupLink, engagement=current.id
    )
    roles_with_end = [role for role in roles if role.requested_ends or not is_import_without_links]
    edits = [
        (role, role.with_requested_end(changed.ends_at, previous_end=current.ends_at))
        for role in roles_with_end
    ]
    # `with_requested_end` returns the role itself if it needs no other end date.
    return [(before, after) for before, after in edits if after is not before]


def build_reopened_detail(
    current: Engagement, changed: Engagement, now: datetime
) -> dict[str, str]:
    """Return the trail detail that says whether a later end reopened an engagement that was
    over."""
    return {"reopened": "true" if current.is_over(now) and not changed.is_over(now) else ""}


def build_outdated_policies_detail(roles: Iterable[Role]) -> dict[str, str]:
    """Return the trail detail that names the roles whose trust policies end too early."""
    return {"outdated_policies": " ".join(role.name for role in roles if role.needs_policy_update)}


def check_cut_off_method(ports: Ports, current: Engagement, changed: Engagement) -> None:
    """Refuse a method that a role of the engagement does not allow.

    Raise InvalidRequest for a brake if a role has another permissions boundary. Raise Conflict if
    the engagement has a brake that ends sessions at present: with another method, the client would
    delete the brake, and these sessions would work again.
    """
    if changed.cut_off is current.cut_off:
        return
    for role in list_all(ports.state, Role, engagement=current.id):
        setup = ports.state.get(RoleSetup, *role.key) if role.ended_at is None else None
        if changed.cut_off is CutOffMethod.BRAKE and setup is not None and setup.has_boundary:
            raise bad_value(
                "cut_off",
                f"The role {role.name} has a permissions boundary, and a role has only one. Choose"
                " deny-all, or remove the role's boundary from its setup first.",
            )
        has_brake = current.cut_off is CutOffMethod.BRAKE
        stored = ports.state.get(RoleCutOffs, *role.key) if has_brake else None
        if stored and any(not cut_off.is_over(ports.now()) for cut_off in stored.cut_offs):
            raise Conflict(Reason.CUT_OFF_IN_FORCE)
