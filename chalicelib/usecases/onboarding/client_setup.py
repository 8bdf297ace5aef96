"""What a client has to create for a role, in the form that they ask for."""

from __future__ import annotations

from chalicelib.domain.engagements.engagements import Engagement
from chalicelib.domain.engagements.roles import Role
from chalicelib.domain.onboarding.client_setup import ClientSetup, File
from chalicelib.domain.onboarding.role_setup import Form, Part
from chalicelib.domain.onboarding.setup.facts import Setup
from chalicelib.domain.onboarding.setup.forms import cloudformation, plain, script, terraform
from chalicelib.domain.onboarding.setup.ways_out import ways_out
from chalicelib.domain.verification.report import Report
from chalicelib.usecases.engagements.engagements import find_engagement
from chalicelib.usecases.engagements.roles import role_in
from chalicelib.usecases.onboarding.role_setup import setup_of
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.verification.report import report


def client_setup(
    ports: Ports, engagement: str, role: str, *, form: Form, part: Part = Part.ROLE
) -> ClientSetup:
    """Return the role as the client is asked to create it, or its trust policy alone."""
    place = find_engagement(ports, engagement)
    named = role_in(ports, place, role)
    return written_down(setup_of(ports, place, named), place, named, form, part)


def last_report(ports: Ports, engagement: str, role: str) -> Report | None:
    """What the last check of the role said, with every fix written out; None if there was none."""
    place = find_engagement(ports, engagement)
    named = role_in(ports, place, role)
    return report(place, named, setup_of(ports, place, named))


def written_down(
    setup: Setup, place: Engagement, role: Role, form: Form, part: Part = Part.ROLE
) -> ClientSetup:
    """The same, of a setup that is known already."""
    is_whole, name = part is Part.ROLE, f"daypass-{place.id}-{role.name}"
    return ClientSetup(
        form=form,
        sentence=setup.permissions.sentence,
        warnings=setup.permissions.warnings,
        files=_files(form, setup, name) if is_whole else (_trust_file(form, setup, name),),
        settings=plain.settings(setup) if form is Form.JSON and is_whole else (),
        ways_out=ways_out(setup),
    )


def _files(form: Form, setup: Setup, name: str) -> tuple[File, ...]:
    if setup.is_there_already:
        return _files_for_its_trust(form, setup, name)
    match form:
        case Form.CLOUDFORMATION:
            purpose = "CloudFormation: create a stack from it, in any region"
            return (File(f"{name}.yaml", purpose, cloudformation.template(setup)),)
        case Form.TERRAFORM:
            purpose = "Terraform: plan and apply it"
            return (File(f"{name}.tf", purpose, terraform.configuration(setup)),)
        case Form.CLI:
            purpose = "AWS CLI: read it, then run it with sh, as an administrator of the account"
            return (File(f"{name}.sh", purpose, script.script(setup)),)
        case Form.JSON:
            return plain.files(setup)


def _trust_file(form: Form, setup: Setup, name: str) -> File:
    """Return the trust policy alone, which replaces the role's present one."""
    match form:
        case Form.CLOUDFORMATION:
            purpose = "CloudFormation: a property of the role, for the template that makes it"
            return File(f"{name}-trust.yaml", purpose, cloudformation.trust_property(setup))
        case Form.TERRAFORM:
            purpose = "Terraform: an argument of the role, for the configuration that makes it"
            return File(f"{name}-trust.tf", purpose, terraform.trust_argument(setup))
        case Form.CLI:
            purpose = "AWS CLI: replaces the role's trust policy, and nothing else of it"
            return File(f"{name}-trust.sh", purpose, script.script_for_its_trust(setup))
        case Form.JSON:
            return plain.trust_file(setup)


def _files_for_its_trust(form: Form, setup: Setup, name: str) -> tuple[File, ...]:
    """No form that would make the role: made twice, it is not to be had."""
    match form:
        case Form.CLI:
            purpose = "AWS CLI: replaces the role's trust policy, and nothing else of it"
            return (File(f"{name}.sh", purpose, script.script_for_its_trust(setup)),)
        case Form.JSON:
            return plain.files(setup)
        case Form.CLOUDFORMATION | Form.TERRAFORM:
            return ()
