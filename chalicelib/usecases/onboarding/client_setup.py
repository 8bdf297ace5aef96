"""The files that a client needs to create a role, in the format that the lead chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.role_setup import ClientSetup, File, SetupPart, TemplateFormat
from chalicelib.domain.onboarding.setup.formats import cloudformation, plain, script, terraform
from chalicelib.domain.onboarding.setup.removal import removal_options
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.verification.report import Report
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import get_role
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.report import build_report


def build_client_setup(
    ports: Ports,
    engagement_id: str,
    role_name: str,
    *,
    format: TemplateFormat,
    part: SetupPart = SetupPart.ROLE,
) -> ClientSetup:
    """Return the files that create the role, or those that replace its trust policy alone."""
    engagement = find_engagement(ports, engagement_id)
    role = get_role(ports, engagement, role_name)
    return render_setup(
        build_spec_for_role(ports, engagement, role), engagement, role, format, part
    )


def build_last_report(ports: Ports, engagement_id: str, role_name: str) -> Report | None:
    """Return the report on the role's last check, with fixes. None if it was never checked."""
    engagement = find_engagement(ports, engagement_id)
    role = get_role(ports, engagement, role_name)
    return build_report(engagement, role, build_spec_for_role(ports, engagement, role))


def render_setup(
    spec: RoleSpec,
    engagement: Engagement,
    role: Role,
    format: TemplateFormat,
    part: SetupPart = SetupPart.ROLE,
) -> ClientSetup:
    """Render the role's files in one format, with the options for removing the access."""
    is_whole_role = part is SetupPart.ROLE
    return ClientSetup(
        format=format,
        permissions_summary=spec.permissions.summary,
        warnings=spec.permissions.warnings,
        files=_render_files(format, part, spec, f"daypass-{engagement.id}-{role.name}"),
        settings=(
            plain.role_settings(spec) if format is TemplateFormat.JSON and is_whole_role else ()
        ),
        removal=removal_options(spec),
    )


Template = tuple[str, str, Callable[[RoleSpec], str]]
"""The extension of the file's name, the file's purpose, and the function that renders its text."""

_WHOLE_ROLE: Mapping[TemplateFormat, Template] = {
    TemplateFormat.CLOUDFORMATION: (
        "yaml",
        "CloudFormation template: create a stack from this file, in any region",
        cloudformation.role_template,
    ),
    TemplateFormat.TERRAFORM: (
        "tf",
        "Terraform: add this file to a configuration, then plan and apply",
        terraform.role_configuration,
    ),
    TemplateFormat.CLI: (
        "sh",
        "AWS CLI script: read it, then run it with sh as an administrator of the account",
        script.role_script,
    ),
}
_TRUST_POLICY_ALONE: Mapping[TemplateFormat, Template] = {
    TemplateFormat.CLOUDFORMATION: (
        "yaml",
        "CloudFormation: the property to replace in the template that creates the role",
        cloudformation.trust_policy_property,
    ),
    TemplateFormat.TERRAFORM: (
        "tf",
        "Terraform: the argument to replace in the configuration that creates the role",
        terraform.trust_policy_argument,
    ),
    TemplateFormat.CLI: (
        "sh",
        "AWS CLI script: replaces the role's trust policy, and changes nothing else",
        script.trust_policy_script,
    ),
}


def _render_files(
    format: TemplateFormat, part: SetupPart, spec: RoleSpec, name: str
) -> tuple[File, ...]:
    """Render the files in this format. Return none if the format cannot update an existing role.

    `name` is the files' name without its extension. The JSON format has names of its own.
    """
    if format is TemplateFormat.JSON:
        return plain.policy_files(spec)[: 1 if part is SetupPart.TRUST_POLICY else None]
    templates = _WHOLE_ROLE
    if part is SetupPart.TRUST_POLICY:
        templates, name = _TRUST_POLICY_ALONE, f"{name}-trust"
    elif spec.exists_already:
        # Omit the formats that would create the role again.
        templates = {TemplateFormat.CLI: _TRUST_POLICY_ALONE[TemplateFormat.CLI]}
    if format not in templates:
        return ()
    extension, purpose, render = templates[format]
    return (File(f"{name}.{extension}", purpose, render(spec)),)
