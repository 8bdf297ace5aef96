"""For leads: what a client creates so that they let us in."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.onboarding.role_setup import ChangeSetup, ClientSetup, Form, Part, RoleSetup
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Request, sent
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.reading import LARGEST_TEXT_BODY
from chalicelib.entrypoints.http.requests import OneRole
from chalicelib.entrypoints.http.routing import Routes
from chalicelib.usecases.admission import LEADS
from chalicelib.usecases.onboarding import role_setup
from chalicelib.usecases.onboarding.client_setup import client_setup
from chalicelib.usecases.ports import Ports

blueprint = Blueprint(__name__)
leads = Routes(blueprint, LEADS)


class WhichForm(Request, frozen=True, kw_only=True):
    form: Form
    part: Part = Part.ROLE


@leads.get("/v1/engagements/{engagement}/roles/{role}/setup/files")
def show_files(ports: Ports, path: OneRole, query: WhichForm) -> ClientSetup:
    """What the client has to create for this role, and how they end our access"""
    return client_setup(ports, **sent(path), form=query.form, part=query.part)


@leads.patch(
    "/v1/engagements/{engagement}/roles/{role}/setup",
    Action.ROLE_SETUP,
    largest_body=LARGEST_TEXT_BODY,
)
def change_setup(ports: Ports, lead: Caller, path: OneRole, body: ChangeSetup) -> RoleSetup:
    """Choose what the client is asked to create: permissions, boundary, longest session"""
    return role_setup.change_setup(ports, lead, **sent(path), asked=body)


@leads.get("/v1/engagements/{engagement}/roles/{role}/setup")
def show_setup(ports: Ports, path: OneRole) -> RoleSetup:
    """What was chosen for this role: permissions, boundary, longest session"""
    return role_setup.find_setup(ports, **sent(path))
