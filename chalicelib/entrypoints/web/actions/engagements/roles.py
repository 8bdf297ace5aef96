"""The web console's actions that add and change roles."""

from __future__ import annotations

from chalicelib.domain.engagements.roles import (
    AllowsChaining,
    AllowsLinks,
    ChangeRole,
    CreateRole,
    MaxSession,
    RequiresReason,
    Role,
)
from chalicelib.domain.errors import Conflict
from chalicelib.domain.identifiers import Arn, EngagementId, RoleName
from chalicelib.domain.moments import LONGEST_SESSION
from chalicelib.domain.reasons import Reason
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    FormField,
    Typed,
    go_to,
    web_action,
)
from chalicelib.entrypoints.web.actions.engagements.fields import SESSION_OPTIONS
from chalicelib.entrypoints.web.actions.fields import build_field, checkbox, hidden, with_typed
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import roles
from chalicelib.usecases.engagements.engagements import find_engagement


class RoleForm(Request, frozen=True, kw_only=True):
    """The fields of both forms about a role's settings."""

    engagement: EngagementId
    arn: Arn
    max_session: MaxSession = LONGEST_SESSION
    requires_reason: RequiresReason = False
    allows_chaining: AllowsChaining = False
    allows_links: AllowsLinks = False


SETTINGS = ("arn", "max_session", "requires_reason", "allows_chaining", "allows_links")


class AddRoleForm(RoleForm, frozen=True, kw_only=True):
    """The form that adds a role to an engagement."""

    name: RoleName


@web_action(
    "add-role",
    heading="Add a role to",
    button="Add the role",
    done="The role is added. The client can create it now.",
    kinds=LEADS,
    action=Action.ROLE_CREATE,
    form=AddRoleForm,
    lets_in=True,
)
def add_role(web: WebRequest, form: AddRoleForm) -> ActionResult:
    """Create the role. A form that is sent again creates no other role."""
    current = web.ports.state.get(Role, form.engagement, form.name)
    is_same = current is not None and current.ended_at is None and not _changes(form, current)
    if not is_same:
        settings = {name: getattr(form, name) for name in SETTINGS}
        request = CreateRole(name=form.name, **settings)
        roles.create_role(web.ports, web.caller, form.engagement, request)
    return go_to(f"engagements/{form.engagement}/roles/{form.name}")


@add_role.page
def show_add_role(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the exact effect."""
    engagement = find_engagement(web.ports, typed.get("engagement", ""))
    partition = web.ports.firm.partition
    return ActionPage(
        target=engagement.id,
        effect=(
            (
                f"{engagement.id} gets a further role, which is not checked yet. Daypass issues no"
                " session of it until it has passed a check."
            ),
            (
                "The client’s page then shows how to create the role, or how to change its trust"
                " policy."
            ),
            "Grants that list this name, because a role had it before, include the new role.",
        ),
        fields=with_typed(
            typed,
            (
                hidden("engagement", engagement.id),
                build_field(
                    "name", "Name in Daypass", hint="Such as deploy: a-z, 0-9 and hyphens."
                ),
                *_setting_fields(
                    f"arn:{partition}:iam::{engagement.account_id}:role/daypass-",
                    "The ARN that the role has, or will have, in the client’s account.",
                    None,
                ),
            ),
        ),
    )


class ChangeRoleForm(RoleForm, frozen=True, kw_only=True):
    """The form that changes a role. It sends every field, changed or not."""

    role: RoleName
    version: int
    """The version of the role that the form showed."""


@web_action(
    "change-role",
    heading="Change the role",
    button="Change the role",
    done="The role is changed.",
    kinds=LEADS,
    action=Action.ROLE_CHANGE,
    form=ChangeRoleForm,
    lets_in=True,
)
def change_role(web: WebRequest, form: ChangeRoleForm) -> ActionResult:
    """Change what the form changes, unless someone else changed the role meanwhile."""
    current = roles.find_role(web.ports, form.engagement, form.role)
    changes = _changes(form, current)
    if changes:
        if current.version != form.version:
            raise Conflict(Reason.CHANGED_MEANWHILE)
        request = ChangeRole(**{name: getattr(form, name) for name in changes})
        roles.change_role(web.ports, web.caller, form.engagement, form.role, request)
    return go_to(f"engagements/{form.engagement}/roles/{form.role}")


@change_role.page
def show_change_role(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the role as it is stored, and the exact effect."""
    role = roles.find_role(web.ports, typed.get("engagement", ""), typed.get("role", ""))
    return ActionPage(
        target=f"{role.engagement}/{role.name}",
        effect=(
            (
                f"This changes {role.engagement}/{role.name} at once. Requests for a session that"
                " are in progress and are not allowed any more get none. Live sessions run to"
                " their end."
            ),
            (
                "Another ARN makes the role unverified and ends its override: Daypass issues no"
                " session of it until it has passed a check again."
            ),
            (
                "The leads are alerted if the role becomes less strict: another ARN, no reason, or"
                " further roles."
            ),
        ),
        fields=with_typed(
            typed,
            (
                hidden("engagement", role.engagement),
                hidden("role", role.name),
                hidden("version", str(role.version)),
                *_setting_fields(role.arn, "", role),
            ),
        ),
    )


def _changes(form: RoleForm, role: Role) -> list[str]:
    """Return the names of the settings that differ between the form and the role."""
    return [name for name in SETTINGS if getattr(form, name) != getattr(role, name)]


def _setting_fields(arn: str, hint: str, role: Role | None) -> tuple[FormField, ...]:
    """Return the fields for the settings of a role, or with the defaults of a new one."""

    def is_set(name: str, *, default: bool) -> bool:
        return default if role is None else getattr(role, name)

    longest = LONGEST_SESSION if role is None else role.max_session
    options = dict(SESSION_OPTIONS) | {str(longest): f"{longest // 60} minutes"}
    return (
        build_field("arn", "ARN", value=arn, hint=hint),
        build_field(
            "max_session",
            "Longest session",
            "select",
            value=str(longest),
            options=tuple(sorted(options.items(), key=lambda option: int(option[0]))),
        ),
        checkbox(
            "requires_reason",
            "Members must give a reason for each session",
            is_set=is_set("requires_reason", default=False),
        ),
        checkbox(
            "allows_links",
            "Members may also get a session through an access link",
            is_set=is_set("allows_links", default=True),
            hint="Anyone who has an access link can use it, once.",
        ),
        checkbox(
            "allows_chaining",
            "Its sessions may assume further roles",
            is_set=is_set("allows_chaining", default=False),
            hint="A cut-off does not end the sessions of those further roles.",
        ),
    )
