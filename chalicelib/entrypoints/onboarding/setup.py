"""For leads: what a client creates so that they let us in, and whether they have."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.domain.onboarding.role_setup import (
    LONGEST_MAXIMUM,
    SHORTEST_MAXIMUM,
    Form,
    ReadyMade,
)
from chalicelib.domain.people.recognition import Caller
from chalicelib.domain.trail import Action
from chalicelib.entrypoints.http import setup_shapes, shapes
from chalicelib.entrypoints.http.fields import ONE_ROLE, Fields
from chalicelib.entrypoints.http.requests import LARGEST_TEXT_BODY
from chalicelib.entrypoints.http.routing import Call, route
from chalicelib.entrypoints.http.schemas import maybe_thing, thing
from chalicelib.entrypoints.http.shapes import Json
from chalicelib.entrypoints.http.values import Choice, Flag, Name, Text, Whole
from chalicelib.usecases.admission import LEADS

blueprint = Blueprint(__name__)


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/roles/{role}/setup/files",
    summary="What the client has to create for this role, and how they throw us out again",
    kinds=LEADS,
    params=ONE_ROLE,
    query=Fields({"form": Choice(Form, "In what language.")}, required=("form",)),
    gives=setup_shapes.CLIENT_SETUP,
)
def show_files(call: Call, _lead: Caller) -> Json:
    # Here and not above: it is asked for once in the life of a role, and would make the container
    # of every vend start later (`make bench`).
    from chalicelib.usecases.onboarding.client_setup import client_setup

    return setup_shapes.client_setup(client_setup(call.ports, **call.path, **call.query))


@route(
    blueprint,
    "PATCH",
    "/v1/engagements/{engagement}/roles/{role}/setup",
    summary="Choose what the client is asked to create: permissions, boundary, longest session",
    kinds=LEADS,
    action=Action.ROLE_SETUP,
    params=ONE_ROLE,
    body=Fields(
        {
            "permissions": Choice(ReadyMade, "What the role may do; read-basics unless chosen."),
            "permissions_policy": Text(
                40_960, "The client's own permissions policy, as JSON in this text."
            ),
            "max_session_duration": Whole(
                SHORTEST_MAXIMUM,
                LONGEST_MAXIMUM,
                "The role's longest session in seconds; 3600 unless chosen.",
            ),
            "boundary_arn": Name("[!-~]+", 640, "the ARN of a permissions boundary", 20),
            "makes_boundary": Flag(
                "Whether to make a boundary that forbids changes to IAM and the organization."
            ),
        },
        least=1,
    ),
    gives=setup_shapes.ROLE_SETUP,
    largest_body=LARGEST_TEXT_BODY,
)
def change_setup(call: Call, lead: Caller) -> Json:
    from chalicelib.usecases.onboarding import role_setup as role_setups

    return setup_shapes.role_setup(
        role_setups.change_setup(call.ports, lead, **call.path, **call.body)
    )


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/roles/{role}/setup",
    summary="What was chosen for this role: permissions, boundary, longest session",
    kinds=LEADS,
    params=ONE_ROLE,
    gives=setup_shapes.ROLE_SETUP,
)
def show_setup(call: Call, _lead: Caller) -> Json:
    from chalicelib.usecases.onboarding import role_setup as role_setups

    return setup_shapes.role_setup(role_setups.find_setup(call.ports, **call.path))


@route(
    blueprint,
    "GET",
    "/v1/engagements/{engagement}/roles/{role}/check",
    summary="What the last check of a role said: its grade, each finding with its exact fix",
    kinds=LEADS,
    params=ONE_ROLE,
    gives=thing("LastCheck", report=maybe_thing(setup_shapes.REPORT)),
)
def show_check(call: Call, _lead: Caller) -> Json:
    from chalicelib.usecases.onboarding.client_setup import last_report

    found = last_report(call.ports, **call.path)
    return {"report": None if found is None else setup_shapes.report(found)}


@route(
    blueprint,
    "POST",
    "/v1/engagements/{engagement}/roles/{role}/verify",
    summary="Prove that the role lets Daypass in with its external ID, and only with it",
    kinds=LEADS,
    action=Action.ROLE_VERIFY,
    params=ONE_ROLE,
    gives=thing("VerifiedRole", **shapes.ROLE["properties"], report=setup_shapes.REPORT),
)
def verify_role(call: Call, lead: Caller) -> Json:
    from chalicelib.usecases.onboarding.client_setup import last_report
    from chalicelib.usecases.verification.check_role import check_role

    role = check_role(call.ports, lead, **call.path)
    found = last_report(call.ports, **call.path)
    return {**shapes.role(role), "report": found and setup_shapes.report(found)}


@route(
    blueprint,
    "GET",
    "/v1/setup",
    summary="Our own side: policies that let the broker into the clients' roles by name",
    kinds=LEADS,
    gives=setup_shapes.FIRM_SETUP,
)
def show_firm_setup(call: Call, _lead: Caller) -> Json:
    from chalicelib.usecases.onboarding.broker_policies import firm_setup

    return {"files": [setup_shapes.file(file) for file in firm_setup(call.ports)]}
