"""The web console's actions that add and change roles, choose their permissions, and override their
checks."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import (
    AllowsChaining,
    AllowsLinks,
    ChangeRole,
    CreateRole,
    MaxSession,
    RequiresReason,
    Role,
)
from chalicelib.domain.identifiers import Arn, RoleName
from chalicelib.domain.moments import LONGEST_SESSION, Moment
from chalicelib.domain.onboarding.role_setup import ChangeSetup, MaxSessionDuration, PermissionSet
from chalicelib.domain.text import ReasonText
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.routing import EngagementPath, RolePath
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    lead_action,
    list_changes,
    pick_fields,
    web_action,
    with_reason,
)
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.engagements import roles
from chalicelib.usecases.engagements.actions import ADD_ROLE, CHANGE_ROLE
from chalicelib.usecases.onboarding import role_setup


class RoleForm(EngagementPath):
    """The fields of both forms about a role's settings."""

    arn: Arn
    max_session: MaxSession = LONGEST_SESSION
    requires_reason: RequiresReason = False
    allows_links: AllowsLinks = False
    allows_chaining: AllowsChaining = False


class AddRoleForm(RoleForm):
    """The form that adds a role to an engagement."""

    name: RoleName


def _add_role(web: WebRequest, form: AddRoleForm) -> None:
    """Create the role. A form that is sent again creates no other role."""
    stored = web.ports.state.get(Role, form.engagement, form.name)
    if stored is None or stored.ended_at is not None or list_changes(ChangeRole, form, stored):
        new = pick_fields(CreateRole, form)
        roles.create_role(web.ports, web.caller, form.engagement, new)


@lead_action(
    ADD_ROLE,
    AddRoleForm,
    perform=_add_role,
    labels={
        "name": ("Name in Daypass", "For example, deploy. Use a-z, 0-9 and hyphens."),
        "arn": ("ARN", "The ARN that the role has, or will have, in the client’s account."),
    },
    then="engagements/{engagement}/roles/{name}",
    is_step=True,
)
def _(web: WebRequest, engagement: Engagement) -> ActionPage:
    partition = web.ports.firm.partition
    return ActionPage(
        stored={
            "arn": f"arn:{partition}:iam::{engagement.account_id}:role/daypass-",
            "allows_links": True,
        },
    )


class ChangeRoleForm(RoleForm):
    """The form that changes a role. It sends every field, changed or not."""

    role: RoleName
    version: int
    """The version of the role that the form showed."""


@lead_action(CHANGE_ROLE, ChangeRoleForm, change=ChangeRole)
def _(_: WebRequest, role: Role) -> ActionPage:
    return ActionPage(stored=role)


class PermissionsForm(RolePath):
    """The form that chooses the permissions to ask the client for."""

    permissions: PermissionSet
    max_session_duration: MaxSessionDuration


def _find_choice(web: WebRequest, engagement: str, role: str) -> Any:
    """Return the stored choice. The client's own policy is none of those that the form has."""
    setup = role_setup.find_setup(web.ports, engagement, role)
    return replace(setup, permissions=None) if setup.permissions_policy else setup


@web_action(
    "change-permissions",
    "Choose the permissions of",
    "Choose these permissions",
    "The permissions have been chosen. The client’s page shows them.",
    Action.ROLE_SETUP,
    PermissionsForm,
    role_setup.change_setup,
    change=ChangeSetup,
    find=_find_choice,
    grants_access=True,
    labels={
        "permissions": "Permissions",
        "max_session_duration": ("The IAM role’s longest session, in seconds", "3600 to 43200."),
    },
)
def _(_: WebRequest, setup: Any) -> ActionPage:
    return ActionPage(
        effect=(
            (
                "The client’s page asks for these permissions from now on. Only the client can"
                " change the role itself."
            ),
            "Daypass’s checks cannot see a role’s permissions.",
        ),
        stored=setup,
        warning="The client’s own policy is replaced. To keep it, do not send this form."
        if setup.permissions_policy
        else "",
    )


class OverrideForm(RolePath):
    """The form that overrides a role's check."""

    until: Moment
    reason: ReasonText


@web_action(
    "override-role",
    "Override the check of",
    "Override the check",
    "The check has been overridden. The leads are alerted.",
    Action.ROLE_OVERRIDE,
    OverrideForm,
    roles.override_role,
    grants_access=True,
    labels={"until": ("Until", "At most seven days from now.")},
)
def _(web: WebRequest, role: Role) -> ActionPage:
    return ActionPage(
        effect=(
            (
                "Until the time that you choose, Daypass issues sessions for"
                f" {role.engagement}/{role.name} to members with a grant, although the role has"
                " not passed a check."
            ),
            "The client’s page shows the override, and the leads are alerted.",
            "The override ends earlier if a lead ends it, or if the role ends or gets a new ARN.",
        ),
        stored={"until": web.now + timedelta(days=1)},
        warning="If the role can be assumed without the external ID, another customer of the firm"
        " could trick the firm into using it.",
    )


@web_action(
    "end-override",
    "End the override of",
    "End the override",
    "The override has ended.",
    Action.ROLE_OVERRIDE_END,
    with_reason(RolePath),
    roles.end_override,
    is_stop=True,
    then="engagements/{engagement}/roles/{role}",
)
def _(web: WebRequest, role: Role) -> ActionPage:
    return ActionPage(
        effect=(
            (
                f"After that, Daypass issues sessions for {role.engagement}/{role.name} only if the"
                " role passed its last check."
            ),
            "Live sessions keep working until they expire. To end them sooner, revoke them.",
        ),
        warning="" if role.is_overridden(web.now) else "No override of this role is in force.",
    )
