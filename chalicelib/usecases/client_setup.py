"""What a client has to create for a role, in the form that they ask for."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.forms import SHORTEST_MAXIMUM, Form, ReadyMade
from chalicelib.domain.model import Engagement, Role
from chalicelib.domain.setup import cloudformation, plain, script, terraform
from chalicelib.domain.setup.facts import Setup
from chalicelib.domain.setup.leaving import WayOut, ways_out
from chalicelib.domain.setup.permissions import Choice, chosen
from chalicelib.domain.setup.plain import File, Setting
from chalicelib.usecases.engagements import find_engagement
from chalicelib.usecases.ports import Ports
from chalicelib.usecases.roles import role_in


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientSetup:
    """Files to send to the client, and how the client undoes it all."""

    form: Form
    sentence: str
    files: tuple[File, ...]
    settings: tuple[Setting, ...]
    ways_out: tuple[WayOut, ...]


def client_setup(
    ports: Ports,
    engagement: str,
    role: str,
    *,
    form: Form,
    permissions: ReadyMade = ReadyMade.READ_BASICS,
    max_session_duration: int = SHORTEST_MAXIMUM,
    boundary_arn: str | None = None,
) -> ClientSetup:
    """The role as the client is asked to create it. Changes nothing.

    InvalidRequest for a boundary that is not in the client's account.
    """
    place = find_engagement(ports, engagement)
    named = role_in(ports, place, role)
    setup = Setup(
        firm=ports.firm,
        firm_name="",
        client=place.client,
        role_arn=named.arn,
        external_ids=(place.external_id,),
        ends_at=place.ends_at,
        permissions=chosen(Choice(permissions.value)),
        max_session_duration=max_session_duration,
        boundary_arn=boundary_arn,
    )
    return ClientSetup(
        form=form,
        sentence=setup.permissions.sentence,
        files=_files(form, setup, place, named),
        settings=plain.settings(setup) if form is Form.JSON else (),
        ways_out=ways_out(setup),
    )


def _files(form: Form, setup: Setup, place: Engagement, role: Role) -> tuple[File, ...]:
    name = f"daypass-{place.id}-{role.name}"
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
