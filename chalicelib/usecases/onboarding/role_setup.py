"""Change a role's setup, and build the role's specification.

The setup is what a lead chose about the role. The specification is what the client has to create.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import CutOffMethod, Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.role_setup import ChangeSetup, RoleSetup
from chalicelib.domain.onboarding.setup.permissions import (
    find_preset,
    parse_new_permissions_policy,
    parse_permissions_policy,
)
from chalicelib.domain.onboarding.setup.resources import build_trust_policy
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.onboarding.setup.wildcards import grants_admin
from chalicelib.domain.people.members import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version, sent_fields
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import find_current_role, find_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import write

_RESETS: Mapping[str, Mapping[str, Any]] = {
    "permissions": {"permissions_policy": None},
    "makes_boundary": {"boundary_arn": None},
    "boundary_arn": {"makes_boundary": False},
}
"""For each field of a request, the other fields that it resets, unless the request sets them
too."""


def change_setup(
    ports: Ports, lead: Caller, engagement: str, role: str, change: ChangeSetup
) -> RoleSetup:
    """Change the role's permissions, permissions boundary or longest session, as a lead chooses.

    Return the changed setup. Fields that the request omits stay as they are. A permission set and
    the client's own policy replace each other, as do the two kinds of permissions boundary. Raise
    InvalidRequest for a value that AWS would reject, and for a permissions boundary if the
    engagement's cut-off method needs the boundary (`brake`). Also raise it for a policy so long
    that the role would have no room for the policy that revokes active sessions.
    """
    current = find_engagement(ports, engagement)
    stored_role = find_current_role(ports, current, role)
    stored = ports.state.get(RoleSetup, engagement, role)
    if change.permissions_policy is not None:
        # Raises InvalidRequest, also if the policy leaves no room for a revocation's policy.
        parse_new_permissions_policy(change.permissions_policy)
    base = next_version(stored) if stored else _build_default_setup(stored_role)
    choices = sent_fields(change)
    resets = {name: value for field in choices for name, value in _RESETS.get(field, {}).items()}
    new = replace(base, **resets | choices)
    # A RoleSpec refuses a boundary beside a brake, and values that AWS would reject.
    spec = _build_spec(ports, current, stored_role, new, current.cut_off)
    build_trust_policy(spec)  # raises InvalidRequest if the trust policy is too long
    document = spec.permissions.document if new.permissions_policy else None
    is_new_policy = stored is None or new.permissions_policy != stored.permissions_policy
    is_admin = is_new_policy and document is not None and grants_admin(document)
    # For the sentence of the trail entry, and for the list of a suspended lead's changes.
    details = {"asks_for": "everything" if is_admin else ""}
    if is_new_policy:
        former = _name_permissions(stored) if stored else ""
        details |= {"permissions": _name_permissions(new), "former_permissions": former}
    preconditions = [current, stored_role]
    write(
        ports, lead, Action.ROLE_SETUP, (stored, new), preconditions=preconditions, details=details
    )
    return new


def _name_permissions(setup: RoleSetup) -> str:
    """Return the name of the chosen permissions for the trail: a permission set's, or "own"."""
    return "own" if setup.permissions_policy else setup.permissions.value


def find_setup(ports: Ports, engagement: str, role: str) -> RoleSetup:
    """Return the role's setup. The default is that the role keeps its permissions."""
    return _read_setup(ports, find_role(ports, engagement, role))


def _read_setup(ports: Ports, role: Role) -> RoleSetup:
    """Return the role's stored setup, or the default if a lead has chosen nothing."""
    return ports.state.get(RoleSetup, role.engagement, role.name) or _build_default_setup(role)


def _build_default_setup(role: Role) -> RoleSetup:
    return RoleSetup(engagement=role.engagement, role=role.name)


def build_spec_for_role(
    ports: Ports, engagement: Engagement, role: Role, setup: RoleSetup | None = None
) -> RoleSpec:
    """Return the specification of the role, as Daypass asks the client to create it. Read the
    role's setup unless `setup` has it already."""
    setup = setup or _read_setup(ports, role)
    # The brake is the permissions boundary that Daypass writes to cut sessions off. A role that
    # ended before the engagement got it may have another boundary. Its sessions cannot be cut off.
    cannot_have_brake = engagement.cut_off is CutOffMethod.BRAKE and setup.has_boundary
    method = CutOffMethod.NONE if cannot_have_brake else engagement.cut_off
    return _build_spec(ports, engagement, role, setup, method)


def _build_spec(
    ports: Ports, engagement: Engagement, role: Role, setup: RoleSetup, cut_off: CutOffMethod
) -> RoleSpec:
    """Return the specification of the role with this setup and this method for cut-offs. Raise
    InvalidRequest for values that a RoleSpec refuses."""
    return RoleSpec(
        firm=ports.firm,
        client=engagement.client,
        role_arn=role.arn,
        external_ids=engagement.external_ids,
        ends_at=engagement.ends_at,
        permissions=parse_permissions_policy(setup.permissions_policy)
        if setup.permissions_policy
        else find_preset(setup.permissions),
        max_session_duration=setup.max_session_duration,
        boundary_arn=setup.boundary_arn,
        makes_boundary=setup.makes_boundary,
        cut_off=cut_off,
        cut_off_external_id=engagement.cut_off_external_id,
    )
