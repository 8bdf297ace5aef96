"""Change a role's setup, and build its specification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.role_setup import ChangeSetup, RoleSetup
from chalicelib.domain.onboarding.setup.permissions import accept_own, own, preset
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.onboarding.setup.trust import trust_policy
from chalicelib.domain.onboarding.setup.wildcards import grants_admin
from chalicelib.domain.people.authentication import Caller
from chalicelib.domain.trail import Action
from chalicelib.domain.values import next_version, sent_fields
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import current_role, get_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.recording import write


def change_setup(
    ports: Ports, lead: Caller, engagement_id: str, role_name: str, change: ChangeSetup
) -> RoleSetup:
    """Change the lead's choices for a role; fields that are not sent stay as they are.

    A permission set and the client's own policy replace each other, as do the two kinds of
    permissions boundary. InvalidRequest for a value that AWS would reject, and for a policy that
    leaves no room for revoking active sessions.
    """
    engagement = find_engagement(ports, engagement_id)
    role = current_role(ports, engagement, role_name)
    stored = ports.state.get(RoleSetup, engagement_id, role_name)
    if change.own_policy is not None:
        accept_own(change.own_policy)
    new = replace(next_version(stored) if stored else _default_setup(role), **_choices(change))
    spec = _role_spec(ports, engagement, role, new)
    trust_policy(spec)  # raises if AWS would reject it
    document = spec.permissions.document if new.own_policy else None
    is_new_policy = stored is None or new.own_policy != stored.own_policy
    is_admin = is_new_policy and document is not None and grants_admin(document)
    details = {"asks_for": "everything" if is_admin else ""}
    if is_new_policy:
        former = _permissions_name(stored) if stored else ""
        details |= {"permissions": _permissions_name(new), "former_permissions": former}
    preconditions = [engagement, role]
    write(
        ports, lead, Action.ROLE_SETUP, (stored, new), preconditions=preconditions, details=details
    )
    return new


def _permissions_name(setup: RoleSetup) -> str:
    """Return the permissions' name for the trail, because the client's own policy is too long."""
    return "own" if setup.own_policy else setup.permissions.value


_REPLACED_BY: Mapping[str, Mapping[str, Any]] = {
    "permissions": {"own_policy": None},
    "makes_boundary": {"boundary_arn": None},
    "boundary_arn": {"makes_boundary": False},
}
"""The choices that each choice resets, unless the request sets them too."""


def _choices(change: ChangeSetup) -> dict[str, Any]:
    choices = sent_fields(change)
    resets = {
        name: value for field in choices for name, value in _REPLACED_BY.get(field, {}).items()
    }
    return resets | choices


def find_setup(ports: Ports, engagement_id: str, role_name: str) -> RoleSetup:
    """Return the lead's choices for the role. By default it keeps its permissions."""
    return _setup_of(ports, get_role(ports, find_engagement(ports, engagement_id), role_name))


def _setup_of(ports: Ports, role: Role) -> RoleSetup:
    return ports.state.get(RoleSetup, role.engagement, role.name) or _default_setup(role)


def _default_setup(role: Role) -> RoleSetup:
    return RoleSetup(engagement=role.engagement, role=role.name)


def spec_of(ports: Ports, engagement: Engagement, role: Role) -> RoleSpec:
    return _role_spec(ports, engagement, role, _setup_of(ports, role))


def _role_spec(ports: Ports, engagement: Engagement, role: Role, setup: RoleSetup) -> RoleSpec:
    return RoleSpec(
        firm=ports.firm,
        client=engagement.client,
        role_arn=role.arn,
        external_ids=engagement.external_ids,
        ends_at=engagement.ends_at,
        permissions=own(setup.own_policy) if setup.own_policy else preset(setup.permissions),
        max_session_duration=setup.max_session_duration,
        boundary_arn=setup.boundary_arn,
        makes_boundary=setup.makes_boundary,
    )
