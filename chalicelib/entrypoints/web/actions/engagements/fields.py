"""The choices that several forms about engagements have."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import AgentAccess, CutOffMethod
from chalicelib.domain.moments import LONGEST_SESSION
from chalicelib.domain.onboarding.requests import GrantsToRenew
from chalicelib.domain.onboarding.role_setup import PermissionSet, RoleSetup
from chalicelib.entrypoints.web.actions.declared import FormField
from chalicelib.entrypoints.web.actions.fields import build_field

AGENT_OPTIONS = (
    (AgentAccess.READ_ONLY.value, "They list resources and see settings, and nothing else"),
    (AgentAccess.REFUSE.value, "They get no session"),
    (AgentAccess.ALLOW.value, "They get the sessions that their member gets"),
)
CUT_OFF_OPTIONS = (
    (CutOffMethod.BRAKE.value, "Brake: Daypass can end a session, a member’s, or everyone’s"),
    (
        CutOffMethod.DENY_ALL.value,
        "Deny all: Daypass can end everyone’s; only the client undoes it",
    ),
    (CutOffMethod.NONE.value, "None: only the client can end live sessions"),
)
PERMISSION_OPTIONS = (
    (PermissionSet.VIEW_ONLY_ACCESS.value, "ViewOnlyAccess: resources and settings, no data"),
    (PermissionSet.READ_BASICS.value, "EC2 and RDS, and every S3 bucket and object"),
    (PermissionSet.READ_ONLY_ACCESS.value, "ReadOnlyAccess: nearly every service, with data"),
    (PermissionSet.SECURITY_AUDIT.value, "SecurityAudit: for a security audit"),
)
AS_THEY_ARE = (PermissionSet.AS_THEY_ARE.value, "As they are: the role keeps its permissions")
SESSION_OPTIONS = (
    ("900", "15 minutes"),
    ("1800", "30 minutes"),
    (str(LONGEST_SESSION), "60 minutes"),
)
RENEWAL_OPTIONS = (
    (GrantsToRenew.ENDED_WITH_IT.value, "Renew the grants that end with the engagement"),
    (GrantsToRenew.NONE.value, "Renew no grant"),
)


def describe_permissions(setup: RoleSetup) -> str:
    """Return the role's permissions in words."""
    if setup.permissions_policy:
        return "The client’s own policy"
    return dict((*PERMISSION_OPTIONS, AS_THEY_ARE))[setup.permissions.value]


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
