"""What a client has to create for a role, in the form that they ask for."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.role_setup import ClientSetup, File, SetupPart, TemplateFormat
from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.formats import cloudformation, plain, script, terraform
from chalicelib.domain.onboarding.setup.removal import removal_options
from chalicelib.domain.verification.report import Report
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import role_in
from chalicelib.usecases.onboarding.role_setup import setup_of
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.report import report


def client_setup(
    ports: Ports,
    engagement: str,
    role: str,
    *,
    form: TemplateFormat,
    part: SetupPart = SetupPart.ROLE,
) -> ClientSetup:
    place = find_engagement(ports, engagement)
    named = role_in(ports, place, role)
    return written_down(setup_of(ports, place, named), place, named, form, part)


def last_report(ports: Ports, engagement: str, role: str) -> Report | None:
    """What the last check of the role said, with every fix written out; None if there was none."""
    place = find_engagement(ports, engagement)
    named = role_in(ports, place, role)
    return report(place, named, setup_of(ports, place, named))


def written_down(
    setup: Setup,
    place: Engagement,
    role: Role,
    form: TemplateFormat,
    part: SetupPart = SetupPart.ROLE,
) -> ClientSetup:
    is_whole = part is SetupPart.ROLE
    return ClientSetup(
        form=form,
        sentence=setup.permissions.sentence,
        warnings=setup.permissions.warnings,
        files=_files(form, part, setup, f"daypass-{place.id}-{role.name}"),
        settings=plain.settings(setup) if form is TemplateFormat.JSON and is_whole else (),
        ways_out=removal_options(setup),
    )


Written = tuple[str, str, Callable[[Setup], str]]
"""The ending of a file's name, the file's purpose, and what writes its text."""

_WHOLE_ROLE: Mapping[TemplateFormat, Written] = {
    TemplateFormat.CLOUDFORMATION: (
        "yaml",
        "CloudFormation: create a stack from it, in any region",
        cloudformation.template,
    ),
    TemplateFormat.TERRAFORM: ("tf", "Terraform: plan and apply it", terraform.configuration),
    TemplateFormat.CLI: (
        "sh",
        "AWS CLI: read it, then run it with sh, as an administrator of the account",
        script.script,
    ),
}
_TRUST_ALONE: Mapping[TemplateFormat, Written] = {
    TemplateFormat.CLOUDFORMATION: (
        "yaml",
        "CloudFormation: a property of the role, for the template that makes it",
        cloudformation.trust_property,
    ),
    TemplateFormat.TERRAFORM: (
        "tf",
        "Terraform: an argument of the role, for the configuration that makes it",
        terraform.trust_argument,
    ),
    TemplateFormat.CLI: (
        "sh",
        "AWS CLI: replaces the role's trust policy, and nothing else of it",
        script.script_for_its_trust,
    ),
}


def _files(form: TemplateFormat, part: SetupPart, setup: Setup, name: str) -> tuple[File, ...]:
    if form is TemplateFormat.JSON:
        return plain.files(setup)[: 1 if part is SetupPart.TRUST_POLICY else None]
    forms = _WHOLE_ROLE
    if part is SetupPart.TRUST_POLICY:
        forms, name = _TRUST_ALONE, f"{name}-trust"
    elif setup.is_there_already:
        forms = {
            TemplateFormat.CLI: _TRUST_ALONE[TemplateFormat.CLI]
        }  # the others would make the role again
    if form not in forms:
        return ()
    ending, purpose, write = forms[form]
    return (File(f"{name}.{ending}", purpose, write(setup)),)
