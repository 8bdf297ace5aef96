"""Fields that several forms about engagements have."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from chalicelib.domain.engagements.engagements import AgentAccess, CutOffMethod
from chalicelib.domain.moments import LONGEST_SESSION
from chalicelib.domain.onboarding.requests import GrantsToRenew
from chalicelib.domain.onboarding.role_setup import PermissionSet
from chalicelib.entrypoints.web.actions.declared import FormField, Typed, Widget

AGENT_OPTIONS = (
    (AgentAccess.READ_ONLY.value, "They read the configuration, and no data"),
    (AgentAccess.REFUSE.value, "They get no session"),
    (AgentAccess.ALLOW.value, "They get the sessions that their member gets"),
)
CUT_OFF_OPTIONS = (
    (CutOffMethod.BRAKE.value, "Brake: Daypass can end a session, a member’s, or everyone’s"),
    (CutOffMethod.FREEZE.value, "Freeze: Daypass can end everyone’s; only the client undoes it"),
    (CutOffMethod.NONE.value, "None: only the client can end live sessions"),
)
PERMISSION_OPTIONS = (
    (PermissionSet.VIEW_ONLY_ACCESS.value, "ViewOnlyAccess: resources and settings, no data"),
    (PermissionSet.READ_BASICS.value, "EC2 and RDS, and every S3 bucket and object"),
    (PermissionSet.READ_ONLY_ACCESS.value, "ReadOnlyAccess: nearly every service, with data"),
    (PermissionSet.SECURITY_AUDIT.value, "SecurityAudit: for a security audit"),
)
SESSION_OPTIONS = (
    ("900", "15 minutes"),
    ("1800", "30 minutes"),
    (str(LONGEST_SESSION), "60 minutes"),
)
RENEWAL_OPTIONS = (
    (GrantsToRenew.ENDED_WITH_IT.value, "Renew the grants that end with the engagement"),
    (GrantsToRenew.NONE.value, "Renew no grant"),
)


def build_field(
    name: str,
    label: str,
    widget: str = Widget.TEXT,
    *,
    value: Any = "",
    options: tuple[tuple[str, str], ...] = (),
    hint: str = "",
    required: bool = True,
) -> FormField:
    """Return a field that is required, unless `required` says otherwise."""
    return FormField(
        name=name,
        label=label,
        widget=Widget(widget),
        value=value,
        options=options,
        hint=hint,
        required=required,
    )


def hidden(name: str, value: str) -> FormField:
    """Return a field that the browser sends and does not show."""
    return FormField(name=name, label="", widget=Widget.HIDDEN, value=value)


def checkbox(name: str, label: str, *, is_set: bool, hint: str = "") -> FormField:
    """Return a box that can be checked."""
    return FormField(name=name, label=label, widget=Widget.CHECKBOX, value=is_set, hint=hint)


def with_typed(typed: Typed, fields: tuple[FormField, ...]) -> tuple[FormField, ...]:
    """Return the fields with the typed values. If a visible field was typed, the form was sent, and
    the browser leaves out the fields that are empty and the boxes that are not checked."""
    visible = {each.name for each in fields if each.widget is not Widget.HIDDEN}
    was_sent = bool(visible & set(typed))

    def find_value(each: FormField) -> Any:
        is_checkbox = each.widget is Widget.CHECKBOX
        missing = (False if is_checkbox else "") if was_sent else each.value
        return typed.get(each.name, each.value if each.widget is Widget.HIDDEN else missing)

    return tuple(replace(each, value=find_value(each)) for each in fields)


def reason_field() -> FormField:
    """Return the field for the reason that the trail records."""
    return build_field("reason", "Reason", hint="The trail keeps it, with your name.")


def choice_fields(agents: AgentAccess, cut_off: CutOffMethod) -> tuple[FormField, ...]:
    """Return the fields for the access of agents and for the method of cut-offs."""
    return (
        build_field(
            "agents",
            "Agents",
            "select",
            value=agents.value,
            options=AGENT_OPTIONS,
            hint="Programs that work for a member by themselves.",
        ),
        build_field(
            "cut_off",
            "Cut-offs",
            "select",
            value=cut_off.value,
            options=CUT_OFF_OPTIONS,
            hint="How a revocation ends live sessions in the client’s account. The client has to"
            " agree, and creates what the method needs.",
        ),
    )
