"""For leads: what a client creates so that they let us in."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.onboarding.client_setup import ClientSetup, File
from chalicelib.domain.onboarding.role_setup import ChangeSetup, Form, RoleSetup
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.things import Request, Thing, sent
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http.reading import LARGEST_TEXT_BODY
from chalicelib.entrypoints.http.requests import OneRole
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.usecases.admission import LEADS

blueprint = Blueprint(__name__)

# The use cases are imported where they are asked for: that is once in the life of a role, and would
# make the container of every vend start later (`make bench`).


class WhichForm(Request, frozen=True, kw_only=True):
    form: Form


class FirmSetup(Thing, frozen=True):
    files: tuple[File, ...]


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/roles/{role}/setup/files",
    summary="What the client has to create for this role, and how they throw us out again",
    kinds=LEADS,
    named=OneRole,
    query=WhichForm,
)
def show_files(call: Call, _lead: Caller) -> ClientSetup:
    from chalicelib.usecases.onboarding.client_setup import client_setup

    return client_setup(call.ports, **sent(call.path), form=call.query.form)


@route(
    blueprint,
    "PATCH",
    "/v1/engagements/{engagement}/roles/{role}/setup",
    summary="Choose what the client is asked to create: permissions, boundary, longest session",
    kinds=LEADS,
    action=Action.ROLE_SETUP,
    named=OneRole,
    body=ChangeSetup,
    largest_body=LARGEST_TEXT_BODY,
)
def change_setup(call: Call, lead: Caller) -> RoleSetup:
    from chalicelib.usecases.onboarding import role_setup

    return role_setup.change_setup(call.ports, lead, **sent(call.path), asked=call.body)


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/roles/{role}/setup",
    summary="What was chosen for this role: permissions, boundary, longest session",
    kinds=LEADS,
    named=OneRole,
)
def show_setup(call: Call, _lead: Caller) -> RoleSetup:
    from chalicelib.usecases.onboarding import role_setup

    return role_setup.find_setup(call.ports, **sent(call.path))


@route(
    blueprint,
    "GET",
    "/v1/setup",
    summary="Our own side: policies that let the broker into the clients' roles by name",
    kinds=LEADS,
)
def show_firm_setup(call: Call, _lead: Caller) -> FirmSetup:
    from chalicelib.usecases.onboarding.broker_policies import firm_setup

    return FirmSetup(firm_setup(call.ports))
