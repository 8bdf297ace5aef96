"""The web console's actions that choose a role's permissions, override its check, and end the
override."""

from __future__ import annotations

from datetime import timedelta

from msgspec import field

from chalicelib.domain.identifiers import EngagementId, RoleName
from chalicelib.domain.moments import Moment, rfc3339
from chalicelib.domain.onboarding.role_setup import ChangeSetup, MaxSessionDuration, PermissionSet
from chalicelib.domain.text import ReasonText
from chalicelib.domain.trail import Action
from chalicelib.domain.values import Request
from chalicelib.entrypoints.web.actions.declared import (
    ActionPage,
    ActionResult,
    Typed,
    go_to,
    web_action,
)
from chalicelib.entrypoints.web.actions.engagements.fields import AS_THEY_ARE, PERMISSION_OPTIONS
from chalicelib.entrypoints.web.actions.fields import build_field, hidden, reason_field, with_typed
from chalicelib.entrypoints.web.actions.reason_forms import RoleReasonForm
from chalicelib.entrypoints.web.request import WebRequest
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.engagements import roles
from chalicelib.usecases.onboarding import role_setup


class PermissionsForm(Request, frozen=True, kw_only=True):
    """The form that chooses the permissions to ask the client for."""

    engagement: EngagementId
    role: RoleName
    permissions: PermissionSet
    max_session_duration: MaxSessionDuration


@web_action(
    "change-permissions",
    heading="Choose the permissions of",
    button="Choose these permissions",
    done="The permissions are chosen. The client’s page shows them.",
    kinds=LEADS,
    action=Action.ROLE_SETUP,
    form=PermissionsForm,
    lets_in=True,
)
def change_permissions(web: WebRequest, form: PermissionsForm) -> ActionResult:
    """Choose the permissions, unless they are chosen already."""
    stored = role_setup.find_setup(web.ports, form.engagement, form.role)
    is_same = (stored.permissions, stored.max_session_duration, stored.permissions_policy) == (
        form.permissions,
        form.max_session_duration,
        None,
    )
    if not is_same:
        change = ChangeSetup(
            permissions=form.permissions, max_session_duration=form.max_session_duration
        )
        role_setup.change_setup(web.ports, web.caller, form.engagement, form.role, change)
    return go_to(f"engagements/{form.engagement}/roles/{form.role}")


@change_permissions.page
def show_change_permissions(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the stored choice, and the exact effect."""
    engagement, role = typed.get("engagement", ""), typed.get("role", "")
    stored = role_setup.find_setup(web.ports, engagement, role)
    return ActionPage(
        target=f"{engagement}/{role}",
        effect=(
            (
                "The client’s page asks for these permissions from now on. Daypass cannot change"
                " the role itself: the client does."
            ),
            "Daypass’s checks do not see a role’s permissions.",
        ),
        fields=with_typed(
            typed,
            (
                hidden("engagement", engagement),
                hidden("role", role),
                build_field(
                    "permissions",
                    "Permissions",
                    "select",
                    value=stored.permissions.value,
                    options=(*PERMISSION_OPTIONS, AS_THEY_ARE),
                ),
                build_field(
                    "max_session_duration",
                    "The IAM role’s longest session, in seconds",
                    "number",
                    value=str(stored.max_session_duration),
                    hint="3600 to 43200.",
                ),
            ),
        ),
        warning="The client’s own policy is replaced. To keep it, do not send this form."
        if stored.permissions_policy
        else "",
    )


class OverrideForm(Request, frozen=True, kw_only=True):
    """The form that overrides a role's check."""

    engagement: EngagementId
    role: RoleName
    until: Moment
    why: ReasonText = field(name="reason")


@web_action(
    "override-role",
    heading="Override the check of",
    button="Override the check",
    done="The check is overridden. The leads are alerted.",
    kinds=LEADS,
    action=Action.ROLE_OVERRIDE,
    form=OverrideForm,
    lets_in=True,
)
def override_role(web: WebRequest, form: OverrideForm) -> ActionResult:
    """Override the check, unless this override is in force already."""
    role = roles.find_role(web.ports, form.engagement, form.role)
    override = role.override if role.is_overridden(web.now) else None
    if override is None or (override.until, override.why) != (form.until, form.why):
        roles.override_role(
            web.ports, web.caller, form.engagement, form.role, until=form.until, why=form.why
        )
    return go_to(f"engagements/{form.engagement}/roles/{form.role}")


@override_role.page
def show_override_role(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the exact effect."""
    role = roles.find_role(web.ports, typed.get("engagement", ""), typed.get("role", ""))
    return ActionPage(
        target=f"{role.engagement}/{role.name}",
        effect=(
            (
                "Until the time that you choose, Daypass issues sessions of"
                f" {role.engagement}/{role.name} to members with a grant, although the role has no"
                " passed check."
            ),
            "The client’s page says so, and the leads are alerted.",
            "It ends earlier if a lead ends it, or if the role ends or gets another ARN.",
        ),
        fields=with_typed(
            typed,
            (
                hidden("engagement", role.engagement),
                hidden("role", role.name),
                build_field(
                    "until",
                    "Until",
                    "date-time",
                    value=rfc3339(web.now + timedelta(days=1)),
                    hint="At most seven days from now.",
                ),
                reason_field(),
            ),
        ),
        warning="If the role can be assumed without the external ID, another customer of the firm"
        " could trick the firm into using it.",
    )


@web_action(
    "end-override",
    heading="End the override of",
    button="End the override",
    done="The override is ended.",
    kinds=LEADS,
    action=Action.ROLE_OVERRIDE_END,
    form=RoleReasonForm,
    is_stop=True,
)
def end_override(web: WebRequest, form: RoleReasonForm) -> ActionResult:
    """End the override."""
    roles.end_override(web.ports, web.caller, form.engagement, form.role, why=form.reason)
    return go_to(f"engagements/{form.engagement}/roles/{form.role}")


@end_override.page
def show_end_override(web: WebRequest, typed: Typed) -> ActionPage:
    """Return the form with the exact effect."""
    role = roles.find_role(web.ports, typed.get("engagement", ""), typed.get("role", ""))
    target = f"{role.engagement}/{role.name}"
    return ActionPage(
        target=target,
        effect=(
            f"Daypass then issues sessions of {target} only if its check passed.",
            "Live sessions stay alive until they end. To end them sooner, revoke them.",
        ),
        fields=(
            hidden("engagement", role.engagement),
            hidden("role", role.name),
            reason_field(typed.get("reason", "")),
        ),
        warning="" if role.is_overridden(web.now) else "No override of this role is in force.",
    )
