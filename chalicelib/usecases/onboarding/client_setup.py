"""Build the files with which a client creates a role, in the format that the lead chooses."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.role_setup import ClientSetup, File, SetupPart, TemplateFormat
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
    return render_setup(build_spec_for_role(ports, engagement, role), role, format, part)


def build_last_report(ports: Ports, engagement_id: str, role_name: str) -> Report | None:
    """Return the report on the role's last check, with fixes, or None if it was never checked."""
    engagement = find_engagement(ports, engagement_id)
    role = find_role_of_engagement(ports, engagement, role_name)
    cut_off = read_cut_off_report(ports, engagement, role)
    return build_report(engagement, role, build_spec_for_role(ports, engagement, role), cut_off)


def render_setup(
    spec: RoleSpec, role: Role, format: TemplateFormat, part: SetupPart = SetupPart.ROLE
) -> ClientSetup:
    """Return the role's files in one format, with the ways to remove Daypass's access later."""
    is_json = format is TemplateFormat.JSON
    name = f"daypass-{role.engagement}-{role.name}"
    return ClientSetup(
        format=format,
        permissions_summary=spec.permissions.summary,
        warnings=spec.permissions.warnings,
        files=tuple(
            plain.build_policy_files(spec, part)
            if is_json
            else _render_files(spec, name, format, part)
        ),
        settings=plain.list_settings(spec, part) if is_json else (),
        removal=list_removal_options(spec),
    )


_RUN = "read it, then run it with sh as an administrator of the account"
_TEMPLATES: Mapping[
    tuple[SetupPart, TemplateFormat], tuple[str, str, Callable[[RoleSpec], str]]
] = {
    (SetupPart.ROLE, TemplateFormat.CLOUDFORMATION): (
        ".yaml",
        "CloudFormation template: create a stack from this file, in any region",
        cloudformation.build_role_template,
    ),
    (SetupPart.ROLE, TemplateFormat.TERRAFORM): (
        ".tf",
        "Terraform: add this file to a configuration, then run terraform plan and apply",
        terraform.build_role_configuration,
    ),
    (SetupPart.ROLE, TemplateFormat.CLI): (
        ".sh",
        f"AWS CLI script: {_RUN}",
        script.build_role_script,
    ),
    (SetupPart.TRUST_POLICY, TemplateFormat.CLOUDFORMATION): (
        "-trust.yaml",
        (
            "CloudFormation: in the template that creates the role, replace the role's"
            " AssumeRolePolicyDocument property with this one"
        ),
        cloudformation.build_trust_policy_property,
    ),
    (SetupPart.TRUST_POLICY, TemplateFormat.TERRAFORM): (
        "-trust.tf",
        (
            "Terraform: in the configuration that creates the role, replace the role's"
            " assume_role_policy argument with this one"
        ),
        terraform.build_trust_policy_argument,
    ),
    (SetupPart.TRUST_POLICY, TemplateFormat.CLI): (
        "-trust.sh",
        f"AWS CLI script: {_RUN}. It replaces only the role's trust policy",
        script.build_trust_policy_script,
    ),
    (SetupPart.CUT_OFF, TemplateFormat.CLI): (
        "-cut-off.sh",
        (
            "AWS CLI script that creates or removes only the cut-off, with which Daypass ends live"
            f" sessions: {_RUN}"
        ),
        cut_off_script.build_cut_off_script,
    ),
}
"""For each part and format: the end of the file's name, the file's purpose as clients read it, and
the function that renders its text."""


def _render_files(
    spec: RoleSpec, name: str, format: TemplateFormat, part: SetupPart
) -> Iterator[File]:
    """Yield the files in this format. `name` is the beginning of their names.

    For a role that exists already, only the script can update the role. Yield nothing for the other
    formats. Yield no file for the cut-off if there is nothing to create and nothing to remove.
    """
    parts = [part]
    if part is SetupPart.ROLE and spec.exists_already:
        is_script = format is TemplateFormat.CLI
        parts = [SetupPart.TRUST_POLICY, SetupPart.CUT_OFF] if is_script else []
    for each in parts:
        is_needed = each is not SetupPart.CUT_OFF or spec.may_have_cut_off
        # CloudFormation and Terraform have no file for the cut-off alone: they need the whole role.
        if is_needed and (each, format) in _TEMPLATES:
            name_end, purpose, render = _TEMPLATES[each, format]
            yield File(name + name_end, purpose, render(spec))
