"""Build the files with which a client creates a role, in the format that the lead chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.role_setup import (
    ClientSetup,
    File,
    Setting,
    SetupPart,
    TemplateFormat,
)
from chalicelib.domain.onboarding.setup.formats import (
    cloudformation,
    cut_off_script,
    plain,
    script,
    terraform,
)
from chalicelib.domain.onboarding.setup.removal import list_removal_options
from chalicelib.domain.onboarding.setup.role_spec import RoleSpec
from chalicelib.domain.verification.report import Report
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import find_role_of_engagement
from chalicelib.usecases.onboarding.role_setup import build_spec_for_role
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.report import build_report, read_cut_off_report


def build_client_setup(
    ports: Ports,
    engagement_id: str,
    role_name: str,
    *,
    format: TemplateFormat,
    part: SetupPart = SetupPart.ROLE,
) -> ClientSetup:
    """Return the files that create the role, or, with `part`, those for its trust policy or its
    cut-off alone. Raise NotFound if the engagement or the role does not exist."""
    engagement = find_engagement(ports, engagement_id)
    role = find_role_of_engagement(ports, engagement, role_name)
    return render_setup(
        build_spec_for_role(ports, engagement, role), engagement, role, format, part
    )


def build_last_report(ports: Ports, engagement_id: str, role_name: str) -> Report | None:
    """Return the report on the role's last check, with fixes, or None if it was never checked."""
    engagement = find_engagement(ports, engagement_id)
    role = find_role_of_engagement(ports, engagement, role_name)
    cut_off = read_cut_off_report(ports, engagement, role)
    return build_report(engagement, role, build_spec_for_role(ports, engagement, role), cut_off)


def render_setup(
    spec: RoleSpec,
    engagement: Engagement,
    role: Role,
    format: TemplateFormat,
    part: SetupPart = SetupPart.ROLE,
) -> ClientSetup:
    """Return the role's files in one format, with the ways to remove Daypass's access later."""
    return ClientSetup(
        format=format,
        permissions_summary=spec.permissions.summary,
        warnings=spec.permissions.warnings,
        files=_render_files(format, part, spec, f"daypass-{engagement.id}-{role.name}"),
        settings=_list_settings(part, spec) if format is TemplateFormat.JSON else (),
        removal=list_removal_options(spec),
    )


Template = tuple[str, str, Callable[[RoleSpec], str]]
"""The extension of a file's name, the file's purpose as clients read it, and the function that
renders its text."""

_WHOLE_ROLE_TEMPLATES: Mapping[TemplateFormat, Template] = {
    TemplateFormat.CLOUDFORMATION: (
        "yaml",
        "CloudFormation template: create a stack from this file, in any region",
        cloudformation.build_role_template,
    ),
    TemplateFormat.TERRAFORM: (
        "tf",
        "Terraform: add this file to a configuration, then run terraform plan and apply",
        terraform.build_role_configuration,
    ),
    TemplateFormat.CLI: (
        "sh",
        "AWS CLI script: read it, then run it with sh as an administrator of the account",
        script.build_role_script,
    ),
}
_TRUST_POLICY_TEMPLATES: Mapping[TemplateFormat, Template] = {
    TemplateFormat.CLOUDFORMATION: (
        "yaml",
        (
            "CloudFormation: in the template that creates the role, replace the role's"
            " AssumeRolePolicyDocument property with this one"
        ),
        cloudformation.build_trust_policy_property,
    ),
    TemplateFormat.TERRAFORM: (
        "tf",
        (
            "Terraform: in the configuration that creates the role, replace the role's"
            " assume_role_policy argument with this one"
        ),
        terraform.build_trust_policy_argument,
    ),
    TemplateFormat.CLI: (
        "sh",
        (
            "AWS CLI script: read it, then run it with sh as an administrator of the account. It"
            " replaces the role's trust policy and nothing else"
        ),
        script.build_trust_policy_script,
    ),
}


def _render_files(
    format: TemplateFormat, part: SetupPart, spec: RoleSpec, name: str
) -> tuple[File, ...]:
    """Return the files in this format, or none if the format cannot update a role that exists.

    `name` is the file's name without its extension. The JSON format uses its own names.
    """
    if part is SetupPart.CUT_OFF:
        return _render_cut_off_files(format, spec, name)
    if format is TemplateFormat.JSON:
        policy_files = plain.build_policy_files(spec)
        # The trust policy is the first file.
        return policy_files[:1] if part is SetupPart.TRUST_POLICY else policy_files
    templates = _WHOLE_ROLE_TEMPLATES
    more_files: tuple[File, ...] = ()
    if part is SetupPart.TRUST_POLICY:
        templates, name = _TRUST_POLICY_TEMPLATES, f"{name}-trust"
    elif spec.exists_already:
        # Omit the formats that would create the role again.
        templates = {TemplateFormat.CLI: _TRUST_POLICY_TEMPLATES[TemplateFormat.CLI]}
        more_files = _render_cut_off_files(format, spec, name)
    if format not in templates:
        return ()
    extension, purpose, render = templates[format]
    return (File(f"{name}.{extension}", purpose, render(spec)), *more_files)


def _render_cut_off_files(format: TemplateFormat, spec: RoleSpec, name: str) -> tuple[File, ...]:
    """Return the files for the cut-off alone. Return none if there is nothing to create and nothing
    to remove, and for the formats that have to know the rest of the role."""
    if format is TemplateFormat.JSON:
        return plain.build_cut_off_files(spec)
    if format is not TemplateFormat.CLI or not (spec.has_cut_off or spec.may_have_old_cut_off):
        return ()
    purpose = (
        "AWS CLI script for the cut-off, with which Daypass ends live sessions: read it, then run"
        " it with sh as an administrator of the account. It changes nothing else"
        if spec.has_cut_off
        else "AWS CLI script that removes an earlier cut-off, and changes nothing else"
    )
    return (File(f"{name}-cut-off.sh", purpose, cut_off_script.build_cut_off_script(spec)),)


def _list_settings(part: SetupPart, spec: RoleSpec) -> tuple[Setting, ...]:
    """Return the settings that this part of the role needs besides its JSON documents."""
    match part:
        case SetupPart.ROLE:
            return plain.list_role_settings(spec)
        case SetupPart.TRUST_POLICY:
            return ()
        case SetupPart.CUT_OFF:
            return plain.list_cut_off_settings(spec)
